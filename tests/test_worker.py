"""Large work leaves the event loop, and is over before its caller is."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from understudy.worker import LARGE, judge

PATIENCE = 30.0


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.free = threading.Event()
        self.over = False

    def __call__(self) -> None:
        self.began.set()
        assert self.free.wait(PATIENCE)
        self.over = True

    async def wait_begun(self) -> None:
        assert await asyncio.to_thread(self.began.wait, PATIENCE)


async def test_only_what_is_large_changes_the_thread() -> None:
    assert await judge(threading.get_ident, LARGE - 1) == threading.get_ident()
    assert await judge(threading.get_ident, LARGE) != threading.get_ident()


@pytest.mark.parametrize("size", [0, LARGE])
async def test_what_work_raises_is_raised(size: int) -> None:
    def fail() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await judge(fail, size)


@pytest.mark.parametrize("failing", [False, True])
async def test_cancelled_work_is_over_before_its_caller_is(failing: bool) -> None:
    held = Held()

    def work() -> None:
        held()
        if failing:
            raise ValueError("nobody is told")

    caller = asyncio.create_task(judge(work, LARGE))
    await held.wait_begun()
    caller.cancel()
    asyncio.get_running_loop().call_soon(held.free.set)
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert held.over


async def test_work_that_waits_for_its_turn_is_dropped_at_once() -> None:
    running = [Held() for _ in range(8)]
    callers = [asyncio.create_task(judge(held, LARGE)) for held in running]
    await running[0].wait_begun()
    last = Held()
    late = asyncio.create_task(judge(last, LARGE))
    await asyncio.sleep(0)
    late.cancel()
    with suppress(asyncio.CancelledError):
        await late
    assert late.cancelled()
    for held in running:
        held.free.set()
    await asyncio.gather(*callers)
    assert not last.began.is_set()
