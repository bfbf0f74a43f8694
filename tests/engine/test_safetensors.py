"""The file format: read and written exactly, damaged files refused before anything is read."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.requires import need
from understudy.engine.safetensors import (
    SafetensorsFile,
    SafetensorsWriter,
    bfloat16_to_float32,
    float32_to_bfloat16,
)
from understudy.errors import ModelFolderInvalid

ARRAYS: dict[str, tuple[str, Any]] = {
    "odd": ("F16", np.arange(3, dtype=np.float16)),
    "bytes": ("U8", np.arange(7, dtype=np.uint8)),
    "matrix": ("F32", np.arange(32, dtype=np.float32).reshape(4, 8)),
    "signed": ("I8", np.arange(-32, 32, dtype=np.int8)),
    "brain": ("BF16", np.asarray([0x3F80, 0xC000], np.uint16)),
    "floats": ("F32", np.asarray([1.5], np.float32)),
}


def _write(path: Path) -> None:
    layout = {name: (dtype, array.shape) for name, (dtype, array) in ARRAYS.items()}
    with path.open("wb") as file:
        writer = SafetensorsWriter(file, layout, {"precision": "odd"})
        for name, (_, array) in reversed(ARRAYS.items()):
            writer.write(name, array)
        writer.finish()


def _handmade(path: Path, header: Any, data: bytes = b"") -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def _entry(dtype: Any, shape: Any, offsets: Any) -> dict[str, Any]:
    return {"x": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def test_what_was_written_is_read_back_with_its_metadata(tmp_path: Path) -> None:
    _write(tmp_path / "w.safetensors")
    with SafetensorsFile(tmp_path / "w.safetensors") as file:
        assert file.metadata == {"precision": "odd"}
        assert set(file.tensors) == set(ARRAYS)
        for name, (_, array) in ARRAYS.items():
            np.testing.assert_array_equal(file.raw(name), array)
        np.testing.assert_array_equal(file.float32("brain"), np.asarray([1, -2], np.float32))
        np.testing.assert_array_equal(file.float32("matrix", slice(1, 2)), ARRAYS["matrix"][1][1:2])


def test_large_tensors_are_aligned_to_cache_lines_and_all_to_their_type(tmp_path: Path) -> None:
    _write(tmp_path / "w.safetensors")
    with SafetensorsFile(tmp_path / "w.safetensors") as file:
        for name, (_, array) in ARRAYS.items():
            alignment = 64 if array.nbytes % 64 == 0 else array.itemsize
            assert file.tensors[name].start % alignment == 0, name


def test_files_are_what_the_formats_own_library_reads(tmp_path: Path) -> None:
    need("safetensors")
    from safetensors.numpy import load_file

    path = tmp_path / "w.safetensors"
    layout = {"matrix": ("F32", (4, 8)), "odd": ("F16", (3,)), "bytes": ("U8", (7,))}
    with path.open("wb") as file:
        writer = SafetensorsWriter(file, layout, {})
        for name in layout:
            writer.write(name, ARRAYS[name][1])
        writer.finish()
    found = load_file(path)
    assert set(found) == set(layout)
    for name in layout:
        np.testing.assert_array_equal(found[name], ARRAYS[name][1])


def test_the_writer_takes_each_tensor_of_the_layout_once(tmp_path: Path) -> None:
    with (tmp_path / "w").open("wb") as file:
        writer = SafetensorsWriter(file, {"a": ("F32", (2,))}, {})
        with pytest.raises(ValueError, match="layout"):
            writer.write("b", np.zeros(2, np.float32))
        with pytest.raises(ValueError, match="a was not written"):
            writer.finish()
        writer = SafetensorsWriter(file, {"a": ("F32", (2,))}, {})
        with pytest.raises(ValueError, match="layout"):
            writer.write("a", np.zeros(3, np.float32))


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (b"{", b""),
        (b"[1]", b""),
        (b"[" * 100_000, b""),
        ({"x": 1}, b""),
        ({"x": {"dtype": "F32", "shape": [1]}}, b"1234"),
        (_entry("F64", [1], [0, 8]), b"12345678"),
        (_entry("F32", [1], [0, 8]), b"12345678"),
        (_entry("F32", [2], [0, 8]), b"1234"),
        (_entry("F32", [-1, -1], [0, 4]), b"1234"),
        (_entry("F32", [1], [4, 0]), b"1234"),
        (_entry("F32", [True], [0, 4]), b"1234"),
        (_entry("F32", [1], [0.0, 4.0]), b"1234"),
        (_entry(["F32"], [1], [0, 4]), b"1234"),
        (_entry("F32", [1], [0, 4, 8]), b"1234"),
        (_entry("F32", [1] * 9, [0, 4]), b"1234"),
        ({**_entry("U8", [4], [0, 4]), "y": _entry("U8", [4], [2, 6])["x"]}, b"123456"),
        ({"__metadata__": [], **_entry("U8", [4], [0, 4])}, b"1234"),
    ],
)
def test_a_damaged_header_is_refused(tmp_path: Path, header: Any, data: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    _handmade(path, header, data)
    with pytest.raises(ModelFolderInvalid, match=r"bad\.safetensors"):
        SafetensorsFile(path)


@pytest.mark.parametrize("content", [b"", b"1234", struct.pack("<Q", 2**63) + b"{}"])
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ModelFolderInvalid, match="not a safetensors file"):
        SafetensorsFile(tmp_path / "bad")


def test_a_header_longer_than_the_reader_wants_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    _handmade(path, _entry("U8", [4], [0, 4]), b"1234")
    length = len(SafetensorsFile(path).header)
    assert SafetensorsFile(path, length).tensors
    with pytest.raises(ModelFolderInvalid, match=f"a header of {length} bytes"):
        SafetensorsFile(path, length - 1)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderInvalid, match="cannot be read"):
        SafetensorsFile(tmp_path / "none")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(content)
    with contextlib.suppress(ModelFolderInvalid):
        SafetensorsFile(path).close()


def test_bfloat16_rounds_to_nearest_and_ties_to_even() -> None:
    below, tie_down, tie_up, above = 0x3F800000, 0x3F808000, 0x3F818000, 0x3F808001
    bits = np.asarray([below, tie_down, tie_up, above], np.uint32)
    rounded = float32_to_bfloat16(bits.view(np.float32))
    assert rounded.tolist() == [0x3F80, 0x3F80, 0x3F82, 0x3F81]


def test_bfloat16_survives_a_round_trip() -> None:
    finite = np.arange(0, 0x7F80, dtype=np.uint16)
    np.testing.assert_array_equal(float32_to_bfloat16(bfloat16_to_float32(finite)), finite)
