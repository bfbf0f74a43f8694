"""The packed file: what is in it, and what is refused as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.models import TINY
from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.safetensors import Layout, SafetensorsWriter
from understudy.engine.weights import (
    FORMAT_VERSION,
    PackedWeights,
    group_for,
    packed_layout,
    sources,
    stored_rows,
    weight_bytes,
)
from understudy.errors import ModelFolderInvalid

TIED = Architecture.from_config(TINY["llama-3.2-1b"])
WIDE = Architecture.from_config(TINY["llama-2-70b"])
NUMPY = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16, "I8": np.int8, "U8": np.uint8}


def _metadata(precision: str, **changes: str) -> dict[str, str]:
    fixed = {"understudy_format": FORMAT_VERSION, "group_size": "128"}
    return {**fixed, "precision": precision, **changes}


def _write(path: Path, layout: Layout, metadata: dict[str, str]) -> Path:
    with path.open("wb") as file:
        writer = SafetensorsWriter(file, layout, metadata)
        for name, (dtype, shape) in layout.items():
            writer.write(name, np.zeros(shape, NUMPY[dtype]))
        writer.finish()
    return path


@pytest.mark.parametrize(
    ("inputs", "group"), [(256, 128), (128, 128), (352, 32), (64, 64), (48, 16), (40, None)]
)
def test_a_group_divides_the_inputs(inputs: int, group: int | None) -> None:
    assert group_for(inputs, 128) == group


def test_int4_keeps_exact_rows_for_lookup_and_few_bytes_for_a_tied_head() -> None:
    layout = packed_layout(TIED, "int4", 128)
    assert layout["model.embed_tokens.weight.int8"] == ("I8", (384, 128))
    assert layout["lm_head.weight.int4"] == ("U8", (384, 64))
    assert layout["lm_head.weight.scale"] == ("F16", (384, 1, 1))
    assert "lm_head.weight.int8" not in packed_layout(TIED, "int8", 128)


def test_query_key_and_value_lie_together_and_every_tensor_once() -> None:
    architecture = Architecture.from_config(TINY["biases"])
    assert architecture.num_kv_heads < architecture.num_heads
    prefix = "model.layers.1.self_attn."
    queries, keys = architecture.query_size, architecture.kv_size
    for part, rows in (
        ("q_proj", slice(0, queries)),
        ("k_proj", slice(queries, queries + keys)),
        ("v_proj", slice(queries + keys, queries + 2 * keys)),
    ):
        for kind in ("weight", "bias"):
            found = stored_rows(architecture, f"{prefix}{part}.{kind}")
            assert found == (f"{prefix}qkv_proj.{kind}", rows)
    layout = packed_layout(architecture, "f32", 128)
    assert layout[f"{prefix}qkv_proj.weight"][1] == (queries + 2 * keys, architecture.hidden_size)
    assert layout[f"{prefix}qkv_proj.bias"][1] == (queries + 2 * keys,)
    parts = [part for _, parts in sources(architecture, "f32") for part in parts]
    assert sorted(parts) == sorted(name for name, _ in architecture.tensors())


def test_norms_stay_float32_at_every_precision() -> None:
    for precision in ("f32", "bf16", "f16", "int8", "int4"):
        assert packed_layout(TIED, precision, 128)["model.norm.weight"] == ("F32", (128,))  # type: ignore[arg-type]


def test_fewer_bits_take_fewer_bytes() -> None:
    precisions: list[Precision] = ["int4", "int8", "bf16", "f32"]
    sizes = [weight_bytes(WIDE, precision) for precision in precisions]
    assert sizes == sorted(sizes)
    assert weight_bytes(WIDE, "f32") == 4 * WIDE.parameter_count


@pytest.mark.parametrize(("precision", "group"), [("int8", 32), ("int4", 32), ("bf16", 0)])
def test_the_common_group_divides_every_quantised_matrix(
    tmp_path: Path, precision: Precision, group: int
) -> None:
    path = _write(tmp_path / "w", packed_layout(WIDE, precision, 128), _metadata(precision))
    weights = PackedWeights(path, WIDE)
    assert weights.group == group
    assert weights.precision == precision
    weights.close()


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        _metadata("int8", understudy_format="0"),
        _metadata("int3"),
        _metadata("int8", group_size="0"),
        _metadata("int8", group_size="many"),
    ],
)
def test_a_file_that_is_no_packed_weights_is_refused(
    tmp_path: Path, metadata: dict[str, str]
) -> None:
    path = _write(tmp_path / "w", packed_layout(TIED, "int8", 128), metadata)
    with pytest.raises(ModelFolderInvalid):
        PackedWeights(path, TIED)


def test_a_tensor_that_is_missing_extra_or_of_another_shape_is_named(tmp_path: Path) -> None:
    layout = dict(packed_layout(TIED, "int8", 128))
    norm = "model.norm.weight"
    changed: dict[str, Any] = {
        "lacks": {name: entry for name, entry in layout.items() if name != norm},
        "not F32": {**layout, norm: ("F32", (64,))},
        "does not": {**layout, "model.norm.bias": ("F32", (128,))},
    }
    for message, bad in changed.items():
        path = _write(tmp_path / message, bad, _metadata("int8"))
        with pytest.raises(ModelFolderInvalid, match=rf"model\.norm\.(weight|bias).*|{message}"):
            PackedWeights(path, TIED)
