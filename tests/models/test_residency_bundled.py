"""The bundled model, which a server keeps in memory and which everybody may fall back on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.world import HOUSE, A, B, World, until
from understudy.errors import ModelFolderInvalid


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_the_bundled_model_stays_once_it_was_warmed(tmp_path: Path) -> None:
    world = World(tmp_path, budget=20)
    await world.pool.warm(HOUSE.name)
    world.clock.now += 1000
    await world.pool.unload_idle()
    assert world.pool.ready()
    await world.pool.warm(A.name)
    await world.pool.warm(B.name)
    assert world.resident == {HOUSE.name, B.name}
    assert world.loads == [HOUSE.name, A.name, B.name]


async def test_a_bundled_model_that_was_only_asked_once_may_go(world: World) -> None:
    async with world.pool.lease(HOUSE.name):
        pass
    world.clock.now += 1000
    await world.pool.unload_idle()
    assert world.resident == set()


async def test_the_bundled_model_is_loaded_again_once_its_engine_broke(world: World) -> None:
    await world.pool.warm(HOUSE.name)
    async with world.pool.lease(HOUSE.name):
        world.backends[HOUSE.name].healthy = False
        assert not world.pool.ready()
    await until(world.pool.ready)
    assert world.loads == [HOUSE.name, HOUSE.name]
    await world.pool.close()


async def test_a_bundled_model_that_cannot_be_loaded_again_is_not_ready(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.pool.warm(HOUSE.name)
    world.failing[HOUSE.name] = ModelFolderInvalid(HOUSE.name, "a tensor is missing")
    async with world.pool.lease(HOUSE.name):
        world.backends[HOUSE.name].healthy = False
    await until(lambda: "not back: a tensor is missing" in caplog.text)
    assert not world.pool.ready()
    async with world.pool.lease(HOUSE.name):
        assert world.pool.ready()


async def test_another_model_whose_engine_broke_waits_for_who_asks(world: World) -> None:
    await world.pool.warm(HOUSE.name)
    async with world.pool.lease(A.name):
        world.backends[A.name].healthy = False
    assert world.pool.ready()
    await world.pool.close()
    assert world.loads == [HOUSE.name, A.name]
