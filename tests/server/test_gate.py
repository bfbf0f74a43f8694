"""Admission and the one way to end a call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from understudy.errors import RequestTimeout, ServerBusy, ServerDraining
from understudy.server.ending import Ending
from understudy.server.exchange import Disconnected
from understudy.server.gate import Gate

LONG = 60.0


class Work:
    """Work that waits forever and takes a moment to clean up after itself."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cleaned = False

    async def __call__(self) -> None:
        try:
            self.started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.cleaned = True


def test_the_limit_is_the_number_of_calls_at_once() -> None:
    gate = Gate(2)
    with gate.admit():
        with gate.admit():
            assert not gate.can_admit
            with pytest.raises(ServerBusy), gate.admit():
                pass
        with gate.admit():
            assert gate.live == 2
    assert gate.live == 0


def test_who_is_refused_is_told_when_a_place_is_likely_to_be_free() -> None:
    now = 0.0
    gate = Gate(1, clock=lambda: now)

    def refused() -> int:
        with pytest.raises(ServerBusy) as busy, gate.admit():
            pass
        return busy.value.retry_after

    with gate.admit():
        assert refused() == 1
    now = 100.0
    with gate.admit():
        # What ended before everybody had gone says nothing of how long this will take.
        assert refused() == 1
        gate.close()
        with pytest.raises(ServerDraining):
            gate.check()


def test_the_wait_is_as_long_as_calls_have_taken_to_end() -> None:
    now = 0.0
    gate = Gate(2, clock=lambda: now)
    with gate.admit():
        with gate.admit():
            pass
        now = 20.0
        with gate.admit():
            pass
        now = 30.0
        with gate.admit(), pytest.raises(ServerBusy) as busy, gate.admit():
            pass
        assert busy.value.retry_after == 15


def test_a_call_that_fails_gives_its_place_back() -> None:
    gate = Gate(1)
    with pytest.raises(ValueError, match="x"), gate.admit():
        raise ValueError("x")
    assert gate.can_admit


async def test_work_that_ends_in_time_ends_well() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    await Ending().run(work(), LONG)
    assert done


async def test_what_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await Ending().run(work(), LONG)


@pytest.mark.parametrize("why", [Disconnected(), ServerDraining()])
async def test_an_ended_call_has_cleaned_up_before_the_reason_is_raised(why: Exception) -> None:
    ending, work = Ending(), Work()
    call = asyncio.create_task(ending.run(work(), LONG))
    await work.started.wait()
    ending.end(why)
    ending.end(ValueError("later reasons do not count"))
    with pytest.raises(type(why)):
        await call
    assert work.cleaned


async def test_time_ends_a_call() -> None:
    work = Work()
    with pytest.raises(RequestTimeout):
        await Ending().run(work(), 0.01)
    assert work.cleaned


async def test_a_call_ended_before_it_ran_does_not_begin() -> None:
    ending, work = Ending(), Work()
    ending.end(ServerDraining())
    with pytest.raises(ServerDraining):
        await ending.run(work(), LONG)
    assert not work.started.is_set()


async def test_a_disconnect_ends_a_watched_call() -> None:
    ending, work = Ending(), Work()
    messages = ["http.request", "http.disconnect"]

    async def receive() -> dict[str, Any]:
        await work.started.wait()
        return {"type": messages.pop(0)}

    ending.watch(receive)
    with pytest.raises(Disconnected):
        await ending.run(work(), LONG)
    assert work.cleaned


async def test_a_cancelled_server_cancels_its_calls() -> None:
    work = Work()
    call = asyncio.create_task(Ending().run(work(), LONG))
    await work.started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert work.cleaned


async def test_draining_waits_for_calls_that_finish() -> None:
    gate = Gate(9)
    admitted, finish = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        admitted.set()
        await finish.wait()

    async def call() -> None:
        with gate.admit() as ending:
            await ending.run(work(), LONG)

    running = asyncio.create_task(call())
    await admitted.wait()
    gate.close()
    with pytest.raises(ServerDraining), gate.admit():
        pass
    asyncio.get_running_loop().call_soon(finish.set)
    await gate.drain(LONG)
    assert gate.live == 0
    await running


async def test_draining_ends_calls_that_do_not_finish() -> None:
    gate, work = Gate(9), Work()

    async def call() -> None:
        with gate.admit() as ending:
            await ending.run(work(), LONG)

    running = asyncio.create_task(call())
    await work.started.wait()
    await gate.drain(0.01)
    assert gate.live == 0
    assert work.cleaned
    with pytest.raises(ServerDraining):
        await running


class Reading:
    """A body that is here once it is let go."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.arrived = asyncio.Event()

    async def __call__(self) -> bytes:
        self.began.set()
        await self.arrived.wait()
        return b"body"


async def test_only_so_many_large_bodies_are_read_at_once_and_small_ones_do_not_wait() -> None:
    gate = Gate(9, readers=1)
    first, second, small = Reading(), Reading(), Reading()
    reads = [asyncio.create_task(gate.read(first, LONG, large=True))]
    await first.began.wait()
    reads.append(asyncio.create_task(gate.read(second, LONG, large=True)))
    reads.append(asyncio.create_task(gate.read(small, LONG, large=False)))
    await small.began.wait()
    assert not second.began.is_set()
    assert gate.live == 0
    first.arrived.set()
    await second.began.wait()
    second.arrived.set()
    small.arrived.set()
    assert await asyncio.gather(*reads) == [b"body"] * 3


@pytest.mark.parametrize("large", [False, True])
async def test_a_body_that_does_not_come_in_time_is_given_up_with_its_turn(large: bool) -> None:
    gate = Gate(9, readers=1)
    for _ in range(2):
        with pytest.raises(RequestTimeout):
            await gate.read(Reading(), 0.01, large=large)


async def test_waiting_for_a_turn_is_part_of_the_time_for_a_body() -> None:
    gate = Gate(9, readers=1)
    first, second = Reading(), Reading()
    reading = asyncio.create_task(gate.read(first, LONG, large=True))
    await first.began.wait()
    with pytest.raises(RequestTimeout):
        await gate.read(second, 0.01, large=True)
    assert not second.began.is_set()
    first.arrived.set()
    await reading


async def test_draining_does_not_wait_for_bodies() -> None:
    gate = Gate(9, readers=1)
    first, second = Reading(), Reading()
    reads = [asyncio.create_task(gate.read(first, LONG, large=True))]
    await first.began.wait()
    reads.append(asyncio.create_task(gate.read(second, LONG, large=True)))
    await asyncio.sleep(0)
    await gate.drain(LONG)
    ended = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(why) for why in ended] == [ServerDraining, ServerDraining]
