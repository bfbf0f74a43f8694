"""Several answers to one prompt, as a reader of the engine sees them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing, suppress
from dataclasses import replace

import pytest

from tests.engine.alone import answer_alone
from tests.engine.parity import EOS, ParityGrammar
from tests.engine.toy import ToyRunner, toy_logits
from understudy.engine.engine import Engine
from understudy.engine.logprobs import token_logprob
from understudy.engine.options import EngineOptions
from understudy.errors import EngineClosed, ServerBusy, UnknownAdapter
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    PromptLogprobsEvent,
    TokenEvent,
)
from understudy.request import SamplingParams

PROMPT = [3, 1, 4, 1, 5, 9, 2, 6, 5]
SAMPLING = SamplingParams(max_tokens=12, temperature=0.8, seed=1, ignore_eos=True)


async def collect(engine: Engine, **asked: object) -> list[Event]:
    steps = engine.generate(PROMPT, SAMPLING, **asked)  # type: ignore[arg-type]
    async with aclosing(steps):
        return [event async for events in steps for event in events]


def tokens_of(events: list[Event], choice: int) -> list[int]:
    tokens = [event for event in events if isinstance(event, TokenEvent)]
    return [event.token_id for event in tokens if event.choice == choice]


async def test_each_choice_is_what_it_would_be_with_fewer_of_them(engine: Engine) -> None:
    four = await collect(engine, choices=4)
    two = await collect(engine, choices=2)
    expected = [answer_alone(PROMPT, SAMPLING, choice=choice) for choice in range(4)]
    assert [tokens_of(four, choice) for choice in range(4)] == expected
    assert [tokens_of(two, choice) for choice in range(2)] == expected[:2]
    assert [event for event in four if isinstance(event, PromptEvent)] == [PromptEvent(9, 0)]
    ends = [event for event in four if isinstance(event, FinishEvent)]
    assert sorted(end.choice for end in ends) == [0, 1, 2, 3]
    assert engine.stats().live == engine.stats().blocks_used == 0


async def test_choices_that_are_sent_in_end_and_the_others_go_on(engine: Engine) -> None:
    sampling = replace(SAMPLING, max_tokens=150)
    steps = engine.generate(PROMPT, sampling, choices=3)
    events: list[Event] = []
    async with aclosing(steps):
        events += await anext(steps)
        while True:
            try:
                events += await steps.asend({0, 2})
            except StopAsyncIteration:
                break
    assert tokens_of(events, 1) == answer_alone(PROMPT, sampling, choice=1)
    assert len(tokens_of(events, 0)) < 150
    assert [e.choice for e in events if isinstance(e, FinishEvent)] == [1]
    assert engine.stats().blocks_used == 0


async def test_what_is_sent_in_must_be_choices_and_breaks_nobody_else(engine: Engine) -> None:
    steps = engine.generate(PROMPT, SAMPLING)
    async with aclosing(steps):
        await anext(steps)
        with pytest.raises(TypeError):
            await steps.asend(1)  # type: ignore[arg-type]
    assert tokens_of(await collect(engine), 0) == answer_alone(PROMPT, SAMPLING)


async def test_sending_in_the_last_choice_ends_the_stream(engine: Engine) -> None:
    steps = engine.generate(PROMPT, SAMPLING, choices=2)
    async with aclosing(steps):
        await anext(steps)
        with suppress(StopAsyncIteration):
            await steps.asend([0, 1, 7])
        # At most the step that was on its way.
        assert len([events async for events in steps]) <= 1
    assert engine.stats().live == engine.stats().blocks_used == 0


async def test_log_probabilities_come_with_their_tokens_and_the_prompts_before(
    engine: Engine,
) -> None:
    events = await collect(engine, logprobs=3, prompt_logprobs=2, choices=2)
    assert isinstance(events[0], PromptEvent)
    assert isinstance(events[1], PromptLogprobsEvent)
    assert len(events[1].tokens) == len(PROMPT)
    tokens = list(PROMPT)
    for event in (e for e in events if isinstance(e, TokenEvent) and e.choice == 1):
        assert event.logprob == token_logprob(toy_logits(tokens, 50), event.token_id, 3)
        tokens.append(event.token_id)


async def test_a_prompt_can_be_scored_without_an_answer(engine: Engine) -> None:
    nothing = SamplingParams(max_tokens=0)
    steps = engine.generate(PROMPT, nothing, prompt_logprobs=0)
    events = [event async for events in steps for event in events]
    assert isinstance(events[1], PromptLogprobsEvent)
    assert events[2:] == [FinishEvent(0, FinishReason.LENGTH)]


async def test_without_max_tokens_and_scores_nothing_is_computed() -> None:
    runner = ToyRunner()
    with closing(Engine(runner)) as engine:
        steps = engine.generate(PROMPT, SamplingParams(max_tokens=0), choices=2)
        events = [event async for events in steps for event in events]
        with pytest.raises(UnknownAdapter):
            await anext(engine.generate(PROMPT, SamplingParams(max_tokens=0), adapter="none"))
    ends = [FinishEvent(choice, FinishReason.LENGTH) for choice in range(2)]
    assert events == [PromptEvent(9), *ends]
    assert runner.steps == []
    with pytest.raises(EngineClosed):
        await anext(engine.generate(PROMPT, SamplingParams(max_tokens=0)))


async def test_a_constraint_holds_for_every_choice_and_ends_what_is_complete(
    engine: Engine,
) -> None:
    sampling = SamplingParams(max_tokens=40, temperature=1.5, seed=4)
    steps = engine.generate(
        PROMPT, sampling, eos_token_ids=[EOS], choices=3, grammar=ParityGrammar()
    )
    events = [event async for events in steps for event in events]
    for choice in range(3):
        tokens = tokens_of(events, choice)
        matcher = ParityGrammar().matcher()
        assert all(token == EOS or matcher.accept(token) for token in tokens)
        assert tokens[-1] == EOS or matcher.complete
        end = next(e for e in events if isinstance(e, FinishEvent) and e.choice == choice)
        assert end.reason == FinishReason.STOP


async def test_a_constrained_answer_that_is_cut_says_length(engine: Engine) -> None:
    sampling = SamplingParams(max_tokens=2, seed=4)
    steps = engine.generate(PROMPT, sampling, eos_token_ids=[EOS], grammar=ParityGrammar())
    events = [event async for events in steps for event in events]
    assert events[-1] == FinishEvent(0, FinishReason.LENGTH)


async def test_every_choice_counts_where_the_queue_is_full() -> None:
    with closing(Engine(ToyRunner(), EngineOptions(max_batch=2, queue_limit=2))) as engine:
        steps = [engine.generate(PROMPT, SAMPLING, choices=4) for _ in range(2)]
        first = asyncio.create_task(anext(steps[0]))
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy) as refused:
            await anext(steps[1])
        assert refused.value.retry_after >= 1
        await first
        for stream in steps:
            await stream.aclose()
