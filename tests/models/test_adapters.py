"""PEFT folders: read as PEFT means them, or refused with the reason."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.adapters import (
    CONFIG,
    Pair,
    of_kinds,
    peft_tensors,
    random_adapter,
    tensor_names,
    write_peft,
)
from tests.oracles.models import TINY
from understudy.engine.architecture import Architecture
from understudy.engine.lora import KINDS
from understudy.errors import AdapterInvalid
from understudy.models.adapters import WEIGHTS, check_adapter, check_weights, read_adapter

ARCHITECTURE = Architecture.from_config(TINY["tinyllama"])
QUERY, DOWN = "model.layers.1.self_attn.q_proj", "model.layers.0.mlp.down_proj"


def _matrices(rank: int = 4, *kinds: str) -> dict[str, Pair]:
    only = of_kinds(*(kinds or KINDS))
    return dict(random_adapter(ARCHITECTURE, rank, rank, only=only).matrices)


def _write(folder: Path, config: dict[str, Any] | None = None) -> Path:
    return write_peft(folder, peft_tensors(_matrices()), config)


def _refusal(folder: Path) -> str:
    with pytest.raises(AdapterInvalid) as refused:
        read_adapter(folder, ARCHITECTURE)
    with pytest.raises(AdapterInvalid) as checked:
        check_adapter(folder, ARCHITECTURE)
    assert str(checked.value) == str(refused.value)
    assert str(folder) not in str(refused.value), "a client need not know where files lie"
    return str(refused.value)


@pytest.mark.parametrize("adapter_name", ["", ".default"])
def test_matrices_are_read_with_the_scale_in_b(adapter_name: str, tmp_path: Path) -> None:
    matrices = _matrices(4)
    write_peft(tmp_path, peft_tensors(matrices, adapter_name=adapter_name))
    adapter = read_adapter(tmp_path, ARCHITECTURE)
    assert adapter.rank == 4
    assert adapter.matrices.keys() == matrices.keys()
    for layer, (a, b) in adapter.matrices.items():
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_array_equal(a, matrices[layer][0])
        np.testing.assert_array_equal(b, matrices[layer][1] * np.float32(2))


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
def test_every_float_type_is_read_exactly(dtype: str, tmp_path: Path) -> None:
    eighths = {
        layer: (np.round(a * 64) / 8, np.round(b * 64) / 8) for layer, (a, b) in _matrices().items()
    }
    write_peft(tmp_path, peft_tensors(eighths), {"lora_alpha": 4}, dtype=dtype)
    for layer, pair in read_adapter(tmp_path, ARCHITECTURE).matrices.items():
        for found, expected in zip(pair, eighths[layer], strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({"r": 4, "lora_alpha": 4}, 1.0),
        ({"r": 4, "lora_alpha": 16}, 4.0),
        ({"r": 4, "lora_alpha": 0.5}, 0.125),
        ({"r": 4, "lora_alpha": 3, "use_rslora": True}, 1.5),
    ],
)
def test_scales_follow_alpha_and_the_rank_or_its_root(
    config: dict[str, Any], scale: float, tmp_path: Path
) -> None:
    matrices = _matrices(4)
    write_peft(tmp_path, peft_tensors(matrices), config)
    found = read_adapter(tmp_path, ARCHITECTURE).matrices[QUERY][1]
    np.testing.assert_allclose(found, matrices[QUERY][1] * scale, rtol=1e-6)


def test_ranks_and_alphas_may_differ_by_layer(tmp_path: Path) -> None:
    matrices = {**_matrices(4), **_matrices(9, "down_proj")}
    config = {
        "rank_pattern": {"down_proj": 9},
        "alpha_pattern": {"layers.0.mlp.down_proj": 3, "down_proj": 18, f"^{QUERY}": 2},
        "use_rslora": True,
    }
    write_peft(tmp_path, peft_tensors(matrices), config)
    adapter = read_adapter(tmp_path, ARCHITECTURE)
    assert adapter.rank == 9
    for layer, alpha in ((DOWN, 3), (DOWN.replace("0", "1"), 18), (QUERY, 2)):
        a, b = adapter.matrices[layer]
        rank = len(matrices[layer][0])
        assert len(a) == b.shape[1] == 9
        assert not a[rank:].any()
        assert not b[:, rank:].any()
        np.testing.assert_array_equal(a[:rank], matrices[layer][0])
        np.testing.assert_allclose(
            b[:, :rank], matrices[layer][1] * (alpha / math.sqrt(rank)), rtol=1e-6
        )


@pytest.mark.parametrize(
    "config",
    [
        {"target_modules": "all-linear"},
        {"target_modules": r".*(q|v)_proj"},
        {"target_modules": None},
        {"target_modules": ["q_proj", "v_proj", "query_key_value"]},
        {"target_modules": ["q_proj", "v_proj", "o_proj"], "layers_to_transform": 0},
        {"target_modules": ["q_proj", "v_proj", "o_proj"], "exclude_modules": ["o_proj"]},
        {"init_lora_weights": "gaussian", "model_type": "llama", "lora_bias": False},
        {"revision": None, "megatron_core": "megatron.core", "qalora_group_size": 16},
    ],
)
def test_what_does_not_change_the_result_is_accepted(
    config: dict[str, Any], tmp_path: Path
) -> None:
    write_peft(tmp_path, peft_tensors(_matrices(4, "q_proj", "v_proj")), config)
    assert len(read_adapter(tmp_path, ARCHITECTURE).matrices) == 4


def _rename(old: str, new: str) -> dict[str, Any]:
    return {name.replace(old, new): m for name, m in peft_tensors(_matrices()).items()}


def _without(part: str) -> dict[str, Any]:
    return {name: m for name, m in peft_tensors(_matrices()).items() if part not in name}


A_OF_QUERY = f"base_model.model.{QUERY}.lora_A.weight"


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ({}, "no LoRA matrices"),
        (_without(f"{QUERY}.lora_B"), f"lacks the lora_B of {QUERY}"),
        (_without(f"{QUERY}.lora_A"), f"lacks the lora_A of {QUERY}"),
        (_without(f"{DOWN}.lora_"), f"lacks the matrices of {DOWN}, which 'target_modules' names"),
        (_rename("layers.1", "layers.2"), "model.layers.2.self_attn.q_proj, but .* only 2 layers"),
        (_rename("layers.1", "layers." + "9" * 400), "only 2 layers"),
        (_rename("q_proj", "c_attn"), "self_attn.c_attn, but only q_proj"),
        (_rename("model.layers.0.mlp.down_proj", "lm_head"), "lm_head, but only"),
        (_rename(".model.layers", ".transformer.h"), "adapts transformer.h.0.self_attn.q_proj"),
        (_rename("base_model.model.", ""), "which is no matrix of LoRA"),
        (
            _rename("lora_A.weight", "lora_A.other.weight"),
            "lora_A.other.weight, which is no matrix",
        ),
        (_rename("lora_A.weight", "lora_embedding_A"), "lora_embedding_A, which is no matrix"),
        ({**_rename("", ""), "x.lora_magnitude_vector": np.ones(2)}, "lora_magnitude_vector"),
        (
            {**_rename("", ""), A_OF_QUERY: np.ones((5, 128))},
            r"shape \[5, 128\] .* rank 4 .*\[4, 1",
        ),
        ({**_rename("", ""), A_OF_QUERY: np.ones((4, 129))}, r"shape \[4, 129\]"),
        ({**_rename("", ""), A_OF_QUERY: np.ones((4, 128, 1))}, r"shape \[4, 128, 1\]"),
        (
            {**_rename("", ""), A_OF_QUERY: np.full((4, 128), np.nan)},
            f"not finite in the lora_A of {QUERY}",
        ),
        (
            {**_rename("", ""), A_OF_QUERY.replace("A.w", "A.default.w"): np.ones((4, 128))},
            f"lora_A of {QUERY} twice",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused(
    tensors: dict[str, Any], why: str, tmp_path: Path
) -> None:
    write_peft(tmp_path, tensors, {"target_modules": list(KINDS)})
    refusal = _refusal(tmp_path)
    assert refusal.startswith(WEIGHTS)
    assert len(refusal) < 300
    with pytest.raises(AdapterInvalid, match=why):
        read_adapter(tmp_path, ARCHITECTURE)


def test_weights_alone_are_judged_by_what_the_model_asks(tmp_path: Path) -> None:
    write_peft(tmp_path, {**peft_tensors(_matrices(4)), **peft_tensors(_matrices(9, "down_proj"))})
    (tmp_path / "adapter_config.json").unlink()
    check_weights(tmp_path, ARCHITECTURE)


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ({}, "no LoRA matrices"),
        (_without(f"{QUERY}.lora_B"), f"lacks the lora_B of {QUERY}"),
        (_rename("q_proj", "c_attn"), "self_attn.c_attn, but only q_proj"),
        ({**_rename("", ""), A_OF_QUERY: np.ones((4, 129))}, r"shape \[4, 129\]"),
        ({**_rename("", ""), A_OF_QUERY: np.ones((5, 128))}, r"lora_B of shape .* rank 5"),
        ({**_rename("", ""), A_OF_QUERY: np.ones((65, 128))}, r"\[65, 128\] .* from 1 to 64"),
        ({**_rename("", ""), A_OF_QUERY: np.float32(1)}, r"shape \[\] .* from 1 to 64"),
        ({**_rename("", ""), A_OF_QUERY: np.full((4, 128), np.inf)}, "not finite in the lora_A"),
    ],
)
def test_weights_alone_that_no_configuration_could_mend_are_refused(
    tensors: dict[str, Any], why: str, tmp_path: Path
) -> None:
    write_peft(tmp_path, tensors)
    (tmp_path / "adapter_config.json").unlink()
    with pytest.raises(AdapterInvalid, match=why):
        check_weights(tmp_path, ARCHITECTURE)


def test_a_scale_that_overflows_is_refused(tmp_path: Path) -> None:
    assert "not finite in the lora_B" in _refusal(_write(tmp_path, {"lora_alpha": 1e300}))


def test_whole_numbers_are_no_matrices(tmp_path: Path) -> None:
    write_peft(tmp_path, peft_tensors(_matrices()), dtype="I8")
    assert "as I8" in _refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not safetensors", b"\x80\x02}q\x00."])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(content)
    assert _refusal(tmp_path).startswith(f"{WEIGHTS} is no")


def test_a_header_of_more_than_any_model_needs_is_refused(tmp_path: Path) -> None:
    """A little of it would take gigabytes as objects."""
    _write(tmp_path)
    header = b"{" + b" " * (5 << 20) + b"}"
    (tmp_path / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header)
    assert "at most 4194304 are read" in _refusal(tmp_path)


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:-8])
    assert "cut off" in _refusal(tmp_path)


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / WEIGHTS).rename(tmp_path / "adapter_model.bin")
    assert WEIGHTS in _refusal(tmp_path)


def test_the_helpers_write_what_peft_writes(tmp_path: Path) -> None:
    assert A_OF_QUERY in tensor_names(_write(tmp_path))
    assert json.loads((tmp_path / "adapter_config.json").read_text()).keys() > CONFIG.keys()
