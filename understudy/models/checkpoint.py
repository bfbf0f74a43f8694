"""A Hugging Face model folder: its config.json and its safetensors, one file or sharded."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from understudy.engine.architecture import Architecture
from understudy.engine.safetensors import SafetensorsFile, tensor_bytes
from understudy.errors import ModelFolderInvalid

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"

_NOT_WEIGHTS = re.compile(r"model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq")
"""Buffers that old checkpoints carry although config.json determines them."""

_DIGEST_WHOLE = 64 * 1024 * 1024
_DIGEST_SAMPLES = 256
_DIGEST_SAMPLE = 4096


def read_architecture(folder: Path, model: str | None = None) -> Architecture:
    """The architecture that ``config.json`` describes.

    Raises ModelFolderInvalid in the name of ``model``, by default the folder's.
    """
    config = _read_json(folder / "config.json")
    return Architecture.from_config(config, model or folder.name)


def weight_files(folder: Path) -> list[Path]:
    """The folder's safetensors files, sorted. Raises ModelFolderInvalid when there are none."""
    index = folder / INDEX
    if not index.exists():
        if not (folder / SINGLE).exists():
            raise _invalid(folder, f"has neither {SINGLE} nor {INDEX}")
        return [folder / SINGLE]
    names = _read_json(index).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise _invalid(folder, f"has an {INDEX} without a weight_map")
    for name in names.values():
        if (
            not isinstance(name, str)
            or Path(name).name != name
            or Path(name).suffix != ".safetensors"
        ):
            raise _invalid(folder, f"has an {INDEX} that names the file {name!r}")
    files = set(names.values())
    for name in files:
        if not (folder / name).exists():
            raise _invalid(folder, f"lacks {name}, which {INDEX} names")
    return [folder / name for name in sorted(files)]


def source_digest(folder: Path) -> str:
    """A fingerprint of the folder's configuration and weights, hexadecimal, in well under a second.

    Files up to 64 MB count whole; larger ones by size, header and 256 samples of 4 KB, which a
    different model or a retrained one does not share.
    """
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in weight_files(folder):
        size = path.stat().st_size
        digest.update(f"{path.name} {size} ".encode())
        with path.open("rb") as file:
            if size <= _DIGEST_WHOLE:
                digest.update(file.read())
                continue
            digest.update(SafetensorsFile(path).header)
            for sample in range(_DIGEST_SAMPLES):
                file.seek((size - _DIGEST_SAMPLE) * sample // (_DIGEST_SAMPLES - 1))
                digest.update(file.read(_DIGEST_SAMPLE))
    return digest.hexdigest()


class Checkpoint:
    """The tensors of a folder, checked against its architecture and mapped.

    Raises ModelFolderInvalid, naming the tensor, for one that is missing, of another shape, of no
    float type, twice there, or unknown.
    """

    def __init__(self, folder: Path, architecture: Architecture) -> None:
        self._folder = folder
        self._files = [SafetensorsFile(path) for path in weight_files(folder)]
        self._where: dict[str, SafetensorsFile] = {}
        for file in self._files:
            for name in file.tensors:
                if name in self._where:
                    raise _invalid(folder, f"has the tensor {name} twice")
                self._where[name] = file
        self._check(architecture)

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()

    def dtype(self, name: str) -> str:
        """The stored type: 'F32', 'BF16' or 'F16'."""
        return self._where[name].tensors[name].dtype

    def size(self, name: str) -> int:
        """Bytes as stored."""
        entry = self._where[name].tensors[name]
        return tensor_bytes(entry.dtype, entry.shape)

    def raw(self, name: str) -> npt.NDArray[Any]:
        """A view in the stored type, valid until the checkpoint is closed."""
        return self._where[name].raw(name)

    def float32(self, name: str, rows: slice = slice(None)) -> npt.NDArray[np.float32]:
        """A new float32 array of the tensor's rows."""
        return self._where[name].float32(name, rows)

    def drop_pages(self) -> None:
        """Forget file pages read so far; they stay in the system's cache."""
        for file in self._files:
            file.drop_pages()

    def _check(self, architecture: Architecture) -> None:
        expected = dict(architecture.tensors())
        for name, shape in expected.items():
            if name not in self._where:
                raise _invalid(self._folder, f"lacks the tensor {name}")
            entry = self._where[name].tensors[name]
            if entry.shape != shape:
                raise _invalid(
                    self._folder,
                    f"has {name} of shape {list(entry.shape)}; config.json makes it {list(shape)}",
                )
            if entry.dtype not in ("F32", "BF16", "F16"):
                raise _invalid(self._folder, f"stores {name} as {entry.dtype}, not as floats")
        for name in self._where:
            tied_copy = architecture.tied and name == "lm_head.weight"
            if name not in expected and not tied_copy and not _NOT_WEIGHTS.fullmatch(name):
                raise _invalid(
                    self._folder,
                    f"has the tensor {name}, unknown to its config.json",
                )


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as exc:
        raise _invalid(path.parent, f"has no readable {path.name}") from exc
    except (ValueError, RecursionError) as exc:
        raise _invalid(path.parent, f"has a {path.name} that is not JSON") from exc
    if not isinstance(content, dict):
        raise _invalid(path.parent, f"has a {path.name} that is not a JSON object")
    return content


def _invalid(folder: Path, why: str) -> ModelFolderInvalid:
    return ModelFolderInvalid(folder.name, f"The model folder {folder} {why}.")
