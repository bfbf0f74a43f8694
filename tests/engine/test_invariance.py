"""A request's answer is the same bytes alone and among others, cached or not, preempted or not.

``Recorder`` compares more than the answers: any two rows of logits for the same tokens must
be equal to the last bit, whatever batch, chunk or cache they came out of.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack, aclosing, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.recorder import Recorder
from tests.oracles.running import tiny_runner
from understudy.config import Precision
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.events import PromptEvent, TokenEvent
from understudy.models.convert import convert
from understudy.models.store import house_folder
from understudy.request import SamplingParams

Request = tuple[list[int], SamplingParams]
MODELS: list[tuple[str, Precision]] = [
    ("llama-3.2-1b", "int8"),
    ("openchat", "int8"),
    ("tinyllama", "int4"),
    ("llama-2-7b", "bf16"),
    ("house", "int8"),
]
SMALL_POOL = 16


@contextmanager
def recorded(model: str, precision: Precision, folder: Path, blocks: int) -> Iterator[Recorder]:
    with ExitStack() as stack:
        if model == "house":
            packed = folder / "house.packed"
            architecture = convert(house_folder(), packed, precision)
            runner = OpenVinoRunner(packed, architecture, RunnerOptions(blocks, threads=2))
        else:
            runner = stack.enter_context(tiny_runner(model, folder, precision, num_blocks=blocks))
        yield Recorder(runner)


def mixed_requests(count: int, vocab_size: int) -> list[Request]:
    """Prompts around the edges of blocks and chunks, some with a common start; mixed sampling."""
    chance = random.Random(3)
    lengths = [1, 2, 3, 17, 31, 32, 33, 34, 64, 65, 66, 97, 128, 129, 200, 300]
    common = [chance.randrange(vocab_size) for _ in range(300)]
    requests = []
    for index in range(count):
        own = [chance.randrange(vocab_size) for _ in range(chance.choice(lengths))]
        shared = common[: chance.choice([32, 64, 100, 300])] if index % 3 == 0 else []
        sampling = SamplingParams(
            max_tokens=chance.randrange(8, 40),
            temperature=0.0 if index % 2 else 0.9,
            top_p=0.9 if index % 4 else 1.0,
            repetition_penalty=1.2 if index % 5 == 0 else 1.0,
            logit_bias=((own[0], 5.0), (own[-1], -100.0)) if index % 7 == 0 else (),
            seed=-index,
            ignore_eos=True,
        )
        requests.append((shared + own, sampling))
    return requests


async def answer(engine: Engine, request: Request, namespace: str) -> tuple[list[int], int]:
    """Return the tokens, and how many of the prompt's came from the cache."""
    tokens, cached = [], 0
    steps = engine.generate(*request, namespace=namespace)
    async with aclosing(steps):
        async for events in steps:
            for event in events:
                if isinstance(event, TokenEvent):
                    tokens.append(event.token_id)
                elif isinstance(event, PromptEvent):
                    cached = event.cached_tokens
    return tokens, cached


async def together(engine: Engine, requests: list[Request], namespace: str) -> list[list[int]]:
    answers = await asyncio.gather(*(answer(engine, r, namespace) for r in requests))
    return [tokens for tokens, _ in answers]


async def one_by_one(engine: Engine, requests: list[Request]) -> list[list[int]]:
    """Each request alone, in a namespace of its own: nothing cached."""
    return [(await answer(engine, r, f"alone {i}"))[0] for i, r in enumerate(requests)]


@pytest.mark.parametrize(("model", "precision"), MODELS)
async def test_32_requests_answer_alike_alone_together_and_from_the_cache(
    model: str, precision: Precision, tmp_path: Path
) -> None:
    with (
        recorded(model, precision, tmp_path, 400) as recorder,
        closing(Engine(recorder)) as engine,
    ):
        requests = mixed_requests(32, recorder.vocab_size)
        alone = await one_by_one(engine, requests)
        assert await together(engine, requests, "shared") == alone
        before = engine.stats().cached_tokens
        assert await together(engine, requests, "shared") == alone
        assert engine.stats().cached_tokens > before + 2000
    assert recorder.compared > 1000
    assert recorder.different == []


@pytest.mark.parametrize(("model", "precision"), MODELS[:2])
async def test_chunks_of_any_size_and_preemption_change_nothing(
    model: str, precision: Precision, tmp_path: Path
) -> None:
    chance = random.Random(5)
    requests = [
        (chance.choices(range(384), k=20 + index), replace(sampling, max_tokens=90))
        for index, (_, sampling) in enumerate(mixed_requests(24, 384))
    ]
    with (
        recorded(model, precision, tmp_path, SMALL_POOL) as recorder,
        closing(Engine(recorder, EngineOptions(step_tokens=37, prefill_chunk=7))) as engine,
    ):
        alone = await one_by_one(engine, requests)
        assert await together(engine, requests, "shared") == alone
        assert engine.stats().preemptions > 0
    assert recorder.different == []


async def test_a_conversation_answers_alike_with_and_without_its_past_in_the_cache(
    tmp_path: Path,
) -> None:
    greedy = SamplingParams(max_tokens=70, temperature=0.0, ignore_eos=True)
    with (
        recorded("house", "int8", tmp_path, 100) as recorder,
        closing(Engine(recorder)) as engine,
    ):
        prompt = list(range(100, 140))
        for turn in range(3):
            fresh, none = await answer(engine, (prompt, greedy), f"fresh {turn}")
            tokens, cached = await answer(engine, (prompt, greedy), "conversation")
            assert tokens == fresh
            assert none == 0
            assert bool(cached) == bool(turn)
            prompt += [*tokens, 200 + turn, 201, 202]
    assert recorder.different == []
