"""Conversion keeps what it can exactly, and never leaves half a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.oracles.models import TINY, write_tiny
from understudy.config import Precision
from understudy.engine.quantize import from_int4, from_int8
from understudy.engine.safetensors import SafetensorsFile, bfloat16_to_float32
from understudy.engine.weights import PackedWeights, stored_rows
from understudy.errors import ModelFolderInvalid
from understudy.models import convert as module
from understudy.models.checkpoint import Checkpoint
from understudy.models.convert import convert, is_current
from understudy.models.random_weights import Dtype

NAME = "llama-3.2-1b"
EMBEDDING = "model.embed_tokens.weight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "tiny"
    write_tiny(NAME, folder)
    return folder


@pytest.mark.parametrize("precision", get_args(Precision))
@pytest.mark.parametrize("name", TINY)
def test_every_precision_of_every_architecture_fits_its_layout(
    name: str, precision: Precision, tmp_path: Path
) -> None:
    write_tiny(name, tmp_path / "source")
    architecture = convert(tmp_path / "source", tmp_path / "packed", precision)
    weights = PackedWeights(tmp_path / "packed", architecture)
    assert weights.precision == precision
    weights.close()


@pytest.mark.parametrize("dtype", ["f32", "bf16", "f16"])
def test_a_precision_that_is_the_sources_keeps_every_bit(dtype: Dtype, tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_tiny(NAME, source, dtype)
    architecture = convert(source, tmp_path / "packed", dtype)
    with Checkpoint(source, architecture) as before, SafetensorsFile(tmp_path / "packed") as after:
        for name, shape in architecture.tensors():
            stored, rows = stored_rows(architecture, name)
            exact = before.float32(name) if len(shape) == 1 else before.raw(name)
            np.testing.assert_array_equal(after.raw(stored)[rows], exact)


def test_bfloat16_is_rounded_from_wider_types(folder: Path, tmp_path: Path) -> None:
    architecture = convert(folder, tmp_path / "packed", "bf16")
    with Checkpoint(folder, architecture) as before, SafetensorsFile(tmp_path / "packed") as after:
        exact = before.float32(EMBEDDING)
        np.testing.assert_allclose(bfloat16_to_float32(after.raw(EMBEDDING)), exact, rtol=2**-8)


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_quantised_values_are_near_the_sources(
    folder: Path, tmp_path: Path, precision: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a matrix is encoded in several pieces, and where it shares a tensor."""
    monkeypatch.setattr(module, "CHUNK", 5000)
    architecture = convert(folder, tmp_path / "packed", precision)
    with Checkpoint(folder, architecture) as before, SafetensorsFile(tmp_path / "packed") as after:
        for part in ("mlp.down_proj", *(f"self_attn.{name}_proj" for name in "qkv")):
            name = f"model.layers.1.{part}.weight"
            exact = before.float32(name)
            stored, rows = stored_rows(architecture, name)
            values, scale = after.raw(f"{stored}.{precision}"), after.raw(f"{stored}.scale")
            whole = from_int8(values, scale) if precision == "int8" else from_int4(values, scale)
            error = np.sqrt(np.mean(np.square(whole[rows] - exact)) / np.mean(np.square(exact)))
            assert error < (0.01 if precision == "int8" else 0.11)


def test_progress_ends_at_the_whole(folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    convert(folder, tmp_path / "w", "int8", progress=lambda done, total: seen.append((done, total)))
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(set(done))
    assert set(totals) == {done[-1]}


def test_the_file_is_current_until_source_precision_or_format_change(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed"
    assert not is_current(packed, folder, "int8")
    convert(folder, packed, "int8")
    assert is_current(packed, folder, "int8")
    assert not is_current(packed, folder, "int4")
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    assert is_current(packed, other, "int8")
    write_tiny("biases", other)
    assert not is_current(packed, other, "int8")
    monkeypatch.setattr(module, "FORMAT_VERSION", "another")
    assert not is_current(packed, folder, "int8")


def test_only_at_four_bits_a_file_of_another_group_size_is_not_current(
    folder: Path, tmp_path: Path
) -> None:
    convert(folder, tmp_path / "int4", "int4", group=64)
    assert is_current(tmp_path / "int4", folder, "int4", group=64)
    assert not is_current(tmp_path / "int4", folder, "int4", group=32)
    convert(folder, tmp_path / "int8", "int8", group=64)
    assert is_current(tmp_path / "int8", folder, "int8", group=32)


def test_a_damaged_packed_file_is_not_current(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    convert(folder, packed, "int8")
    packed.write_bytes(packed.read_bytes()[:-100])
    assert not is_current(packed, folder, "int8")


def test_a_conversion_that_stops_leaves_the_old_file_and_no_other(
    folder: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "out" / "packed"
    convert(folder, packed, "int8")
    before = packed.read_bytes()

    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(folder, packed, "int4", progress=stop)
    assert packed.read_bytes() == before
    assert [path.name for path in packed.parent.iterdir()] == ["packed"]


def test_a_damaged_source_is_refused_before_anything_is_written(
    folder: Path, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelFolderInvalid, match="ends before tensor"):
        convert(broken, tmp_path / "out" / "packed", "int8")
    assert not (tmp_path / "out").exists()
