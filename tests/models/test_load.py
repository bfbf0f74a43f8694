"""The real loader: files in, a model that answers out, or one clear error."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.models.adapters import peft_folder
from tests.models.answers import answer
from tests.models.cards import ARCHITECTURE, Cards, make_card
from understudy.backends.local import LocalBackend
from understudy.config import Precision, Settings
from understudy.engine.architecture import Architecture
from understudy.engine.runner import OpenVinoRunner
from understudy.errors import EngineClosed, ModelFolderInvalid
from understudy.models import load
from understudy.models.load import load_model
from understudy.models.random_weights import write_random
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore

HOUSE = make_card("@house/small", repo=None)
FAR = make_card("@cf/some/far", context_length=100)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_random(ARCHITECTURE, tmp_path / "house")
    return tmp_path / "house"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", kv_cache_tokens=512, max_batch=4, stand_in=True)


@pytest.fixture
def store(settings: Settings, source: Path) -> ModelStore:
    return ModelStore(settings.home, bundled=lambda: source)


@pytest.mark.parametrize("precision", get_args(Precision))
async def test_a_model_answers_at_every_precision(
    store: ModelStore, settings: Settings, precision: Precision
) -> None:
    loaded = load_model(HOUSE, store, replace(settings, quantize=precision))
    try:
        assert len(await answer(loaded, "hello", 4)) == 4
        assert loaded.context_length == 256
        assert not loaded.stand_in
    finally:
        await loaded.backend.close()


async def test_speculation_can_be_turned_off_and_changes_no_answer(
    store: ModelStore, settings: Settings
) -> None:
    answers, drafted = [], []
    for speculate in (True, False):
        loaded = load_model(HOUSE, store, replace(settings, speculate=speculate))
        assert isinstance(loaded.backend, LocalBackend)
        answers.append(await answer(loaded, "hello " * 8, 100))
        drafted.append(loaded.backend.engine.stats().drafted_tokens)
        await loaded.backend.close()
    assert answers[0] == answers[1]
    assert drafted[0] > drafted[1] == 0


async def test_a_model_has_room_for_adapters_unless_that_is_turned_off(
    store: ModelStore, settings: Settings, tmp_path: Path
) -> None:
    folder = peft_folder(tmp_path / "adapter", architecture=Architecture.from_config(ARCHITECTURE))
    loaded = load_model(HOUSE, store, settings)
    assert loaded.adapters is not None
    async with loaded.adapters.use("mine", folder):
        assert isinstance(loaded.backend, LocalBackend)
        assert loaded.backend.engine.adapters.names == ["mine"]
    await loaded.backend.close()
    plain = load_model(HOUSE, store, replace(settings, adapters=False))
    assert plain.adapters is None
    await plain.backend.close()


async def test_the_cards_context_bounds_the_models(store: ModelStore, settings: Settings) -> None:
    loaded = load_model(replace(HOUSE, context_length=64), store, settings)
    await loaded.backend.close()
    assert loaded.context_length == 64


async def test_the_kv_cache_bounds_the_context(store: ModelStore, settings: Settings) -> None:
    loaded = load_model(HOUSE, store, replace(settings, kv_cache_tokens=90))
    await loaded.backend.close()
    assert loaded.context_length == 96


def test_a_model_without_an_engine_is_closed(
    store: ModelStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[OpenVinoRunner] = []
    close = OpenVinoRunner.close

    def no_engine(runner: object, options: object) -> None:
        raise RuntimeError("can't start new thread")

    def noted(runner: OpenVinoRunner) -> None:
        closed.append(runner)
        close(runner)

    monkeypatch.setattr(load, "Engine", no_engine)
    monkeypatch.setattr(OpenVinoRunner, "close", noted)
    with pytest.raises(RuntimeError, match="new thread"):
        load_model(HOUSE, store, settings)
    assert len(closed) == 1


async def test_a_pool_gives_a_model_its_whole_context_whatever_the_kv_cache_asked_for(
    store: ModelStore, settings: Settings
) -> None:
    pool = ModelPool(replace(settings, kv_cache_tokens=90), Cards(HOUSE), store)
    async with pool.lease(HOUSE.name) as loaded:
        assert loaded.context_length == 256
    await pool.close()


async def test_two_cards_served_by_one_model_answer_from_one_engine_at_once(
    store: ModelStore, settings: Settings
) -> None:
    pool = ModelPool(settings, Cards(HOUSE, FAR), store)
    try:
        async with pool.lease(HOUSE.name) as house, pool.lease(FAR.name) as far:
            assert far.backend is house.backend
            assert far.context_length == 100
            both = await asyncio.gather(answer(house, "hello", 16), answer(far, "hello", 16))
        assert both[0] == both[1]
        backend = house.backend
        assert isinstance(backend, LocalBackend)
        assert backend.engine.stats().live == 0
    finally:
        await pool.close()


async def test_an_evicted_model_has_given_its_engine_back(
    store: ModelStore, settings: Settings
) -> None:
    pool = ModelPool(replace(settings, idle_unload=0.0), Cards(HOUSE), store)
    async with pool.lease(HOUSE.name) as loaded:
        pass
    await pool.unload_idle()
    with pytest.raises(EngineClosed):
        await answer(loaded, "hello", 1)
    async with pool.lease(HOUSE.name) as again:
        assert len(await answer(again, "hello", 1)) == 1
    await pool.close()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b'{"model_type": "gpt2"}'),
        ("tokenizer.json", b"{}"),
        ("model.safetensors", b"\x08\0\0\0\0\0\0\0{}      "),
        ("model.safetensors", b"\x80\x02."),
        ("model.safetensors", None),
        ("tokenizer.json", None),
    ],
)
def test_a_damaged_folder_is_refused_with_one_error(
    store: ModelStore, settings: Settings, source: Path, file: str, content: bytes | None
) -> None:
    (source / file).unlink()
    if content is not None:
        (source / file).write_bytes(content)
    with pytest.raises(ModelFolderInvalid):
        load_model(HOUSE, store, settings)
