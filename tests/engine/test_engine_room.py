"""Who does not want to wait is refused where the request could not begin at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.engine.alone import answer_alone
from tests.engine.gated import GREEDY, collect, gated, tokens_of
from understudy.engine.options import EngineOptions
from understudy.errors import ServerBusy


async def test_without_a_free_place_only_who_waits_is_taken() -> None:
    with gated(EngineOptions(max_batch=2)) as (runner, engine):
        running = [asyncio.create_task(collect(engine, [i, 2], wait=False)) for i in range(2)]
        await runner.wait_entered()
        with pytest.raises(ServerBusy) as busy:
            await collect(engine, [9], wait=False)
        assert busy.value.retry_after >= 1
        waiting = asyncio.create_task(collect(engine, [9]))
        runner.open()
        for i, task in enumerate(running):
            assert tokens_of(await task) == answer_alone([i, 2], GREEDY)
        assert tokens_of(await waiting) == answer_alone([9], GREEDY)
        assert tokens_of(await collect(engine, [9], wait=False)) == answer_alone([9], GREEDY)


async def test_each_of_several_answers_needs_a_place() -> None:
    with gated(EngineOptions(max_batch=3)) as (runner, engine):
        running = asyncio.create_task(collect(engine, [1, 2]))
        await runner.wait_entered()
        with pytest.raises(ServerBusy):
            await collect(engine, [9], choices=3, wait=False)
        pair = asyncio.create_task(collect(engine, [9], choices=2, wait=False))
        runner.open()
        await asyncio.gather(running, pair)


async def test_blocks_for_the_prompt_are_needed_too() -> None:
    with gated() as (runner, engine):
        long = replace(GREEDY, max_tokens=2)
        running = asyncio.create_task(collect(engine, [1] * 190, long))
        await runner.wait_entered()
        runner.allowed.release()
        await runner.wait_entered()
        with pytest.raises(ServerBusy):
            await collect(engine, list(range(50)) * 2, wait=False)
        small = asyncio.create_task(collect(engine, [9], long, wait=False))
        runner.open()
        await asyncio.gather(running, small)
