"""The price of a model is told before it is paid, and is right."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.models.cards import ARCHITECTURE, make_card
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.config import Precision, Settings
from understudy.engine.architecture import Architecture
from understudy.errors import ModelDoesNotFit, ModelFolderInvalid
from understudy.models.convert import convert
from understudy.models.plan import (
    describe,
    fit_cache,
    memory_bytes,
    memory_needed,
    packed_bytes,
    plan_pull,
)
from understudy.models.random_weights import write_random
from understudy.models.store import ModelState, ModelStore, SourceFile

CARD = make_card("@cf/some/model")
HOUSE = make_card("@house/small", repo=None)
WEIGHTS = SourceFile("model.safetensors", 1_000_000, sha256="0" * 64)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "home", bundled=lambda: tmp_path / "house")


@pytest.mark.parametrize("precision", get_args(Precision))
def test_the_packed_size_is_known_within_a_megabyte(tmp_path: Path, precision: Precision) -> None:
    architecture = write_random(ARCHITECTURE, tmp_path / "source")
    convert(tmp_path / "source", tmp_path / "packed", precision)
    over = packed_bytes(architecture, precision) - (tmp_path / "packed").stat().st_size
    assert 0 <= over <= 1_000_000


def test_a_part_that_is_here_is_not_paid_for_again(store: ModelStore, tmp_path: Path) -> None:
    store.source(CARD).mkdir(parents=True)
    store.partial(CARD, WEIGHTS).write_bytes(b"x" * 400_000)
    plan = plan_pull(CARD, (WEIGHTS,), (WEIGHTS,), store, Settings(), lambda folder: 10**9)
    assert (plan.download, plan.remaining) == (1_000_000, 600_000)
    assert plan.disk == 600_000 + plan.packed
    assert plan.fits_on_disk


def test_the_disk_must_hold_the_download_and_the_packed_file(store: ModelStore) -> None:
    plan = plan_pull(CARD, (WEIGHTS,), (WEIGHTS,), store, Settings(), lambda folder: 1_000_000)
    assert plan.disk > 1_000_000
    assert not plan.fits_on_disk


def test_memory_grows_by_the_kv_cache_that_is_asked_for(store: ModelStore) -> None:
    few, many = Settings(kv_cache_tokens=1000), Settings(kv_cache_tokens=3000)
    per_token = Architecture.from_config(ARCHITECTURE).kv_bytes_per_token()
    grown = memory_needed(CARD, store, many) - memory_needed(CARD, store, few)
    assert grown == 2000 * per_token


def test_precise_computation_takes_more_memory(store: ModelStore) -> None:
    precise = memory_needed(CARD, store, Settings(precise=True))
    assert precise > memory_needed(CARD, store, Settings())


@pytest.mark.parametrize(
    ("model", "precision", "resident"),
    [
        ("@cf/meta/llama-3.2-1b-instruct", "int8", 1.55e9),
        ("@cf/meta/llama-3.2-1b-instruct", "bf16", 2.76e9),
        ("@cf/meta/llama-2-7b-chat-fp16", "int8", 7.12e9),
        ("@cf/meta/llama-2-7b-chat-fp16", "bf16", 13.76e9),
    ],
)
def test_the_estimate_is_a_little_above_what_was_measured_without_the_kv_cache(
    model: str, precision: Precision, resident: float
) -> None:
    """Figures of ``benchmarks/stream_full_size.py``, less the part of the KV cache it filled."""
    card = next(card for card in Catalog.load() if str(card.name) == model)
    architecture = Architecture.from_config(card.architecture)
    found = memory_bytes(
        architecture, packed_bytes(architecture, precision), Settings(kv_cache_tokens=0)
    )
    assert resident < found < 1.08 * resident


@pytest.mark.parametrize("spared", [0, 1, 100, 500, 743, 744])
def test_a_kv_cache_shrinks_to_what_is_spare(store: ModelStore, spared: int) -> None:
    settings = Settings(kv_cache_tokens=1000)
    per_token = Architecture.from_config(ARCHITECTURE).kv_bytes_per_token()
    spare = memory_needed(CARD, store, settings) - spared * per_token
    fitted, needed = fit_cache(CARD, store, settings, spare)
    assert fitted.kv_cache_tokens == 1000 - spared
    assert needed == memory_needed(CARD, store, fitted) == spare


def test_a_kv_cache_asked_for_never_shrinks_below_one_context(store: ModelStore) -> None:
    settings = Settings(kv_cache_tokens=1000)
    least = memory_needed(CARD, store, replace(settings, kv_cache_tokens=CARD.context_length))
    with pytest.raises(ModelDoesNotFit) as caught:
        fit_cache(CARD, store, settings, least - 1)
    assert (caught.value.needed, caught.value.available) == (least, least - 1)


def test_a_kv_cache_holds_at_least_one_whole_context(store: ModelStore) -> None:
    settings = Settings(kv_cache_tokens=100)
    whole = replace(settings, kv_cache_tokens=CARD.context_limit)
    assert fit_cache(CARD, store, settings, 10**12) == (whole, memory_needed(CARD, store, whole))


@pytest.mark.parametrize("tokens", [100, 101, 255])
def test_a_context_is_cut_where_memory_is_short_and_the_log_names_both_lengths(
    store: ModelStore, caplog: pytest.LogCaptureFixture, tokens: int
) -> None:
    settings = Settings(kv_cache_tokens=100)
    spare = memory_needed(CARD, store, replace(settings, kv_cache_tokens=tokens))
    fitted, needed = fit_cache(CARD, store, settings, spare)
    assert (fitted.kv_cache_tokens, needed) == (tokens, spare)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"a context of 256 tokens, and memory for only {tokens} of them" in record.getMessage()


def test_a_context_is_never_cut_below_the_kv_cache_asked_for(store: ModelStore) -> None:
    settings = Settings(kv_cache_tokens=100)
    with pytest.raises(ModelDoesNotFit):
        fit_cache(CARD, store, settings, memory_needed(CARD, store, settings) - 1)


def test_every_model_of_the_catalogue_gets_its_context_where_there_is_memory(
    tmp_path: Path,
) -> None:
    store = ModelStore(tmp_path)
    for card in Catalog.load():
        fitted, _ = fit_cache(card, store, Settings(), 10**15)
        assert fitted.kv_cache_tokens >= card.context_limit
        assert describe(card, store, Settings()).context_limit == card.context_limit


def test_what_is_here_counts_more_than_what_the_card_says(
    store: ModelStore, tmp_path: Path
) -> None:
    write_random({**ARCHITECTURE, "num_hidden_layers": 4}, tmp_path / "house")
    by_card = memory_needed(CARD, store, Settings())
    assert memory_needed(HOUSE, store, Settings()) > by_card


def test_a_damaged_folder_is_said_in_the_models_name(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "config.json").write_text("[")
    with pytest.raises(ModelFolderInvalid) as caught:
        memory_needed(HOUSE, store, Settings())
    assert caught.value.model == HOUSE.name


def test_a_wrong_configuration_is_said_in_the_models_name(
    store: ModelStore, tmp_path: Path
) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "config.json").write_text("{}")
    with pytest.raises(ModelFolderInvalid, match=f"config.json of {HOUSE.name}:"):
        memory_needed(HOUSE, store, Settings())


@pytest.mark.parametrize("card", Catalog.load(), ids=lambda card: str(card.name))
def test_every_model_of_the_catalogue_has_a_price(card: ModelCard, tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    by_precision = {
        precision: describe(card, store, Settings(quantize=precision)).memory_bytes
        for precision in get_args(Precision)
    }
    assert 0 < by_precision["int4"] < by_precision["int8"] < by_precision["f32"]


def test_a_status_tells_state_sizes_and_precisions(store: ModelStore) -> None:
    store.packed(CARD, "int4").parent.mkdir(parents=True)
    store.packed(CARD, "int4").write_bytes(b"x" * 100)
    status = describe(CARD, store, replace(Settings(), quantize="int4"))
    assert status.state is ModelState.PARTIAL
    assert status.packed == ("int4",)
    assert status.disk_bytes == 100
    assert status.memory_bytes == memory_needed(CARD, store, Settings(quantize="int4"))
