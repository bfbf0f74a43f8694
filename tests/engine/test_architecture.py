"""Reading config.json: both spellings, each family's defaults, and refusals by field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.models import TINY
from understudy.engine.architecture import Architecture, LinearScaling, Llama3Scaling, Rope
from understudy.errors import ModelFolderInvalid

LLAMA = TINY["llama-2-7b"]
MISTRAL = TINY["openchat"]
LLAMA3 = {
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def _read(base: Any, **changes: Any) -> Architecture:
    return Architecture.from_config({**base, **changes})


def _without(base: Any, *fields: str) -> dict[str, Any]:
    return {key: value for key, value in base.items() if key not in fields}


def test_both_spellings_of_rope_mean_the_same() -> None:
    old = _read(LLAMA, rope_theta=500000.0, rope_scaling={"type": "llama3", **LLAMA3})
    new = Architecture.from_config(
        {
            **_without(LLAMA, "rope_theta"),
            "rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", **LLAMA3},
        }
    )
    assert old == new
    assert old.rope == Rope(500000.0, Llama3Scaling(32.0, 1.0, 4.0, 8192))


def test_linear_scaling_is_read() -> None:
    rope = _read(LLAMA, rope_scaling={"rope_type": "linear", "factor": 4}).rope
    assert rope == Rope(10000.0, LinearScaling(4.0))


def test_what_a_llama_config_leaves_out_is_what_transformers_assumes() -> None:
    silent = _without(
        LLAMA, "num_key_value_heads", "head_dim", "max_position_embeddings", "rope_theta"
    )
    found = Architecture.from_config(silent)
    assert (found.num_kv_heads, found.head_dim) == (found.num_heads, 64)
    assert (found.context_length, found.rope) == (2048, Rope(10000.0))
    assert found.sliding_window is None


def test_what_a_mistral_config_leaves_out_is_what_transformers_assumes() -> None:
    silent = _without(MISTRAL, "num_key_value_heads", "sliding_window")
    found = _read(silent, num_attention_heads=8)
    assert (found.num_kv_heads, found.sliding_window) == (8, 4096)


def test_a_null_sliding_window_is_none() -> None:
    assert _read(MISTRAL, sliding_window=None).sliding_window is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "gpt2"),
        ("model_type", None),
        ("model_type", ["llama"]),
        ("architectures", ["LlamaForSequenceClassification"]),
        ("hidden_act", "gelu"),
        ("quantization_config", {"quant_method": "gptq"}),
        ("vocab_size", 0),
        ("vocab_size", "384"),
        ("hidden_size", None),
        ("num_hidden_layers", True),
        ("num_key_value_heads", 3),
        ("head_dim", 63),
        ("rms_norm_eps", -1.0),
        ("rms_norm_eps", "1e-05"),
        ("tie_word_embeddings", "yes"),
        ("sliding_window", 4096),
        ("partial_rotary_factor", 0.5),
        ("rope_scaling", "llama3"),
    ],
)
def test_a_field_that_the_graph_cannot_honour_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ModelFolderInvalid, match=f"'{field}'"):
        _read(LLAMA, **{field: value})


@pytest.mark.parametrize(
    ("scaling", "field"),
    [
        ({"rope_type": "yarn", "factor": 4.0}, "rope_type"),
        ({"rope_type": "dynamic", "factor": 4.0}, "rope_type"),
        ({"rope_type": "linear"}, "factor"),
        ({"rope_type": "llama3", **LLAMA3, "low_freq_factor": 4.0}, "high_freq_factor"),
        ({"rope_type": "llama3", "factor": 8.0}, "low_freq_factor"),
    ],
)
def test_a_rope_that_the_graph_cannot_compute_is_refused_by_name(
    scaling: dict[str, Any], field: str
) -> None:
    with pytest.raises(ModelFolderInvalid, match=f"'{field}'"):
        _read(LLAMA, rope_scaling=scaling)


@pytest.mark.parametrize("field", ["attention_bias", "mlp_bias"])
def test_mistral_has_no_biases(field: str) -> None:
    with pytest.raises(ModelFolderInvalid, match=f"'{field}'"):
        _read(MISTRAL, **{field: True})


def test_parameters_are_counted_with_a_tied_head_once() -> None:
    tied, untied = (_read(LLAMA, tie_word_embeddings=tied) for tied in (True, False))
    assert untied.parameter_count - tied.parameter_count == 384 * 128


def test_the_parameters_of_a_published_model_are_counted_right() -> None:
    found = _read(
        LLAMA,
        vocab_size=128256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        tie_word_embeddings=True,
    )
    assert found.parameter_count == 1_235_814_400


def test_kv_bytes_count_both_tensors_of_every_layer() -> None:
    found = _read(LLAMA, num_key_value_heads=2)
    assert found.kv_bytes_per_token(precise=True) == 2 * 2 * 2 * 64 * 4
    assert found.kv_bytes_per_token() == 2 * 2 * 2 * (64 + 8)
