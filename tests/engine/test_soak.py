"""The real engine on the bundled model, treated as clients treat it."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing, closing
from pathlib import Path

from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.events import FinishEvent, TokenEvent
from understudy.models.convert import convert
from understudy.models.store import house_folder
from understudy.request import SamplingParams

REQUESTS = 500
OPTIONS = EngineOptions(max_batch=24, queue_limit=16)


async def test_after_500_requests_a_third_cut_off_every_block_is_free_or_cached(
    tmp_path: Path,
) -> None:
    architecture = convert(house_folder(), tmp_path / "packed", "int8")
    runner = OpenVinoRunner(tmp_path / "packed", architecture, RunnerOptions(60, threads=2))
    chance = random.Random(11)
    common = [chance.randrange(runner.vocab_size) for _ in range(100)]
    gate = asyncio.Semaphore(40)
    finished = cut_off = 0

    async def one(index: int) -> None:
        nonlocal finished, cut_off
        own = [chance.randrange(runner.vocab_size) for _ in range(chance.randrange(1, 50))]
        prompt = (common if index % 2 else []) + own
        sampling = SamplingParams(max_tokens=chance.randrange(8, 24), seed=index, ignore_eos=True)
        patience = chance.randrange(1, 4) if index % 3 == 0 else None
        tokens, ended = 0, False
        steps = engine.generate(prompt, sampling)
        async with gate, aclosing(steps):
            async for events in steps:
                tokens += sum(isinstance(event, TokenEvent) for event in events)
                ended = any(isinstance(event, FinishEvent) for event in events)
                if patience and not ended and tokens >= patience:
                    cut_off += 1
                    return
        assert ended
        assert tokens == sampling.max_tokens
        finished += 1

    with closing(Engine(runner, OPTIONS)) as engine:
        async with asyncio.TaskGroup() as tasks:
            for index in range(REQUESTS):
                tasks.create_task(one(index))
        stats = engine.stats()
    assert finished + cut_off == REQUESTS
    assert cut_off > REQUESTS // 4
    assert stats.live == stats.running == stats.blocks_used == 0
    assert stats.blocks_free + stats.blocks_cached == stats.blocks_total == 60
    assert stats.cached_tokens
