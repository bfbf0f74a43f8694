"""Who is in memory: loaded once, shared, counted, evicted only when idle, never over the budget.

The models here have no weights: the rules are about who is loaded when, not about answers. The
real loader is tested in ``test_load``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.models.cards import Cards, make_card
from understudy.backends.base import TokenizedPrompt
from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.errors import (
    ModelDoesNotFit,
    ModelFolderInvalid,
    ModelNotDownloaded,
    ServerDraining,
    UnknownModel,
)
from understudy.events import Event
from understudy.models.loaded import LoadedModel
from understudy.models.residency import ModelPool
from understudy.models.store import Manifest, ModelStore, SourceFile
from understudy.request import GenerationRequest

HOUSE = make_card("@house/small", repo=None, context_length=128)
A, B, C = (make_card(f"@cf/some/{letter}") for letter in "abc")
FAR = make_card("@cf/some/far", context_length=64)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeBackend:
    """Computes nothing; knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.closing = asyncio.Event()
        self.may_close: asyncio.Event | None = None
        self.healthy = True

    async def generate(
        self, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> AsyncGenerator[list[Event], None]:
        raise NotImplementedError
        yield []

    async def close(self) -> None:
        self.closing.set()
        if self.may_close is not None:
            await self.may_close.wait()
        self.closed.set()


class World:
    """A pool over a store in which A, B and C are downloaded, each of ten bytes."""

    def __init__(self, tmp_path: Path, budget: int = 30, **settings: Any) -> None:
        self.settings = replace(Settings(home=tmp_path, idle_unload=60.0), **settings)
        self.store = ModelStore(tmp_path)
        self.clock = Clock()
        self.loads: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.gate: threading.Event | None = None
        self.backends: dict[str, FakeBackend] = {}
        self.pool = self.make_pool(budget)
        for card in (A, B, C):
            self.download(card)

    def make_pool(self, budget: int) -> ModelPool:
        return ModelPool(
            self.settings,
            Cards(HOUSE, A, B, C, FAR),
            self.store,
            load=self.load,
            estimate=lambda card, store, settings: 10,
            budget=budget,
            clock=self.clock,
        )

    def download(self, card: ModelCard) -> None:
        file = SourceFile("config.json", 2, blob_id="0")
        manifest = Manifest(str(card.repo), None, "0", (file,), ("config.json",))
        self.store.write_manifest(card, manifest)
        self.store.source(card).mkdir()
        (self.store.source(card) / "config.json").write_text("{}")

    def load(self, card: ModelCard, store: ModelStore, settings: Settings) -> LoadedModel:
        self.loads.append(card.name)
        if self.gate is not None:
            assert self.gate.wait(timeout=30)
        if card.name in self.failing:
            raise self.failing.pop(card.name)
        self.backends[card.name] = backend = FakeBackend()
        nothing = cast(Any, None)
        return LoadedModel(
            card=card,
            backend=backend,
            tokenizer=nothing,
            template=nothing,
            context_length=card.context_length,
            eos_token_ids=(2,),
            served_by=card.name,
            memory_bytes=10,
            healthy=lambda: backend.healthy,
        )

    @property
    def resident(self) -> set[str]:
        return {model.model for model in self.pool.stats().models}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks and threads go on until the condition holds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (nothing announces what it looks at)
            await asyncio.sleep(0.001)


async def test_a_model_is_loaded_on_its_first_lease_and_stays(world: World) -> None:
    async with world.pool.lease(A.name) as first:
        assert first.card is A
        assert not first.stand_in
    async with world.pool.lease(A.name) as second:
        assert second.backend is first.backend
    assert world.loads == [A.name]


async def test_requests_at_once_share_one_load(world: World) -> None:
    world.gate = threading.Event()

    async def ask() -> LoadedModel:
        async with world.pool.lease(A.name) as loaded:
            return loaded

    asking = [asyncio.create_task(ask()) for _ in range(8)]
    await until(lambda: world.pool.stats().models != () and world.pool.stats().models[0].users == 8)
    world.gate.set()
    answers = await asyncio.gather(*asking)
    assert len({id(loaded) for loaded in answers}) == 1
    assert world.loads == [A.name]


async def test_other_models_are_leased_while_one_loads(world: World) -> None:
    await world.pool.warm(B.name)
    world.gate = threading.Event()
    loading = asyncio.create_task(world.pool.warm(A.name))
    await until(lambda: A.name in world.loads)
    async with world.pool.lease(B.name) as loaded:
        assert loaded.card is B
    world.gate.set()
    await loading


async def test_a_failed_load_fails_all_who_wait_and_is_tried_again(world: World) -> None:
    world.gate = threading.Event()
    world.failing[A.name] = ModelFolderInvalid(A.name, "a tensor is missing")
    asking = [asyncio.create_task(world.pool.warm(A.name)) for _ in range(3)]
    await until(lambda: world.pool.stats().models != () and world.pool.stats().models[0].users == 3)
    world.gate.set()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(result) for result in results] == ["a tensor is missing"] * 3
    assert world.pool.stats().used_bytes == 0
    await world.pool.warm(A.name)
    assert world.loads == [A.name, A.name]


