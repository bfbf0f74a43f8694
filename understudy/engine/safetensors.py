"""Reading and writing safetensors files through memory maps: no torch, never pickle.

The format is eight bytes of little-endian header length, a JSON header, then the tensors' bytes
(https://github.com/huggingface/safetensors#format).
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from understudy.errors import ModelFolderInvalid

STORED_AS: Mapping[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
}
"""numpy has no bfloat16: its bits are read as unsigned 16-bit integers."""

ALIGNMENT = 64
"""Bytes that our own files align each tensor to: a cache line, and a vector register."""

MAX_HEADER = 100_000_000
"""Bytes; the limit of the format's own library."""

_MAX_DIMENSIONS = 8
"""More than any tensor has. The product of a million would take hours."""


Layout = Mapping[str, tuple[str, tuple[int, ...]]]
"""The type and shape of every tensor of a file, by name."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where one tensor lies; ``start`` and ``end`` are byte offsets in the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class SafetensorsFile:
    """One file, mapped copy-on-write (OpenVINO shares only writable arrays).

    Raises ModelFolderInvalid, naming the file, when the header is damaged, or is of more than
    ``max_header`` bytes. Arrays it hands out are views of the map: they must not outlive it.
    """

    def __init__(self, path: Path, max_header: int = MAX_HEADER) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.header = _read_header(path, file, max_header)
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except OSError as exc:
            raise _invalid(path, f"cannot be read ({exc.strerror})") from exc
        self.metadata, self.tensors = _parse_header(path, self.header, len(self._map))

    def __enter__(self) -> SafetensorsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def raw(self, name: str) -> npt.NDArray[Any]:
        """A view in the stored type; bfloat16 as its bits (uint16)."""
        entry = self.tensors[name]
        dtype = STORED_AS[entry.dtype]
        count = prod(entry.shape)
        return np.frombuffer(self._map, dtype, count, entry.start).reshape(entry.shape)

    def float32(self, name: str, rows: slice = slice(None)) -> npt.NDArray[np.float32]:
        """A new float32 array of a float tensor's rows; exact for every type the format stores."""
        values = self.raw(name)[rows]
        if self.tensors[name].dtype == "BF16":
            return bfloat16_to_float32(values)
        return values.astype(np.float32)

    def drop_pages(self) -> None:
        """Give the map's resident pages back; a later read fetches them from the file again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Unmap, at once or, while views are alive, when the last one goes."""
        try:
            self._map.close()
        except BufferError:
            self.drop_pages()


class SafetensorsWriter:
    """Writes tensors one at a time and in any order, so that only one need be in memory.

    ``layout`` fixes names, types and shapes; ``metadata`` goes into the header. The format allows
    no gaps, so tensors whose size is no multiple of ``ALIGNMENT`` come last, widest type first:
    every tensor is aligned to its own type, and all large ones to ``ALIGNMENT``.
    """

    def __init__(self, file: BinaryIO, layout: Layout, metadata: Mapping[str, str]) -> None:
        self._file = file
        self._header, self._offsets = _header(layout, metadata)
        self._missing = dict(layout)
        file.write(self._header)

    def write(self, name: str, array: npt.NDArray[Any]) -> None:
        """Store one tensor. Raises ValueError when it is not of the layout, or written before."""
        dtype, shape = self._missing.pop(name, ("nothing", ()))
        if (STORED_AS.get(dtype), shape) != (array.dtype, array.shape):
            raise ValueError(f"{name} {array.dtype}{array.shape}: the layout has {dtype}{shape}")
        self._file.seek(self._offsets[name])
        self._file.write(np.ascontiguousarray(array).data)

    def finish(self) -> None:
        """Flush to the disk. Raises ValueError when tensors of the layout are missing."""
        if self._missing:
            raise ValueError(f"{next(iter(self._missing))} was not written")
        self._file.flush()
        os.fsync(self._file.fileno())


