"""Packed weights: one safetensors file, quantised once, memory-mapped ever after.

A matrix ``X`` is stored as ``X`` in a float type, as ``X.int8`` and ``X.scale``, or as ``X.int4``
and ``X.scale``; norms and biases are always float32. Query, key and value projections are stored as
one, ``qkv_proj``, their rows one after another: three narrow products would wake the threads three
times in every layer. Under int4 the embedding table is int8, and a head tied to it has an int4 copy
of its own: looking up wants exact rows, the head wants few bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.safetensors import Layout, SafetensorsFile, tensor_bytes
from understudy.errors import ModelFolderInvalid

FORMAT_VERSION = "2"
DEFAULT_GROUP = 256
"""Inputs that share a scale under int4: a trade of speed against error, measured in
``docs/precision.md``."""

SMALLEST_GROUP = 16
FLOATS: Mapping[str, str] = {"f32": "F32", "bf16": "BF16", "f16": "F16"}
EMBEDDING = "model.embed_tokens.weight"
HEAD = "lm_head.weight"
JOINED = ("q_proj", "k_proj", "v_proj")
QKV = "qkv_proj"


def group_for(inputs: int, group: int) -> int | None:
    """The largest halving of ``group`` that divides ``inputs``; None when none is useful."""
    while group >= SMALLEST_GROUP:
        if inputs % group == 0:
            return group
        group //= 2
    return None


def storage(name: str, shape: tuple[int, ...], precision: Precision, group: int) -> str:
    """How a tensor is kept: 'f32', 'bf16', 'f16', 'int8', or 'int4'."""
    if len(shape) == 1:
        return "f32"
    if precision == "int4" and (name == EMBEDDING or group_for(shape[1], group) is None):
        return "int8"
    return precision


def sources(
    architecture: Architecture, precision: Precision
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each stored tensor's name, and the checkpoint's tensors whose rows it has, in order."""
    first, *others = JOINED
    for name, _ in architecture.tensors():
        if f".{first}." in name:
            parts = (name.replace(first, part) for part in JOINED)
            yield name.replace(first, QKV), tuple(parts)
        elif not any(f".{other}." in name for other in others):
            yield name, (name,)
    if architecture.tied and precision == "int4":
        yield HEAD, (EMBEDDING,)


def stored_rows(architecture: Architecture, name: str) -> tuple[str, slice]:
    """The stored tensor, and its rows, that have the checkpoint's tensor ``name``."""
    shapes = dict(architecture.tensors())
    for stored, parts in sources(architecture, "f32"):
        if name in parts:
            start = sum(shapes[part][0] for part in parts[: parts.index(name)])
            return stored, slice(start, start + shapes[name][0])
    raise KeyError(name)


def packed_layout(architecture: Architecture, precision: Precision, group: int) -> Layout:
    """Every tensor of the packed file, with type and shape."""
    shapes = dict(architecture.tensors())
    layout: dict[str, tuple[str, tuple[int, ...]]] = {}
    for name, parts in sources(architecture, precision):
        shape = (sum(shapes[part][0] for part in parts), *shapes[parts[0]][1:])
        kept = storage(name, shape, precision, group)
        if kept in FLOATS:
            layout[name] = (FLOATS[kept], shape)
        elif kept == "int8":
            layout[name + ".int8"] = ("I8", shape)
            layout[name + ".scale"] = ("F16", (shape[0], 1))
        else:
            groups = shape[1] // (group_for(shape[1], group) or shape[1])
            layout[name + ".int4"] = ("U8", (shape[0], shape[1] // 2))
            layout[name + ".scale"] = ("F16", (shape[0], groups, 1))
    return layout


def weight_bytes(
    architecture: Architecture, precision: Precision, group: int = DEFAULT_GROUP
) -> int:
    """Bytes of the packed weights: what they take on disk, and about what they take in memory."""
    layout = packed_layout(architecture, precision, group)
    return sum(tensor_bytes(dtype, shape) for dtype, shape in layout.values())


class PackedWeights:
    """A packed file, mapped. Raises ModelFolderInvalid when it is not what ``architecture`` needs.

    ``group`` is the greatest number of inputs that divides every quantised matrix's rows, and
    every int4 group.
    """

    def __init__(self, path: Path, architecture: Architecture) -> None:
        self._file = SafetensorsFile(path)
        metadata = self._file.metadata
        if metadata.get("understudy_format") != FORMAT_VERSION:
            raise _invalid(path, f"is not a packed weights file of format {FORMAT_VERSION}")
        self.precision = _precision(path, metadata)
        requested = _group(path, metadata)
        layout = packed_layout(architecture, self.precision, requested)
        check_layout(path, self._file, layout)
        self.group = _common_group(layout)

    def kind(self, name: str) -> str:
        """How tensor ``name`` is stored: 'F32', 'BF16', 'F16', 'int8', 'int4' or 'absent'."""
        if name in self._file.tensors:
            return self._file.tensors[name].dtype
        return next((k for k in ("int8", "int4") if f"{name}.{k}" in self._file.tensors), "absent")

    def raw(self, name: str) -> npt.NDArray[Any]:
        """A view of the stored bytes, in the stored type (bfloat16 as uint16)."""
        return self._file.raw(name)

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        """A norm's or bias's values, copied."""
        return self._file.float32(name)

    def drop_pages(self) -> None:
        """Give resident pages back, once the plugin has its own repacked copy."""
        self._file.drop_pages()

    def close(self) -> None:
        self._file.close()


def check_layout(path: Path, file: SafetensorsFile, layout: Layout) -> None:
    """Raise ModelFolderInvalid, naming the tensor, unless the file holds exactly the layout."""
    for name, (dtype, shape) in layout.items():
        entry = file.tensors.get(name)
        if entry is None:
            raise _invalid(path, f"lacks the tensor {name}")
        if (entry.dtype, entry.shape) != (dtype, shape):
            raise _invalid(
                path, f"has {name} as {entry.dtype}{list(entry.shape)}, not {dtype}{list(shape)}"
            )
    for name in file.tensors:
        if name not in layout:
            raise _invalid(path, f"has the tensor {name}, which this architecture does not")


def _common_group(layout: Layout) -> int:
    return gcd(
        *(
            shape[1] if name.endswith(".int8") else 2 * shape[1] // layout[_scale_of(name)][1][1]
            for name, (_, shape) in layout.items()
            if name.endswith((".int8", ".int4"))
        )
    )


def _scale_of(name: str) -> str:
    return name.rpartition(".")[0] + ".scale"


def _precision(path: Path, metadata: Mapping[str, str]) -> Precision:
    for precision in get_args(Precision):
        if metadata.get("precision") == precision:
            return precision  # type: ignore[no-any-return]
    raise _invalid(path, f"names an unknown precision {metadata.get('precision')!r}")


def _group(path: Path, metadata: Mapping[str, str]) -> int:
    text = metadata.get("group_size", "")
    if not text.isascii() or not text.isdigit() or not int(text):
        raise _invalid(path, f"names a bad group size {text!r}")
    return int(text)


def _invalid(path: Path, why: str) -> ModelFolderInvalid:
    return ModelFolderInvalid(str(path), f"{path} {why}.")
