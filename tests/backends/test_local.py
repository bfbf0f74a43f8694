"""The local backend: a request and its tokenised prompt in, the engine's events out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.engine.alone import answer_alone
from tests.engine.toy import ToyRunner
from understudy.backends.base import Backend, TokenizedPrompt
from understudy.backends.local import LocalBackend
from understudy.engine.engine import Engine
from understudy.errors import EngineClosed
from understudy.events import Event, FinishEvent, FinishReason, PromptEvent, TokenEvent
from understudy.request import GenerationRequest, SamplingParams, TextInput

SAMPLING = SamplingParams(max_tokens=12, temperature=0.8, seed=-5)
PROMPT = TokenizedPrompt("not looked at", tuple(range(14)))


@pytest.fixture
async def backend() -> AsyncIterator[LocalBackend]:
    made = LocalBackend(Engine(ToyRunner()), eos_token_ids=[49])
    yield made
    await made.close()


def request(sampling: SamplingParams = SAMPLING, namespace: str = "") -> GenerationRequest:
    return GenerationRequest("toy", TextInput(""), sampling, cache_namespace=namespace)


async def collect(backend: Backend, asked: GenerationRequest) -> list[Event]:
    steps = backend.generate(asked, PROMPT)
    async with aclosing(steps):
        return [event async for events in steps for event in events]


async def test_a_request_is_answered_with_its_own_sampling(backend: LocalBackend) -> None:
    events = await collect(backend, request())
    tokens = [event.token_id for event in events if isinstance(event, TokenEvent)]
    assert tokens == answer_alone(PROMPT.token_ids, SAMPLING, eos_token_ids=[49])


async def test_the_models_own_eos_tokens_end_an_answer() -> None:
    greedy = SamplingParams(max_tokens=12, temperature=0.0, seed=0)
    eos = answer_alone(PROMPT.token_ids, greedy)[4]
    backend = LocalBackend(Engine(ToyRunner()), eos_token_ids=[eos])
    events = await collect(backend, request(greedy))
    await backend.close()
    assert events[-2:] == [TokenEvent(0, eos, is_stop=True), FinishEvent(0, FinishReason.STOP)]


async def test_the_requests_namespace_divides_the_prefix_cache(backend: LocalBackend) -> None:
    await collect(backend, request(namespace="one"))
    assert (await collect(backend, request(namespace="two")))[0] == PromptEvent(14, 0)
    assert (await collect(backend, request(namespace="one")))[0] == PromptEvent(14, 12)


async def test_closing_the_generator_cancels_and_waits(backend: LocalBackend) -> None:
    steps = backend.generate(request(SamplingParams(max_tokens=150, seed=0)), PROMPT)
    await anext(steps)
    await steps.aclose()
    stats = backend.engine.stats()
    assert (stats.live, stats.blocks_used) == (0, 0)


async def test_close_refuses_what_comes_after(backend: LocalBackend) -> None:
    await backend.close()
    with pytest.raises(EngineClosed):
        await collect(backend, request())


async def test_a_prompt_without_token_ids_is_the_wrong_backends(backend: LocalBackend) -> None:
    with pytest.raises(ValueError, match="token ids"):
        await anext(backend.generate(request(), None))
