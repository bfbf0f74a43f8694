"""An engine whose steps a test lets through one by one, and readers of any engine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager

from tests.engine.toy import Floats, ToyRunner
from understudy.engine.batch import Slice
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.events import Event, TokenEvent
from understudy.request import SamplingParams

GREEDY = SamplingParams(max_tokens=12, temperature=0.0, seed=0)


class GatedRunner(ToyRunner):
    """Computes a step only when the test lets it: ``entered`` says that one has begun."""

    def __init__(self, num_blocks: int = 64) -> None:
        super().__init__(num_blocks)
        self.entered = threading.Semaphore(0)
        self.allowed = threading.Semaphore(0)

    def step(self, batch: Sequence[Slice]) -> Floats:
        self.entered.release()
        assert self.allowed.acquire(timeout=30)
        return super().step(batch)

    async def wait_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.acquire, timeout=30)

    def open(self) -> None:
        """Let every step through from here on."""
        self.allowed.release(10_000)


@contextmanager
def gated(options: EngineOptions | None = None) -> Iterator[tuple[GatedRunner, Engine]]:
    """Yield a closed gate and an engine behind it; open it at the end, whatever happened."""
    runner = GatedRunner()
    engine = Engine(runner, options)
    try:
        yield runner, engine
    finally:
        runner.open()
        engine.close()


async def collect(
    engine: Engine, prompt: list[int], sampling: SamplingParams = GREEDY, **more: object
) -> list[Event]:
    steps = engine.generate(prompt, sampling, **more)  # type: ignore[arg-type]
    async with aclosing(steps):
        return [event async for events in steps for event in events]


async def turn() -> None:
    """Let every task of this loop run as far as it can without the engine."""
    for _ in range(5):
        await asyncio.sleep(0)


def tokens_of(events: list[Event]) -> list[int]:
    return [event.token_id for event in events if isinstance(event, TokenEvent)]