async def test_a_crash_while_loading_is_said_without_its_innards(world: World) -> None:
    world.failing[A.name] = RuntimeError("secret path")
    with pytest.raises(ModelFolderInvalid) as caught:
        await world.pool.warm(A.name)
    assert "secret" not in str(caught.value)


async def test_who_gives_up_waiting_does_not_stop_the_load_for_others(world: World) -> None:
    world.gate = threading.Event()
    first = asyncio.create_task(world.pool.warm(A.name))
    second = asyncio.create_task(world.pool.warm(A.name))
    await until(lambda: world.pool.stats().models != () and world.pool.stats().models[0].users == 2)
    first.cancel()
    await asyncio.wait([first])
    world.gate.set()
    await second
    assert first.cancelled()
    assert world.pool.stats().models[0].users == 0


async def test_the_least_recently_used_idle_model_makes_room(world: World) -> None:
    for card in (A, B, C, A):
        world.clock.now += 1
        await world.pool.warm(card.name)
    await world.pool.warm(HOUSE.name)
    assert world.resident == {A.name, C.name, HOUSE.name}
    assert world.backends[B.name].closed.is_set()


async def test_a_model_in_use_is_never_evicted(tmp_path: Path) -> None:
    world = World(tmp_path, budget=20)
    async with world.pool.lease(A.name):
        await world.pool.warm(B.name)
        await world.pool.warm(C.name)
        assert world.resident == {A.name, C.name}
        assert not world.backends[A.name].closed.is_set()


async def test_what_does_not_fit_beside_models_in_use_is_refused_with_both_numbers(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, budget=25)
    async with world.pool.lease(A.name), world.pool.lease(B.name):
        with pytest.raises(ModelDoesNotFit) as caught:
            await world.pool.warm(C.name)
    assert (caught.value.needed, caught.value.available) == (10, 5)
    assert world.resident == {A.name, B.name}


async def test_nothing_is_evicted_for_a_model_that_would_not_fit_anyway(tmp_path: Path) -> None:
    world = World(tmp_path, budget=15)
    world.pool = ModelPool(
        world.settings,
        Cards(HOUSE, A, B),
        world.store,
        load=world.load,
        estimate=lambda card, store, settings: 16 if card is B else 10,
        budget=15,
    )
    await world.pool.warm(A.name)
    with pytest.raises(ModelDoesNotFit):
        await world.pool.warm(B.name)
    assert world.resident == {A.name}


async def test_a_model_is_loaded_with_the_kv_cache_that_fits_beside_those_in_use(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, kv_cache_tokens=1000)
    loaded_with: list[int] = []

    def load(card: ModelCard, store: ModelStore, settings: Settings) -> LoadedModel:
        loaded_with.append(settings.kv_cache_tokens)
        return world.load(card, store, settings)

    world.pool = ModelPool(
        world.settings,
        Cards(A, B),
        world.store,
        load=load,
        estimate=lambda card, store, settings: settings.kv_cache_tokens,
        budget=1600,
    )
    async with world.pool.lease(A.name), world.pool.lease(B.name):
        assert loaded_with == [1000, 600]
        assert world.pool.stats().used_bytes == 1600


async def test_an_idle_model_goes_before_a_kv_cache_shrinks(tmp_path: Path) -> None:
    world = World(tmp_path, budget=1000, kv_cache_tokens=1000)
    world.pool = ModelPool(
        world.settings,
        Cards(A, B),
        world.store,
        load=world.load,
        estimate=lambda card, store, settings: settings.kv_cache_tokens,
        budget=1600,
    )
    await world.pool.warm(A.name)
    await world.pool.warm(B.name)
    assert world.resident == {B.name}
    assert world.pool.stats().used_bytes == 1000


async def test_an_idle_model_goes_after_its_time_and_one_in_use_does_not(world: World) -> None:
    await world.pool.warm(A.name)
    async with world.pool.lease(B.name):
        world.clock.now += 59.9
        await world.pool.unload_idle()
        assert world.resident == {A.name, B.name}
        world.clock.now += 0.1
        await world.pool.unload_idle()
        assert world.resident == {B.name}
    assert world.backends[A.name].closed.is_set()


async def test_a_new_lease_starts_the_idle_time_anew(world: World) -> None:
    await world.pool.warm(A.name)
    world.clock.now += 50
    await world.pool.warm(A.name)
    world.clock.now += 50
    await world.pool.unload_idle()
    assert world.resident == {A.name}


async def test_idle_models_are_unloaded_without_being_asked(tmp_path: Path) -> None:
    world = World(tmp_path, idle_unload=0.0)
    await world.pool.warm(A.name)
    async with asyncio.timeout(30):
        await world.backends[A.name].closed.wait()
    assert world.resident == set()


