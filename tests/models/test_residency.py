"""Who is in memory: loaded once, shared, counted, evicted only when idle, never over the budget.

The models here have no weights: the rules are about who is loaded when, not about answers. The
real loader is tested in ``test_load``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from tests.models.cards import Cards
from tests.models.world import FAR, HOUSE, A, B, C, World, until
from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.errors import (
    ModelDoesNotFit,
    ModelFolderInvalid,
    ModelNotDownloaded,
    ServerDraining,
    UnknownModel,
)
from understudy.models.loaded import LoadedModel
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


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


async def test_a_resident_model_is_not_leased_while_the_pool_closes(world: World) -> None:
    await world.pool.warm(A.name)
    await world.pool.warm(B.name)
    first = world.backends[A.name]
    first.may_close = asyncio.Event()
    closing = asyncio.create_task(world.pool.close())
    await first.closing.wait()
    with pytest.raises(ServerDraining):
        await world.pool.warm(B.name)
    first.may_close.set()
    await closing


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


async def test_an_error_names_the_model_and_not_its_folder(world: World) -> None:
    world.failing[A.name] = ModelFolderInvalid("source", "a tensor is missing")
    with pytest.raises(ModelFolderInvalid, match="a tensor is missing") as caught:
        await world.pool.warm(A.name)
    assert caught.value.model == A.name
