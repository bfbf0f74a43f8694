"""Adapters in an engine: brought by who asks, kept within a bound, never taken from who answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from tests.engine.gated import turn
from tests.engine.toy import ToyRunner
from tests.models.world import until
from understudy.engine.batch import Adapter
from understudy.engine.engine import Engine
from understudy.errors import AdapterInvalid, EngineClosed
from understudy.models.adapter_shelf import AdapterShelf, adapter_bytes

LAYER = "model.layers.0.mlp.up_proj"


def adapter(rank: int = 4) -> Adapter:
    """One of 4 * 4 * (4 + 8) bytes for ranks 1 to 4."""
    return Adapter(rank, {LAYER: (np.ones((rank, 4), np.float32), np.ones((8, rank), np.float32))})


ONE = 192


class Reads:
    """Counts reads by the folder's name, and holds them back while ``gate`` is closed."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.failing: Exception | None = None
        self.rank = 4

    def __call__(self, folder: Path) -> Adapter:
        self.done.append(folder.name)
        assert self.gate.wait(timeout=30)
        if self.failing is not None:
            failing, self.failing = self.failing, None
            raise failing
        return adapter(self.rank)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with closing(Engine(ToyRunner())) as made:
        yield made


@pytest.fixture
def reads() -> Reads:
    return Reads()


async def use(shelf: AdapterShelf, name: str) -> None:
    async with shelf.use(name, Path(name)) as found:
        assert found == name


def test_memory_is_counted_by_the_slots_that_ranks_take() -> None:
    assert [adapter_bytes(adapter(rank)) for rank in (1, 4, 5, 8)] == [ONE, ONE, 2 * ONE, 2 * ONE]


async def test_an_adapter_stays_and_is_read_once(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, 3 * ONE)
    for name in "abab":
        await use(shelf, name)
    assert reads.done == ["a", "b"]
    assert engine.adapters.names == ["a", "b"]
    assert shelf.used_bytes == 2 * ONE


async def test_the_least_recently_used_one_goes_first(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, 2 * ONE)
    for name in "abac":
        await use(shelf, name)
    assert sorted(engine.adapters.names) == sorted(shelf.keys) == ["a", "c"]


async def test_who_answers_keeps_its_adapter(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, 2 * ONE)
    async with shelf.use("a", Path("a")):
        for name in "bcb":
            await use(shelf, name)
            assert sorted(engine.adapters.names) == ["a", name]


async def test_where_all_answer_the_next_one_waits_for_the_first_to_end(
    engine: Engine, reads: Reads
) -> None:
    shelf = AdapterShelf(engine.adapters, reads, 2 * ONE)
    async with AsyncExitStack() as answering:
        for name in "ab":
            await answering.enter_async_context(shelf.use(name, Path(name)))
        third = asyncio.create_task(use(shelf, "c"))
        await until(lambda: shelf.crowded)
        assert reads.done == ["a", "b", "c"]
        assert not third.done()
        assert sorted(engine.adapters.names) == ["a", "b"]
    await third
    # The second left first.
    assert sorted(engine.adapters.names) == ["a", "c"]
    assert shelf.used_bytes == 2 * ONE


async def test_who_comes_after_one_that_waits_for_room_waits_behind_it(
    engine: Engine, reads: Reads
) -> None:
    """Or two that are always in use would keep a third out for ever."""
    shelf = AdapterShelf(engine.adapters, reads, 2 * ONE)
    order: list[str] = []

    async def ask(name: str) -> None:
        async with shelf.use(name, Path(name)):
            order.append(name)

    async with AsyncExitStack() as answering:
        await answering.enter_async_context(shelf.use("a", Path("a")))
        async with shelf.use("b", Path("b")):
            third = asyncio.create_task(ask("c"))
            await until(lambda: shelf.crowded)
            late = [asyncio.create_task(ask(name)) for name in "ab"]
            await turn()
            assert order == []
        await asyncio.gather(third, *late)
    assert order.index("b") == 2, "it had to make room for the third"


async def test_one_that_gives_up_waiting_for_its_turn_holds_nobody_up(
    engine: Engine, reads: Reads
) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    async with shelf.use("a", Path("a")):
        other = asyncio.create_task(use(shelf, "b"))
        await until(lambda: shelf.crowded)
        late = asyncio.create_task(use(shelf, "a"))
        await turn()
        for task in (late, other):
            task.cancel()
        await asyncio.wait([late, other])
    await use(shelf, "a")
    assert reads.done == ["a", "b", "a"], "what was being loaded for nobody came and went"


async def test_all_who_ask_at_once_wait_for_one_load(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    reads.gate.clear()
    asking = [asyncio.create_task(use(shelf, "a")) for _ in range(5)]
    await until(lambda: reads.done == ["a"])
    asking[0].cancel()
    await turn()
    reads.gate.set()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, *[type(None)] * 4]
    assert reads.done == ["a"]


async def test_a_load_that_nobody_waits_for_any_more_is_there_for_the_next(
    engine: Engine, reads: Reads
) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    reads.gate.clear()
    asking = asyncio.create_task(use(shelf, "a"))
    await until(lambda: reads.done == ["a"])
    asking.cancel()
    await turn()
    reads.gate.set()
    await until(lambda: engine.adapters.names == ["a"])
    await use(shelf, "a")
    await use(shelf, "b")
    assert reads.done == ["a", "b"]


async def test_a_load_that_failed_is_tried_again(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    for failure in (AdapterInvalid("Cut off."), OSError("gone")):
        reads.failing = failure
        with pytest.raises(type(failure)):
            await use(shelf, "a")
        assert shelf.keys == ()
    await use(shelf, "a")
    assert shelf.used_bytes == ONE


async def test_one_that_the_bound_has_no_room_for_is_refused(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    await use(shelf, "a")
    reads.rank = 5
    with pytest.raises(AdapterInvalid, match="adapter_memory_gb"):
        await use(shelf, "b")
    assert engine.adapters.names == ["a"], "nothing goes for what cannot come"


async def test_an_engine_that_closes_ends_a_load(engine: Engine, reads: Reads) -> None:
    shelf = AdapterShelf(engine.adapters, reads, ONE)
    reads.gate.clear()
    asking = asyncio.create_task(use(shelf, "a"))
    await until(lambda: reads.done == ["a"])
    await asyncio.to_thread(engine.close)
    reads.gate.set()
    with pytest.raises(EngineClosed):
        await asking
    assert shelf.keys == ()