async def test_an_unloaded_model_is_loaded_again(world: World) -> None:
    await world.pool.warm(A.name)
    world.clock.now += 60
    await world.pool.unload_idle()
    await world.pool.warm(A.name)
    assert world.loads == [A.name, A.name]


async def test_a_load_that_nobody_waits_for_any_more_is_unloaded_when_idle(tmp_path: Path) -> None:
    world = World(tmp_path, idle_unload=0.0)
    world.gate = threading.Event()
    asking = asyncio.create_task(world.pool.warm(A.name))
    await until(lambda: A.name in world.loads)
    asking.cancel()
    await asyncio.wait([asking])
    world.gate.set()
    await until(lambda: world.resident == set())
    await world.backends[A.name].closed.wait()


async def test_a_model_is_closed_even_if_whoever_wanted_its_room_gives_up(tmp_path: Path) -> None:
    world = World(tmp_path, budget=10)
    await world.pool.warm(A.name)
    backend = world.backends[A.name]
    backend.may_close = asyncio.Event()
    asking = asyncio.create_task(world.pool.warm(B.name))
    await backend.closing.wait()
    asking.cancel()
    await asyncio.wait([asking])
    backend.may_close.set()
    await world.pool.close()
    assert backend.closed.is_set()
    assert world.loads == [A.name]


async def test_a_model_whose_engine_stopped_is_loaded_anew_once_nobody_uses_it(
    world: World,
) -> None:
    async with world.pool.lease(A.name) as first:
        stopped = world.backends[A.name]
        stopped.healthy = False
        async with world.pool.lease(A.name) as second:
            assert second.backend is first.backend
    async with world.pool.lease(A.name) as third:
        assert third.backend is not first.backend
    assert stopped.closed.is_set()
    assert world.loads == [A.name, A.name]


async def test_a_name_without_a_card_is_unknown(world: World) -> None:
    with pytest.raises(UnknownModel):
        await world.pool.warm("@cf/no/such")


async def test_a_model_that_is_not_here_names_the_command_that_gets_it(world: World) -> None:
    with pytest.raises(ModelNotDownloaded, match="understudy pull @cf/some/far"):
        await world.pool.warm(FAR.name)
    assert world.loads == []


async def test_the_house_model_stands_in_under_the_other_card(tmp_path: Path) -> None:
    world = World(tmp_path, stand_in=True)
    async with world.pool.lease(FAR.name) as loaded, world.pool.lease(HOUSE.name) as house:
        assert loaded.stand_in
        assert not house.stand_in
        assert loaded.card is FAR
        assert loaded.served_by == HOUSE.name
        assert loaded.context_length == 64
        assert house.context_length == 128
        assert loaded.backend is house.backend
    assert world.loads == [HOUSE.name]


async def test_a_stand_in_never_has_more_context_than_the_house_model(tmp_path: Path) -> None:
    world = World(tmp_path, stand_in=True)
    world.store.remove(A)
    async with world.pool.lease(A.name) as loaded:
        assert loaded.context_length == 128


async def test_a_downloaded_model_answers_for_itself_despite_stand_in(tmp_path: Path) -> None:
    world = World(tmp_path, stand_in=True)
    async with world.pool.lease(A.name) as loaded:
        assert not loaded.stand_in


async def test_a_model_pulled_while_the_server_runs_replaces_its_stand_in(tmp_path: Path) -> None:
    world = World(tmp_path, stand_in=True)
    await world.pool.warm(FAR.name)
    world.download(FAR)
    async with world.pool.lease(FAR.name) as loaded:
        assert not loaded.stand_in


async def test_a_stand_in_is_logged_once_per_model(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, stand_in=True)
    with caplog.at_level(logging.WARNING, logger="understudy"):
        await world.pool.warm(FAR.name)
        await world.pool.warm(FAR.name)
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"{FAR.name} is not downloaded: {HOUSE.name} stands in for it"]


async def test_close_unloads_everything_and_refuses_new_leases(world: World) -> None:
    await world.pool.warm(B.name)
    async with world.pool.lease(A.name):
        await world.pool.close()
    assert all(backend.closed.is_set() for backend in world.backends.values())
    assert world.resident == set()
    with pytest.raises(ServerDraining):
        await world.pool.warm(A.name)


async def test_close_waits_for_a_load_and_closes_what_it_made(world: World) -> None:
    world.gate = threading.Event()
    asking = asyncio.create_task(world.pool.warm(A.name))
    await until(lambda: A.name in world.loads)
    asking.cancel()
    closing = asyncio.create_task(world.pool.close())
    world.gate.set()
    await closing
    await asyncio.wait([asking])
    assert world.backends[A.name].closed.is_set()


async def test_stats_tell_budget_use_and_idleness(world: World) -> None:
    await world.pool.warm(A.name)
    async with world.pool.lease(B.name):
        world.clock.now += 7
        stats = world.pool.stats()
    assert (stats.budget_bytes, stats.used_bytes) == (30, 20)
    by_name = {model.model: model for model in stats.models}
    assert by_name[A.name].idle == 7
    assert by_name[B.name].idle is None
    assert by_name[B.name].users == 1
