"""Converting a model folder's weights once, into the packed file that the engine maps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.quantize import to_int4, to_int8
from understudy.engine.safetensors import SafetensorsFile, SafetensorsWriter, float32_to_bfloat16
from understudy.engine.weights import (
    DEFAULT_GROUP,
    FLOATS,
    FORMAT_VERSION,
    group_for,
    packed_layout,
    sources,
    storage,
)
from understudy.errors import ModelFolderInvalid
from understudy.models.checkpoint import Checkpoint, read_architecture, source_digest

Progress = Callable[[int, int], None]
"""Called with source bytes done and in all."""

CHUNK = 1 << 20
"""Values encoded at a time; rows are independent, and this many stay in a core's cache."""


def convert(
    source_folder: Path,
    target_file: Path,
    precision: Precision,
    *,
    group: int = DEFAULT_GROUP,
    progress: Progress | None = None,
) -> Architecture:
    """Write ``target_file`` from a Hugging Face folder, and return its architecture.

    Holds about one tensor in memory (as float32) at a time. The file appears under its name only
    when complete. Raises ModelFolderInvalid for a folder that is damaged or of an unknown
    architecture.
    """
    architecture = read_architecture(source_folder)
    checkpoint = Checkpoint(source_folder, architecture)
    metadata = {
        "understudy_format": FORMAT_VERSION,
        "precision": precision,
        "group_size": str(group),
        "source_digest": source_digest(source_folder),
    }
    layout = packed_layout(architecture, precision, group)
    target_file.parent.mkdir(parents=True, exist_ok=True)
    with checkpoint, _replacing(target_file) as file:
        writer = SafetensorsWriter(file, layout, metadata)
        tensors = list(sources(architecture, precision))
        done, total = 0, sum(checkpoint.size(part) for _, parts in tensors for part in parts)
        for name, parts in tensors:
            for stored, array in _pack(checkpoint, name, parts, precision, group):
                writer.write(stored, array)
            checkpoint.drop_pages()
            done += sum(map(checkpoint.size, parts))
            if progress:
                progress(done, total)
        writer.finish()
    return architecture


def is_current(
    target_file: Path, source_folder: Path, precision: Precision, *, group: int = DEFAULT_GROUP
) -> bool:
    """Whether ``convert`` would make ``target_file`` as it is, from these weights and arguments.

    False too when it is missing or damaged: then it is to be made again.
    """
    try:
        with SafetensorsFile(target_file) as packed:
            found = packed.metadata
    except ModelFolderInvalid:
        return False
    return (
        found.get("understudy_format") == FORMAT_VERSION
        and found.get("precision") == precision
        and (precision != "int4" or found.get("group_size") == str(group))
        and found.get("source_digest") == source_digest(source_folder)
    )


def _pack(
    checkpoint: Checkpoint, name: str, parts: Sequence[str], precision: Precision, group: int
) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """What is stored for one or several tensors of the checkpoint, by stored name."""
    shape = checkpoint.raw(parts[0]).shape
    kept = storage(name, shape, precision, group)
    if kept in FLOATS and all(FLOATS[kept] == checkpoint.dtype(part) for part in parts):
        raws = [checkpoint.raw(part) for part in parts]
        yield name, np.concatenate(raws) if len(raws) > 1 else raws[0]
        return
    names = [name] if kept in FLOATS else [f"{name}.{kept}", f"{name}.scale"]
    rows = max(1, CHUNK // prod(shape[1:]))
    chunks = [
        _encode(checkpoint.float32(part, slice(start, start + rows)), kept, group)
        for part in parts
        for start in range(0, checkpoint.raw(part).shape[0], rows)
    ]
    for stored, pieces in zip(names, zip(*chunks, strict=True), strict=True):
        yield stored, np.concatenate(pieces)


def _encode(values: npt.NDArray[np.float32], kept: str, group: int) -> tuple[npt.NDArray[Any], ...]:
    match kept:
        case "f32":
            return (values,)
        case "bf16":
            return (float32_to_bfloat16(values),)
        case "f16":
            return (values.astype(np.float16),)
        case "int8":
            return to_int8(values)
    width = group_for(values.shape[1], group)
    assert width is not None, "storage() keeps a matrix without a group as int8"
    return to_int4(values, width)


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A temporary file beside ``target`` that takes its name at the end, or disappears."""
    temporary = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
