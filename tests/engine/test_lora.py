"""An adapter beside the weights computes what it would merged into them."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import pytest

from tests.oracles.adapters import (
    of_kinds,
    peft_tensors,
    random_adapter,
    write_merged,
    write_peft,
)
from tests.oracles.models import TINY, write_tiny
from tests.oracles.running import Logits, tiny_runner
from tests.requires import need
from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter, Slice
from understudy.engine.lora import KINDS
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.models.adapters import read_adapter
from understudy.models.convert import convert

PROMPT = list(range(7, 61))
TAIL = [3, 91, 200]
BLOCKS = [2, 0, 1]
TOLERANCE = 1e-3


def _logits(runner: OpenVinoRunner, adapter: str | None) -> Logits:
    """After each token of a prompt, and after each of a few more decoded: (n, vocab)."""
    rows = [runner.step([Slice(PROMPT, 0, BLOCKS, len(PROMPT), adapter)]).copy()]
    for n, token in enumerate(TAIL):
        rows.append(runner.step([Slice([token], len(PROMPT) + n, BLOCKS, 1, adapter)]).copy())
    return np.concatenate(rows)


def _with_adapter(
    name: str, folder: Path, adapter: Adapter, precision: Precision = "f32"
) -> tuple[Logits, Logits]:
    """Logits with the adapter, and without."""
    with tiny_runner(name, folder, precision, precise=True, adapters=True) as runner:
        runner.load_adapter("it", adapter)
        return _logits(runner, "it"), _logits(runner, None)


def _merged(name: str, folder: Path, adapter: Adapter, precision: Precision = "f32") -> Logits:
    """Logits of a model whose float32 weights are those of ``precision``, with B A added."""
    architecture = Architecture.from_config(TINY[name])
    write_merged(
        folder / name, folder / f"{name}.{precision}", architecture, adapter, folder / "merged"
    )
    convert(folder / "merged", folder / "merged.f32", "f32")
    options = RunnerOptions(8, threads=2, precise=True)
    runner = OpenVinoRunner(folder / "merged.f32", architecture, options)
    try:
        return _logits(runner, None)
    finally:
        runner.close()


def _assert_like_merged(
    name: str, folder: Path, adapter: Adapter, precision: Precision = "f32"
) -> None:
    adapted, without = _with_adapter(name, folder, adapter, precision)
    merged = _merged(name, folder, adapter, precision)
    assert np.abs(merged - without).max() > 20 * TOLERANCE, "the adapter changes too little"
    np.testing.assert_allclose(adapted, merged, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", TINY)
def test_every_architecture_equals_its_merged_weights(name: str, tmp_path: Path) -> None:
    adapter = random_adapter(Architecture.from_config(TINY[name]), 8, seed=1)
    _assert_like_merged(name, tmp_path, adapter)


@pytest.mark.parametrize("precision", ["int8", "int4", "bf16", "f16"])
def test_weights_of_every_precision_equal_the_merged_ones(
    precision: Precision, tmp_path: Path
) -> None:
    # Of a model whose head is its own: under int4, one that is tied has values of its own too.
    adapter = random_adapter(Architecture.from_config(TINY["llama-2-7b"]), 8, seed=2)
    _assert_like_merged("llama-2-7b", tmp_path, adapter, precision)


@pytest.mark.parametrize("rank", [1, 2, 3, 16, 33, 64])
def test_every_rank_equals_its_merged_weights(rank: int, tmp_path: Path) -> None:
    adapter = random_adapter(Architecture.from_config(TINY["llama-2-7b"]), rank, seed=rank)
    _assert_like_merged("llama-2-7b", tmp_path, adapter)


@pytest.mark.parametrize(
    "kinds", [*((kind,) for kind in KINDS), ("q_proj", "v_proj")], ids=" ".join
)
def test_any_subset_of_the_layers_equals_its_merged_weights(
    kinds: tuple[str, ...], tmp_path: Path
) -> None:
    architecture = Architecture.from_config(TINY["biases"])
    adapter = random_adapter(architecture, 8, seed=3, only=of_kinds(*kinds))
    _assert_like_merged("biases", tmp_path, adapter)


def test_one_layer_of_one_kind_equals_its_merged_weights(tmp_path: Path) -> None:
    architecture = Architecture.from_config(TINY["tinyllama"])
    adapter = random_adapter(architecture, 16, seed=4, only="model.layers.1.mlp.up_proj".__eq__)
    assert len(adapter.matrices) == 1
    _assert_like_merged("tinyllama", tmp_path, adapter)


def test_an_adapter_graph_without_adapters_equals_the_plain_one(tmp_path: Path) -> None:
    with tiny_runner("llama-3.2-1b", tmp_path, "f32", precise=True) as runner:
        plain = _logits(runner, None)
    with tiny_runner("llama-3.2-1b", tmp_path, "f32", precise=True, adapters=True) as runner:
        np.testing.assert_array_equal(_logits(runner, None), plain)


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("precise", [False, True])
def test_an_adapter_graph_keeps_its_fusions(
    name: str, precise: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        tiny_runner(name, tmp_path, "int8", precise=precise, adapters=True),
    ):
        assert caplog.messages == []


@pytest.mark.parametrize("rslora", [False, True])
@pytest.mark.parametrize("name", TINY)
def test_a_peft_folder_equals_merged_weights_in_transformers(
    name: str, rslora: bool, tmp_path: Path
) -> None:
    """Ranks and alphas that differ by layer, with the scale as PEFT defines it."""
    need("torch")
    need("transformers")
    architecture = Architecture.from_config(TINY[name])
    ranks, alphas = {"down_proj": 24}, {"layers.1.self_attn.q_proj": 5}
    raw = dict(random_adapter(architecture, 6, seed=5).matrices)
    wide = random_adapter(architecture, 24, seed=6, only=of_kinds("down_proj"))
    raw.update(wide.matrices)
    config = {
        "r": 6,
        "lora_alpha": 9,
        "use_rslora": rslora,
        "rank_pattern": ranks,
        "alpha_pattern": alphas,
    }
    folder = write_peft(tmp_path / "adapter", peft_tensors(raw), config)

    def delta(layer: str) -> Logits:
        a, b = raw[layer]
        alpha = 5 if layer.endswith("layers.1.self_attn.q_proj") else 9
        return (alpha / (math.sqrt(len(a)) if rslora else len(a))) * (b @ a)

    write_tiny(name, tmp_path / name)
    expected = _transformers(tmp_path / name, {layer: delta(layer) for layer in raw})
    adapted, _ = _with_adapter(name, tmp_path, read_adapter(folder, architecture))
    np.testing.assert_allclose(adapted, expected, rtol=0, atol=TOLERANCE)


def _transformers(folder: Path, deltas: dict[str, Logits]) -> Logits:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    with torch.inference_mode():
        for layer, delta in deltas.items():
            model.get_submodule(layer).weight += torch.from_numpy(delta)
        logits: Logits = model(torch.tensor([PROMPT + TAIL]), use_cache=False).logits[0].numpy()
    return logits
