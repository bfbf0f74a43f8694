"""The mailbox between the engine's thread and a reader."""

from __future__ import annotations

import asyncio

import pytest

from understudy.engine.job import Job
from understudy.engine.sequence import Sequence
from understudy.engine.stream import Delivery, Stream, receive_all
from understudy.errors import StepFailed
from understudy.events import PromptEvent, TokenEvent
from understudy.request import SamplingParams


@pytest.fixture
async def stream() -> Stream:
    sequence = Sequence(Job([1], SamplingParams(seed=0), 1))
    return Stream(sequence, asyncio.get_running_loop())


async def test_a_slow_reader_finds_several_steps_in_one_list(stream: Stream) -> None:
    receive_all([Delivery(stream, [PromptEvent(1)]), Delivery(stream, [TokenEvent(0, 5)])])
    assert await stream.take() == [PromptEvent(1), TokenEvent(0, 5)]


async def test_a_reader_waits_for_the_next_step(stream: Stream) -> None:
    receive_all([Delivery(stream, [PromptEvent(1)])])
    await stream.take()
    taking = asyncio.create_task(stream.take())
    await asyncio.sleep(0)
    assert not taking.done()
    receive_all([Delivery(stream, [TokenEvent(0, 5)])])
    assert await taking == [TokenEvent(0, 5)]


async def test_the_end_is_an_empty_list_and_stays_one(stream: Stream) -> None:
    receive_all([Delivery(stream, [TokenEvent(0, 5)], ended=True)])
    assert await stream.take() == [TokenEvent(0, 5)]
    assert await stream.take() == []
    assert await stream.take() == []
    await stream.wait_ended()


async def test_an_error_is_raised_after_the_events_before_it(stream: Stream) -> None:
    receive_all([Delivery(stream, [TokenEvent(0, 5)])])
    receive_all([Delivery(stream, [], ended=True, error=StepFailed("broken"))])
    assert await stream.take() == [TokenEvent(0, 5)]
    with pytest.raises(StepFailed, match="broken"):
        await stream.take()


async def test_waiting_for_the_end_is_not_over_with_the_next_event(stream: Stream) -> None:
    waiting = asyncio.create_task(stream.wait_ended())
    await asyncio.sleep(0)
    receive_all([Delivery(stream, [TokenEvent(0, 5)])])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    receive_all([Delivery(stream, [], ended=True)])
    await waiting
