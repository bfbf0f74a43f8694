"""200 requests of the bundled model give the same bytes whatever else the engine does.

Alone, uncached, unchunked, without drafts; and then all at once: among up to 63 others, from
the cache, in chunks, with drafts, with adapters and constraints beside them. What is compared
is more than the answers: ``Recorder`` holds every two rows of logits for the same tokens under
the same adapter to the last bit.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing, closing
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.dictation import Dictation
from tests.engine.recorder import Recorder
from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.engine.engine import Engine
from understudy.engine.lora import adaptable
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.events import TokenEvent
from understudy.models.convert import convert
from understudy.models.store import house_folder
from understudy.request import SamplingParams

REQUESTS = 200
ADAPTERS = {"narrow": 4, "wide": 16, "odd": 11}
ALONE = EngineOptions(max_batch=1, step_tokens=4096, queue_limit=1000, draft_rows=0)
CROWDED = EngineOptions(max_batch=64, step_tokens=200, prefill_chunk=40, draft_rows=8)
A_FEW = EngineOptions(max_batch=3, step_tokens=64, prefill_chunk=16, draft_rows=16)


@dataclass(frozen=True)
class Request:
    prompt: list[int]
    sampling: SamplingParams
    asked: dict[str, Any]


def requests(vocab_size: int) -> list[Request]:
    chance = random.Random(17)
    text = [chance.randrange(vocab_size) for _ in range(160)]
    made = []
    for index in range(REQUESTS):
        own = [chance.randrange(vocab_size) for _ in range(chance.choice([2, 9, 31, 33, 70]))]
        shared = text[: chance.choice([0, 0, 64, 100, 160])]
        sampling = SamplingParams(
            max_tokens=chance.randrange(8, 24),
            temperature=0.0 if index % 2 else 0.8,
            top_p=0.9 if index % 3 else 1.0,
            repetition_penalty=1.1 if index % 7 == 0 else 1.0,
            seed=index,
            ignore_eos=True,
        )
        asked: dict[str, Any] = {
            "adapter": [None, "narrow", None, "wide", None, "odd"][index % 6],
            "choices": 3 if index % 10 == 0 else 1,
            "logprobs": 2 if index % 5 == 0 else None,
            "prompt_logprobs": 1 if index % 25 == 0 else None,
            "tenant": "ab"[index % 2],
        }
        if index % 8 == 3:
            asked["grammar"] = Dictation(text[:20], vocab_size)
        made.append(Request(shared + own, sampling, asked))
    return made


async def answer(engine: Engine, request: Request, namespace: str) -> list[tuple[Any, ...]]:
    steps = engine.generate(request.prompt, request.sampling, namespace=namespace, **request.asked)
    async with aclosing(steps):
        events = [event async for step in steps for event in step]
    told = [(e.choice, e.token_id, e.logprob) for e in events if isinstance(e, TokenEvent)]
    # Choices come interleaved as they happen to run; each by itself is what must not change.
    return sorted(told, key=itemgetter(0))


async def load_adapters(engine: Engine, architecture: Architecture) -> None:
    rng = np.random.default_rng(2)
    for name, rank in ADAPTERS.items():
        matrices = {
            layer: (
                rng.standard_normal((rank, inputs), np.float32) / inputs**0.5,
                rng.standard_normal((outputs, rank), np.float32) / 4,
            )
            for layer, (outputs, inputs) in adaptable(architecture)
        }
        await engine.adapters.load(name, Adapter(rank, matrices))


@pytest.mark.parametrize("precision", ["int4", "int8", "bf16"])
async def test_200_requests_answer_alike_whatever_else_runs(
    precision: Precision, tmp_path: Path
) -> None:
    architecture = convert(house_folder(), tmp_path / "packed", precision)
    options = RunnerOptions(400, threads=2, adapters=True)
    recorder = Recorder(OpenVinoRunner(tmp_path / "packed", architecture, options))
    asked = requests(architecture.vocab_size)

    async def run(options: EngineOptions, namespaces: list[str]) -> list[list[tuple[Any, ...]]]:
        with closing(Engine(recorder, options)) as engine:
            await load_adapters(engine, architecture)
            answers = await asyncio.gather(
                *(answer(engine, r, n) for r, n in zip(asked, namespaces, strict=True))
            )
            stats.append(engine.stats())
            for name in ADAPTERS:
                await engine.adapters.unload(name)
        return answers

    stats: list[Any] = []
    recorder.keep_open = True
    try:
        alone = await run(ALONE, [f"alone {index}" for index in range(REQUESTS)])
        assert await run(CROWDED, ["shared"] * REQUESTS) == alone
        assert await run(A_FEW, ["shared"] * REQUESTS) == alone
    finally:
        recorder.keep_open = False
        recorder.close()
    assert recorder.different == []
    assert recorder.compared > 3000
    assert stats[0].cached_tokens == stats[0].accepted_tokens == 0
    assert stats[1].cached_tokens > 3000
    assert stats[2].accepted_tokens > 20
    assert len({tuple(map(str, told)) for told in alone}) > REQUESTS // 2