def bfloat16_to_float32(bits: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def float32_to_bfloat16(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    """Round to nearest, ties to even; exact for values that are bfloat16 already."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = bits + (np.uint32(0x7FFF) + ((bits >> 16) & np.uint32(1)))
    return (rounded >> 16).astype(np.uint16)


def tensor_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return prod(shape) * STORED_AS[dtype].itemsize


def _header(layout: Layout, metadata: Mapping[str, str]) -> tuple[bytes, dict[str, int]]:
    """The file's first bytes, and where in the file each tensor goes."""

    def place(name: str) -> tuple[bool, int]:
        dtype, shape = layout[name]
        return tensor_bytes(dtype, shape) % ALIGNMENT != 0, -STORED_AS[dtype].itemsize

    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    offsets: dict[str, int] = {}
    end = 0
    for name in sorted(layout, key=place):
        dtype, shape = layout[name]
        offsets[name], end = end, end + tensor_bytes(dtype, shape)
        entries[name] = {
            "dtype": dtype,
            "shape": list(shape),
            "data_offsets": [offsets[name], end],
        }
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % ALIGNMENT)
    start = 8 + len(text)
    header = struct.pack("<Q", len(text)) + text
    return header, {name: start + offset for name, offset in offsets.items()}


def _invalid(path: Path, why: str) -> ModelFolderInvalid:
    return ModelFolderInvalid(str(path), f"{path} {why}.")


def _read_header(path: Path, file: BinaryIO, limit: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    start = file.read(8)
    if len(start) < 8:
        raise _invalid(path, "is not a safetensors file (it is shorter than its header)")
    (length,) = struct.unpack("<Q", start)
    if length > size - 8:
        raise _invalid(path, "is not a safetensors file, or was cut off in its header")
    if length > limit:
        raise _invalid(path, f"has a header of {length} bytes; at most {limit} are read")
    return file.read(length)


def _parse_header(
    path: Path, header: bytes, size: int
) -> tuple[dict[str, str], dict[str, TensorEntry]]:
    try:
        fields = json.loads(header)
    except (ValueError, RecursionError) as exc:
        raise _invalid(path, "has a header that is not JSON") from exc
    if not isinstance(fields, dict):
        raise _invalid(path, "has a header that is not a JSON object")
    metadata = fields.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise _invalid(path, "has metadata that is not a JSON object")
    base = 8 + len(header)
    tensors = {name: _entry(path, name, value, base, size - base) for name, value in fields.items()}
    _refuse_overlap(path, tensors)
    return {str(key): str(value) for key, value in metadata.items()}, tensors


def _entry(path: Path, name: str, value: Any, base: int, room: int) -> TensorEntry:
    try:
        dtype, shape = value["dtype"], tuple(value["shape"])
        start, end = value["data_offsets"]
    except (TypeError, KeyError, ValueError) as exc:
        raise _invalid(path, f"describes tensor {name} wrongly") from exc
    if not isinstance(dtype, str) or dtype not in STORED_AS:
        known = ", ".join(STORED_AS)
        raise _invalid(path, f"stores {name} as {dtype!r}; supported are {known}")
    numbers = (*shape, start, end)
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers)
    if not whole or len(shape) > _MAX_DIMENSIONS:
        raise _invalid(path, f"describes tensor {name} wrongly")
    if end - start != tensor_bytes(dtype, shape):
        raise _invalid(path, f"gives {name} a size that its shape and type do not")
    if end > room:
        raise _invalid(path, f"ends before tensor {name} does (a download cut off?)")
    return TensorEntry(dtype, shape, base + start, base + end)


def _refuse_overlap(path: Path, tensors: Mapping[str, TensorEntry]) -> None:
    ordered = sorted(tensors.items(), key=lambda item: (item[1].start, item[1].end))
    for (_, before), (name, entry) in pairwise(ordered):
        if entry.start < before.end:
            raise _invalid(path, f"lets tensor {name} overlap another")
