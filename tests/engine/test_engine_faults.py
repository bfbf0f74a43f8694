"""Failing steps, useless logits, closed loops, wrong bookkeeping: who pays and what is left."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from contextlib import closing

import pytest

from tests.engine.alone import answer_alone
from tests.engine.gated import GREEDY, GatedRunner, collect, gated, tokens_of, turn
from tests.engine.toy import Floats, ToyRunner
from understudy.engine.batch import Adapter, Slice
from understudy.engine.engine import Engine
from understudy.engine.stats import EngineStats
from understudy.errors import EngineClosed, StepFailed

ADAPTER = Adapter(1, {})


async def test_a_failed_step_fails_its_sequences_and_the_engine_goes_on(
    engine: Engine, runner: ToyRunner
) -> None:
    runner.fail_next = 1
    with pytest.raises(StepFailed):
        await collect(engine, [1, 2, 3])
    assert tokens_of(await collect(engine, [1, 2, 3])) == answer_alone([1, 2, 3], GREEDY)
    assert engine.stats().blocks_used == 0


async def test_a_runner_that_keeps_failing_is_not_ready_until_it_works_again(
    engine: Engine, runner: ToyRunner
) -> None:
    runner.fail_next = 3
    for _ in range(3):
        assert engine.ready
        with pytest.raises(StepFailed):
            await collect(engine, [1, 2, 3])
    assert not engine.ready
    assert len(runner.steps) == 3
    await collect(engine, [1, 2, 3])
    assert engine.ready


async def test_useless_logits_fail_their_sequence_and_not_its_neighbours() -> None:
    class Poisoned(ToyRunner):
        def step(self, batch: Sequence[Slice]) -> Floats:
            logits = super().step(batch)
            for row, slice_ in enumerate([s for s in batch if s.logits]):
                if 49 in slice_.tokens:
                    logits[row, 7] = float("nan")
            return logits

    prompts = [[1, 2, 3], [1, 49]]
    with closing(Engine(Poisoned())) as engine:
        good, bad = await asyncio.gather(
            *(collect(engine, prompt, eos_token_ids=(49,)) for prompt in prompts),
            return_exceptions=True,
        )
        assert isinstance(good, list)
        assert isinstance(bad, StepFailed)
        assert engine.stats().blocks_used == 0


def abandon(runner: GatedRunner, engine: Engine, adapter: str | None = None) -> None:
    """Close a loop while a request of it is in a step."""
    steps = engine.generate([1, 2, 3], GREEDY, adapter=adapter)
    loop = asyncio.new_event_loop()
    task = loop.create_task(anext(steps))
    loop.run_until_complete(runner.wait_entered())
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_requests_of_a_loop_that_was_closed_are_dropped() -> None:
    with gated() as (runner, engine):
        await asyncio.to_thread(abandon, runner, engine)
        runner.open()
        assert tokens_of(await collect(engine, [4, 5])) == answer_alone([4, 5], GREEDY)
        assert engine.stats().live == engine.stats().blocks_used == 0
    gc.collect()  # Python complains of the orphaned generator: here, and not in a later test.


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_what_a_closed_loop_left_holds_nothing_and_counts_nowhere_after_its_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures: list[EngineStats] = []

    def note(key: str, adapter: Adapter) -> None:
        # On the engine's thread, before it publishes again.
        figures.append(engine.stats())

    with gated() as (runner, engine):
        await engine.adapters.load("formal", ADAPTER)
        await asyncio.to_thread(abandon, runner, engine, "formal")
        monkeypatch.setattr(runner, "load_adapter", note)
        noting = asyncio.create_task(engine.adapters.load("other", ADAPTER))
        await turn()
        runner.open()
        await noting
        assert [(s.live, s.running, s.blocks_used) for s in figures] == [(0, 0, 0)]
        await engine.adapters.unload("formal")
        assert runner.adapters == set()
    gc.collect()


async def test_an_engine_that_stops_by_itself_closes_its_runner(
    runner: ToyRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(runner)

    def inconsistent(*_: object, **__: object) -> list[int]:
        raise RuntimeError("inconsistent")

    monkeypatch.setattr(engine._core.pool, "allocate", inconsistent)
    with pytest.raises(EngineClosed):
        await collect(engine, [1, 2, 3])
    engine.close()
    assert runner.closed
