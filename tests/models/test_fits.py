"""What fits is what the pool would load, and what does not has a way out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.models.cards import make_card
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.fits import PRECISIONS, Fit, MemoryPlan, contexts, plan_memory
from understudy.models.plan import fit_cache
from understudy.models.store import ModelStore
from understudy.upstreams import Upstream

CATALOG = Catalog.load()
LLAMA_70B = next(card for card in CATALOG if card.architecture.get("num_hidden_layers") == 80)
SMALL = make_card("@cf/some/model")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "home")


def plan(
    store: ModelStore, gigabytes: float, card: ModelCard = LLAMA_70B, **settings: Any
) -> MemoryPlan:
    made = replace(Settings(), **settings)
    return plan_memory(card, store, made, [SMALL], int(gigabytes * 1e9))


def test_the_bytes_of_llama_2_70b_are_those_of_its_tensors(store: ModelStore) -> None:
    whole = plan(store, 1000)
    assert whole.parameters == 68_976_648_192
    # 80 layers, 8 heads of keys and of values, 128 bytes and a scale and zero point each.
    assert whole.kv_bytes_per_token == 2 * 80 * 8 * (128 + 8)
    bf16, int8, int4 = (way for way in whole.ways if way.context == 4096)
    assert bf16.weights_bytes == pytest.approx(2 * whole.parameters, rel=1e-3)
    assert int8.weights_bytes == pytest.approx(whole.parameters, rel=1e-3)
    assert int4.weights_bytes == pytest.approx(whole.parameters / 2, rel=0.03)
    assert bf16.kv_bytes == 4096 * whole.kv_bytes_per_token


@pytest.mark.parametrize(
    ("limit", "compared"),
    [
        (512, (512,)),
        (1024, (1024,)),
        (2048, (1024, 2048)),
        (4096, (1024, 4096)),
        (60000, (1024, 4096, 16384, 60000)),
        (131072, (4096, 16384, 65536, 131072)),
    ],
)
def test_contexts_end_with_the_whole_one(limit: int, compared: tuple[int, ...]) -> None:
    assert contexts(limit) == compared


@pytest.mark.parametrize(
    ("gigabytes", "advice", "use"),
    [
        (100, "as it is", ("int8", 4096)),
        (60, "smaller precision", ("int4", 4096)),
        (37.2, "shorter context", ("int4", 1024)),
    ],
)
def test_the_best_that_fits_is_advised(
    store: ModelStore, gigabytes: float, advice: str, use: tuple[str, int]
) -> None:
    found = plan(store, gigabytes)
    assert found.use is not None
    assert (found.advice, (found.use.precision, found.use.context)) == (advice, use)
    assert found.use.fits
    # What is advised is what the pool does.
    settings = Settings(quantize=found.use.precision, kv_cache_tokens=found.use.context)
    assert fit_cache(LLAMA_70B, store, settings, int(gigabytes * 1e9))


def test_where_nothing_fits_other_models_and_other_machines_remain(store: ModelStore) -> None:
    found = plan(store, 15)
    assert (found.advice, found.use, found.instead) == ("upstream", None, (SMALL.name,))
    assert not any(way.fits for way in found.ways)
    assert len(found.ways) == len(PRECISIONS) * 2


def test_what_is_computed_elsewhere_needs_nothing_here(store: ModelStore) -> None:
    there = Upstream(LLAMA_70B.name, "http://there/v1", "x")
    found = plan(store, 15, upstreams=(there,))
    assert (found.advice, found.upstream, found.use) == ("routed", "http://there/v1", None)


def test_exact_kernels_keep_a_cache_of_full_precision(store: ModelStore) -> None:
    exact = plan(store, 1000, precise=True)
    assert exact.kv_bytes_per_token == 2 * 80 * 8 * 4 * 128


def test_a_precision_beyond_the_table_is_judged_too(store: ModelStore) -> None:
    found = plan(store, 1000, quantize="f32")
    assert isinstance(found.use, Fit)
    assert (found.use.precision, found.use.memory_bytes > 4 * found.parameters) == ("f32", True)
