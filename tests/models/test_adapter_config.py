"""What an adapter_config.json asks for is computed or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.adapters import CONFIG
from understudy.errors import AdapterInvalid
from understudy.models.adapter_config import AdapterConfig, read_config

LAYER = "model.layers.11.self_attn.q_proj"


def _read(folder: Path, **fields: Any) -> AdapterConfig:
    (folder / "adapter_config.json").write_text(json.dumps({**CONFIG, **fields}))
    return read_config(folder, "llama")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("peft_type", "IA3"),
        ("peft_type", None),
        ("task_type", "SEQ_CLS"),
        ("model_type", "gemma"),
        ("use_dora", True),
        ("use_qalora", True),
        ("lora_bias", True),
        ("fan_in_fan_out", True),
        ("modules_to_save", ["lm_head"]),
        ("trainable_token_indices", [1]),
        ("alora_invocation_tokens", [1, 2]),
        ("layer_replication", [[0, 4], [2, 5]]),
        ("target_parameters", ["mlp.experts.gate_up_proj"]),
        ("bias", "all"),
        ("bias", "lora_only"),
        ("bias", None),
        ("init_lora_weights", "pissa_niter_4"),
        ("init_lora_weights", "olora"),
        ("init_lora_weights", "loftq"),
        ("init_lora_weights", ["gaussian"]),
        ("init_lora_weights", 1),
        ("r", 0),
        ("r", 65),
        ("r", 4.0),
        ("r", True),
        ("r", None),
        ("lora_alpha", "8"),
        ("lora_alpha", None),
        ("lora_alpha", float("nan")),
        ("lora_alpha", float("inf")),
        ("lora_alpha", 10**400),
        ("use_rslora", "yes"),
        ("rank_pattern", [4]),
        ("rank_pattern", {"q_proj": 100}),
        ("rank_pattern", {"layers.[0-9]+.q_proj": 4}),
        ("alpha_pattern", {"(a+)+$": 4}),
        ("alpha_pattern", {"q_proj": "4"}),
        ("target_modules", ["q_proj", "lm_head"]),
        ("target_modules", ["model.embed_tokens"]),
        ("target_modules", {"q_proj": 1}),
        ("target_modules", [1]),
        ("base_model_name_or_path", 1),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(field: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(AdapterInvalid, match=rf"^adapter_config\.json: '{field}") as refused:
        _read(tmp_path, **{field: value})
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "has no adapter_config.json"),
        (b"", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b" " * (256 * 1024) + b"{}", "larger than"),
    ],
)
def test_a_damaged_file_is_refused(content: bytes | None, why: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "adapter_config.json").write_bytes(content)
    with pytest.raises(AdapterInvalid, match=why):
        read_config(tmp_path, "llama")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").mkdir()
    with pytest.raises(AdapterInvalid, match="cannot be read"):
        read_config(tmp_path, "llama")


def test_the_first_pattern_that_fits_counts_and_others_keep_the_default(tmp_path: Path) -> None:
    patterns = {"self_attn.q_proj": 16, "q_proj": 2, "^layers.0.mlp.up_proj": 3, "k_pro": 5}
    config = _read(tmp_path, rank_pattern=patterns)
    assert config.rank_of(LAYER) == 16
    assert config.rank_of("model.layers.0.mlp.up_proj") == 4
    assert config.rank_of("model.layers.0.self_attn.k_proj") == 4
    assert config.rank_of("xq_proj") == 4


def test_scales_use_the_rank_and_alpha_of_their_layer(tmp_path: Path) -> None:
    config = _read(tmp_path, r=8, lora_alpha=4, rank_pattern={"q_proj": 16}, use_rslora=True)
    assert config.scale_of(LAYER) == 1.0
    plain = _read(tmp_path, r=8, lora_alpha=4, alpha_pattern={LAYER: 2})
    assert plain.scale_of(LAYER) == 0.25
    assert plain.scale_of("model.layers.1.self_attn.q_proj") == 0.5


def test_the_base_is_what_the_file_says(tmp_path: Path) -> None:
    assert _read(tmp_path, base_model_name_or_path="a/b").base == "a/b"
    assert _read(tmp_path, base_model_name_or_path=None).base is None


def test_targets_are_ends_of_names(tmp_path: Path) -> None:
    config = _read(tmp_path, target_modules=["q_proj", "mlp.up_proj"])
    assert config.names(LAYER)
    assert config.names("model.layers.0.mlp.up_proj")
    assert not config.names("model.layers.0.self_attn.k_proj")
    assert not config.names("model.layers.0.xq_proj")
