"""The engine's promises to its callers, over a toy model on a real thread and real loops."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import aclosing, closing
from dataclasses import replace

import pytest

from tests.engine.alone import answer_alone
from tests.engine.gated import GREEDY, collect, gated, tokens_of, turn
from tests.engine.toy import ToyRunner
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.pace import Pace
from understudy.errors import (
    ContextOverflow,
    EngineClosed,
    InvalidInput,
    PromptTooLong,
    ServerBusy,
)
from understudy.events import FinishEvent, FinishReason, PromptEvent, TokenEvent
from understudy.request import SamplingParams


async def test_events_come_as_prompt_then_tokens_then_finish(engine: Engine) -> None:
    events = await collect(engine, [1, 2, 3])
    assert events[0] == PromptEvent(3, 0)
    assert all(isinstance(event, TokenEvent) for event in events[1:-1])
    assert events[-1] == FinishEvent(0, FinishReason.LENGTH)
    assert tokens_of(events) == answer_alone([1, 2, 3], GREEDY)


async def test_an_eos_token_is_counted_and_ends_the_answer(engine: Engine) -> None:
    alone = answer_alone([1, 2, 3], GREEDY)
    eos = alone[5]
    expected = alone[: alone.index(eos) + 1]
    events = await collect(engine, [1, 2, 3], eos_token_ids=(eos,))
    assert tokens_of(events) == expected
    assert events[-2] == TokenEvent(0, eos, is_stop=True)
    assert events[-1] == FinishEvent(0, FinishReason.STOP, None)


async def test_a_callers_stop_token_is_named_in_the_finish(engine: Engine) -> None:
    stop = answer_alone([1, 2, 3], GREEDY)[5]
    sampling = SamplingParams(max_tokens=12, temperature=0.0, seed=0, stop_token_ids=(stop,))
    events = await collect(engine, [1, 2, 3], sampling, eos_token_ids=(stop,))
    assert events[-1] == FinishEvent(0, FinishReason.STOP, stop)


async def test_ignore_eos_goes_on_to_max_tokens(engine: Engine) -> None:
    eos = answer_alone([1, 2, 3], GREEDY)[5]
    sampling = SamplingParams(max_tokens=12, temperature=0.0, seed=0, ignore_eos=True)
    events = await collect(engine, [1, 2, 3], sampling, eos_token_ids=(eos,))
    assert len(tokens_of(events)) == 12
    assert events[-1] == FinishEvent(0, FinishReason.LENGTH)


async def test_zero_max_tokens_is_an_answer_of_nothing(engine: Engine) -> None:
    events = await collect(engine, [1, 2], SamplingParams(max_tokens=0))
    assert events == [PromptEvent(2), FinishEvent(0, FinishReason.LENGTH)]


async def test_no_max_tokens_means_all_the_context_leaves(engine: Engine) -> None:
    events = await collect(engine, [1, 2, 3], SamplingParams(temperature=0.0))
    assert len(tokens_of(events)) == engine.context_length - 3


async def test_a_repeated_prompt_finds_its_full_blocks_and_answers_the_same(
    engine: Engine,
) -> None:
    prompt = list(range(14))
    first = await collect(engine, prompt)
    second = await collect(engine, prompt)
    assert first[0] == PromptEvent(14, 0)
    assert second[0] == PromptEvent(14, 12)
    assert tokens_of(first) == tokens_of(second)


async def test_a_prompt_of_whole_blocks_still_computes_its_last_token(engine: Engine) -> None:
    prompt = list(range(12))
    await collect(engine, prompt)
    again = await collect(engine, prompt)
    assert again[0] == PromptEvent(12, 8)


async def test_the_next_turn_reuses_the_prompt_and_computes_the_answer_as_prompt(
    engine: Engine,
) -> None:
    prompt = list(range(10))
    first = await collect(engine, prompt)
    longer = prompt + tokens_of(first) + [7, 7]
    assert (await collect(engine, longer))[0] == PromptEvent(24, 8)
    assert (await collect(engine, longer))[0] == PromptEvent(24, 20)


async def test_a_prompt_one_past_a_block_computes_two_tokens_or_more(engine: Engine) -> None:
    prompt = list(range(13))
    await collect(engine, prompt)
    assert (await collect(engine, prompt))[0] == PromptEvent(13, 8)


async def test_namespaces_do_not_share_blocks(engine: Engine) -> None:
    prompt = list(range(13))
    await collect(engine, prompt, namespace="one")
    other = await collect(engine, prompt, namespace="two")
    assert other[0] == PromptEvent(13, 0)


@pytest.mark.parametrize("prompt", [[], [-1], [50], [1, 2**70]])
async def test_a_prompt_that_is_no_prompt_is_refused_alone(
    engine: Engine, prompt: list[int]
) -> None:
    with pytest.raises(InvalidInput):
        await collect(engine, prompt)
    assert tokens_of(await collect(engine, [1, 2, 3])) == answer_alone([1, 2, 3], GREEDY)


@pytest.mark.parametrize("token", [-1, 50, 2**70])
async def test_a_bias_on_a_token_that_the_model_has_not_is_refused_alone(
    engine: Engine, token: int
) -> None:
    biased = replace(GREEDY, logit_bias=((0, 1.0), (token, 1.0)))
    answers = await asyncio.gather(
        collect(engine, [1, 2, 3]), collect(engine, [4, 5], biased), return_exceptions=True
    )
    assert not isinstance(answers[0], BaseException)
    assert tokens_of(answers[0]) == answer_alone([1, 2, 3], GREEDY)
    assert isinstance(answers[1], InvalidInput)
    assert answers[1].part == "logit_bias"


async def test_what_can_never_fit_is_refused_with_the_numbers(engine: Engine) -> None:
    with pytest.raises(PromptTooLong) as too_long:
        await collect(engine, [1] * 200)
    assert (too_long.value.input_tokens, too_long.value.limit) == (200, 199)
    with pytest.raises(ContextOverflow) as overflow:
        await collect(engine, [1] * 100, SamplingParams(max_tokens=101))
    assert overflow.value.limit == 200


async def test_a_small_pool_is_a_small_context_and_can_be_filled() -> None:
    with closing(Engine(ToyRunner(num_blocks=5, block_size=4))) as engine:
        assert engine.context_length == 20
        sampling = SamplingParams(max_tokens=15, temperature=0.0, seed=0)
        both = await asyncio.gather(
            collect(engine, [1] * 5, sampling), collect(engine, [2] * 5, sampling)
        )
        assert tokens_of(both[0]) == answer_alone([1] * 5, sampling)
        assert tokens_of(both[1]) == answer_alone([2] * 5, sampling)
        assert engine.stats().preemptions > 0


async def test_closing_the_generator_gives_everything_back_before_it_returns() -> None:
    with gated() as (runner, engine):
        steps = engine.generate([1] * 9, GREEDY)
        runner.allowed.release()
        await anext(steps)
        await runner.wait_entered()
        await runner.wait_entered()
        closing_it = asyncio.create_task(steps.aclose())
        await turn()
        assert engine.stats().blocks_used == 3
        runner.allowed.release()
        await closing_it
        stats = engine.stats()
        assert (stats.live, stats.blocks_used, stats.steps) == (0, 0, 2)
        await steps.aclose()


async def test_a_cancelled_task_gives_everything_back() -> None:
    with gated() as (runner, engine):
        task = asyncio.create_task(collect(engine, [1, 2, 3]))
        await runner.wait_entered()
        task.cancel()
        await turn()
        runner.open()
        with pytest.raises(asyncio.CancelledError):
            await task
        stats = engine.stats()
        assert (stats.live, stats.blocks_used) == (0, 0)
        assert len(runner.steps) == 1


async def test_cancelling_in_the_queue_leaves_the_others_in_order() -> None:
    with gated(EngineOptions(max_batch=1)) as (runner, engine):
        first = asyncio.create_task(collect(engine, [1, 2, 3]))
        await runner.wait_entered()
        second = asyncio.create_task(collect(engine, [4, 5, 6]))
        third = asyncio.create_task(collect(engine, [7, 8, 9]))
        await turn()
        assert engine.stats().live == 3
        second.cancel()
        runner.open()
        assert tokens_of(await first) == answer_alone([1, 2, 3], GREEDY)
        assert tokens_of(await third) == answer_alone([7, 8, 9], GREEDY)
        assert engine.stats().live == 0


async def test_a_full_queue_refuses_the_next_request_and_serves_the_rest() -> None:
    with gated(EngineOptions(max_batch=2, queue_limit=3)) as (runner, engine):
        tasks = [asyncio.create_task(collect(engine, [i, 2, 3])) for i in range(5)]
        await runner.wait_entered()
        with pytest.raises(ServerBusy) as busy:
            await collect(engine, [9])
        assert busy.value.retry_after >= 1
        runner.open()
        for i, task in enumerate(tasks):
            assert tokens_of(await task) == answer_alone([i, 2, 3], GREEDY)


async def test_who_is_refused_hears_how_fast_requests_ended_since_work_began() -> None:
    now, one_step = [0.0], replace(GREEDY, max_tokens=1)
    with gated(EngineOptions(max_batch=1, queue_limit=2)) as (runner, engine):
        engine._pace = Pace(lambda: now[0])
        now[0] = 1000.0
        tasks = [asyncio.create_task(collect(engine, [i], one_step)) for i in range(3)]
        await turn()
        now[0] = 1008.0
        runner.allowed.release(2)
        await asyncio.gather(*tasks[:2])
        tasks += [asyncio.create_task(collect(engine, [i], one_step)) for i in range(2)]
        await turn()
        with pytest.raises(ServerBusy) as busy:
            await collect(engine, [9])
        assert busy.value.retry_after == 4
        runner.open()
        await asyncio.gather(*tasks)


async def test_close_ends_running_and_waiting_requests_and_refuses_new_ones() -> None:
    with gated(EngineOptions(max_batch=1)) as (runner, engine):
        tasks = [asyncio.create_task(collect(engine, [i, 2])) for i in range(3)]
        await runner.wait_entered()
        closer = asyncio.create_task(asyncio.to_thread(engine.close))
        while engine.ready:  # noqa: ASYNC110 - there is no event for it, and no reader but this
            await asyncio.sleep(0)
        runner.open()
        await closer
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in ended] == [EngineClosed] * 3
    with pytest.raises(EngineClosed):
        await collect(engine, [1])
    assert runner.closed
    assert engine.stats().live == engine.stats().blocks_used == 0
    engine.close()


async def test_an_idle_engine_computes_nothing(engine: Engine, runner: ToyRunner) -> None:
    await collect(engine, [1, 2, 3])
    steps = len(runner.steps)
    await collect(engine, [4, 5, 6])
    assert len(runner.steps) == 2 * steps


async def test_a_reader_that_does_not_read_holds_nobody_up(engine: Engine) -> None:
    slow = engine.generate([1, 2, 3], GREEDY)
    async with aclosing(slow):
        first = await anext(slow)
        for i in range(4):
            await collect(engine, [i, 9])
        rest = [event async for events in slow for event in events]
    assert tokens_of([*first, *rest]) == answer_alone([1, 2, 3], GREEDY)


def test_each_event_loop_gets_its_own_events(engine: Engine) -> None:
    answers: dict[int, list[int]] = {}

    def serve(first: int) -> None:
        answers[first] = tokens_of(asyncio.run(collect(engine, [first, 2, 3])))

    threads = [threading.Thread(target=serve, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {i: answer_alone([i, 2, 3], GREEDY) for i in range(6)}


async def test_after_500_requests_a_third_cut_off_nothing_is_left(engine: Engine) -> None:
    chance = random.Random(7)
    gate = asyncio.Semaphore(40)

    async def one(index: int) -> None:
        prompt = [chance.randrange(50) for _ in range(chance.randrange(1, 60))]
        sampling = SamplingParams(
            max_tokens=chance.randrange(1, 30), temperature=0.9 * (index % 2), seed=index
        )
        async with gate:
            steps = engine.generate(prompt, sampling)
            if index % 3:
                out = tokens_of(await collect(engine, prompt, sampling))
                assert out == answer_alone(prompt, sampling)
                return
            async with aclosing(steps):
                for _ in range(chance.randrange(1, 4)):
                    await anext(steps, None)

    await asyncio.gather(*(one(index) for index in range(500)))
    stats = engine.stats()
    assert stats.live == stats.running == stats.blocks_used == 0
    assert stats.blocks_free + stats.blocks_cached == stats.blocks_total
