"""What happens while the pool waits: a model comes into use, a caller gives up, an engine breaks.

Backends here close, and estimates come, only when the test lets them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.models.cards import Cards
from tests.models.world import HOUSE, A, B, C, World, until
from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.errors import ModelDoesNotFit
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore


def pool_of(world: World, budget: int, sizes: Mapping[str, int]) -> ModelPool:
    def estimate(card: ModelCard, store: ModelStore, settings: Settings) -> int:
        return sizes[card.name]

    cards = Cards(HOUSE, A, B, C)
    return ModelPool(
        world.settings,
        cards,
        world.store,
        load=world.load,
        estimate=estimate,
        budget=budget,
        clock=world.clock,
    )


async def warm_in_turn(world: World, *cards: ModelCard) -> None:
    for card in cards:
        world.clock.now += 1
        await world.pool.warm(card.name)


async def test_a_model_taken_while_another_makes_room_is_not_closed(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.pool = pool_of(world, 20, {A.name: 10, B.name: 10, C.name: 20})
    await warm_in_turn(world, A, B)
    first = world.backends[A.name]
    first.may_close = asyncio.Event()
    asking = asyncio.create_task(world.pool.warm(C.name))
    await first.closing.wait()
    async with world.pool.lease(B.name):
        first.may_close.set()
        with pytest.raises(ModelDoesNotFit) as caught:
            await asking
        assert not world.backends[B.name].closing.is_set()
    assert (caught.value.needed, caught.value.available) == (20, 10)
    assert world.loads == [A.name, B.name]


async def test_a_model_taken_while_a_sweep_closes_another_is_not_closed(tmp_path: Path) -> None:
    world = World(tmp_path)
    await warm_in_turn(world, A, B)
    world.clock.now += 100
    first = world.backends[A.name]
    first.may_close = asyncio.Event()
    sweeping = asyncio.create_task(world.pool.unload_idle())
    await first.closing.wait()
    async with world.pool.lease(B.name):
        first.may_close.set()
        await sweeping
        assert not world.backends[B.name].closing.is_set()
    assert world.resident == {B.name}


async def test_a_model_taken_while_another_is_measured_keeps_its_memory(tmp_path: Path) -> None:
    world = World(tmp_path)
    measuring, go_on = threading.Event(), threading.Event()

    def estimate(card: ModelCard, store: ModelStore, settings: Settings) -> int:
        if card is B:
            measuring.set()
            assert go_on.wait(timeout=30)
        return 15

    world.pool = ModelPool(
        world.settings, Cards(A, B), world.store, load=world.load, estimate=estimate, budget=20
    )
    await world.pool.warm(A.name)
    asking = asyncio.create_task(world.pool.warm(B.name))
    await until(measuring.is_set)
    async with world.pool.lease(A.name):
        go_on.set()
        with pytest.raises(ModelDoesNotFit):
            await asking
        assert world.pool.stats().used_bytes == 15
    assert world.loads == [A.name]


async def test_memory_is_taken_until_its_model_is_closed(tmp_path: Path) -> None:
    world = World(tmp_path, budget=10)
    await world.pool.warm(A.name)
    first = world.backends[A.name]
    first.may_close = asyncio.Event()
    gives_up = asyncio.create_task(world.pool.warm(B.name))
    await first.closing.wait()
    gives_up.cancel()
    await asyncio.wait([gives_up])
    assert world.pool.stats().used_bytes == 10
    assert world.resident == set()
    asking = asyncio.create_task(world.pool.warm(C.name))
    await asyncio.to_thread(lambda: None)
    first.may_close.set()
    await asking
    assert world.pool.stats().used_bytes == 10
    assert world.loads == [A.name, C.name]


async def test_a_broken_model_is_replaced_at_once_and_its_users_run_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with world.pool.lease(A.name):
        broken = world.backends[A.name]
        broken.healthy = False
        async with world.pool.lease(A.name) as second:
            assert second.backend is not broken
        assert not broken.closing.is_set()
        assert world.pool.stats().used_bytes == 20
    async with asyncio.timeout(30):
        await broken.closed.wait()
    await until(lambda: world.pool.stats().used_bytes == 10)
    await world.pool.warm(A.name)
    assert world.loads == [A.name, A.name]


async def test_a_broken_model_that_recovers_is_closed_after_its_last_user(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with world.pool.lease(A.name):
        broken = world.backends[A.name]
        broken.healthy = False
        await world.pool.warm(A.name)
        broken.healthy = True
    async with asyncio.timeout(30):
        await broken.closed.wait()


async def test_the_bundled_model_comes_back_under_steady_traffic(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.pool.warm(HOUSE.name)
    async with world.pool.lease(HOUSE.name):
        broken = world.backends[HOUSE.name]
        async with world.pool.lease(HOUSE.name):
            broken.healthy = False
        # One user is left, and there is never none.
        await until(world.pool.ready)
        assert world.backends[HOUSE.name] is not broken
    await world.pool.close()
    assert broken.closed.is_set()


async def test_the_bundled_model_comes_back_once_its_broken_self_makes_room(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, budget=10)
    await world.pool.warm(HOUSE.name)
    async with world.pool.lease(HOUSE.name):
        world.backends[HOUSE.name].healthy = False
        with pytest.raises(ModelDoesNotFit):
            await world.pool.warm(HOUSE.name)
    await until(world.pool.ready)
    await world.pool.close()


async def test_close_closes_a_broken_model_that_is_still_in_use(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with world.pool.lease(A.name):
        broken = world.backends[A.name]
        broken.healthy = False
        await world.pool.warm(A.name)
        await world.pool.close()
        assert broken.closed.is_set()
    assert world.pool.stats().used_bytes == 0
