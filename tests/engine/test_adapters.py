"""Adapters come and go while requests run, and nobody's weights change in between."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from tests.engine.alone import answer_alone
from tests.engine.gated import gated, tokens_of, turn
from tests.engine.toy import ToyRunner
from understudy.engine.batch import Adapter
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.errors import AdapterInvalid, EngineClosed, ServerBusy, UnknownAdapter
from understudy.events import Event, PromptEvent
from understudy.request import SamplingParams

PROMPT = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
SAMPLING = SamplingParams(max_tokens=12, temperature=0.8, seed=1, ignore_eos=True)
LAYER = "model.layers.0.mlp.up_proj"
ADAPTER = Adapter(1, {LAYER: (np.ones((1, 4), np.float32), np.ones((8, 1), np.float32))})


class Choosy(ToyRunner):
    """Takes rank 1 only."""

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        if adapter.rank != 1:
            raise ValueError(f"rank {adapter.rank} is not 1")
        super().load_adapter(key, adapter)


@pytest.fixture
def runner() -> ToyRunner:
    return Choosy()


async def collect(engine: Engine, adapter: str | None) -> list[Event]:
    steps = engine.generate(PROMPT, SAMPLING, adapter=adapter)
    async with aclosing(steps):
        return [event async for events in steps for event in events]


async def test_requests_with_different_adapters_and_none_run_together(engine: Engine) -> None:
    for name in ("formal", "pirate"):
        await engine.adapters.load(name, ADAPTER)
    assert engine.adapters.names == ["formal", "pirate"]
    names = [None, "formal", "pirate", "formal"]
    answers = await asyncio.gather(*(collect(engine, name) for name in names))
    keys = [None, "formal#1", "pirate#2", "formal#1"]
    expected = [answer_alone(PROMPT, SAMPLING, adapter=key) for key in keys]
    assert [tokens_of(answer) for answer in answers] == expected
    assert len({tuple(tokens) for tokens in expected}) == 3


async def test_an_unknown_adapter_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(UnknownAdapter, match="'none such'"):
        await collect(engine, "none such")
    with pytest.raises(UnknownAdapter):
        await engine.adapters.unload("none such")
    assert engine.stats().live == 0


async def test_an_unloaded_adapter_serves_who_began_with_it_and_then_goes(
    engine: Engine, runner: ToyRunner
) -> None:
    await engine.adapters.load("formal", ADAPTER)
    steps = engine.generate(PROMPT, SAMPLING, adapter="formal")
    async with aclosing(steps):
        events = list(await anext(steps))
        await engine.adapters.unload("formal")
        with pytest.raises(UnknownAdapter):
            await collect(engine, "formal")
        async for more in steps:
            events += more
    assert tokens_of(events) == answer_alone(PROMPT, SAMPLING, adapter="formal#1")
    await collect(engine, None)
    assert runner.adapters == set()


async def test_a_name_loaded_anew_finds_no_blocks_of_its_predecessor(
    engine: Engine, runner: ToyRunner
) -> None:
    await engine.adapters.load("formal", ADAPTER)
    await collect(engine, "formal")
    assert (await collect(engine, "formal"))[0] == PromptEvent(10, 8)
    await engine.adapters.load("formal", ADAPTER)
    events = await collect(engine, "formal")
    assert events[0] == PromptEvent(10, 0)
    assert tokens_of(events) == answer_alone(PROMPT, SAMPLING, adapter="formal#2")
    assert runner.adapters == {"formal#2"}


async def test_an_adapter_that_does_not_fit_is_refused_and_changes_nothing(
    engine: Engine, runner: ToyRunner
) -> None:
    await engine.adapters.load("formal", ADAPTER)
    with pytest.raises(AdapterInvalid, match="rank 2 is not 1"):
        await engine.adapters.load("formal", Adapter(2, {}))
    assert engine.adapters.names == ["formal"]
    assert runner.adapters == {"formal#1"}
    runner.takes_adapters = False
    with pytest.raises(AdapterInvalid, match="without room"):
        await engine.adapters.load("other", ADAPTER)


async def test_a_load_that_nobody_waits_for_any_more_leaves_nothing_behind() -> None:
    with gated() as (runner, engine):
        running = asyncio.create_task(collect(engine, None))
        await runner.wait_entered()
        loading = asyncio.create_task(engine.adapters.load("formal", ADAPTER))
        await turn()
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        runner.open()
        await running
        await engine.adapters.load("other", ADAPTER)
        assert engine.adapters.names == ["other"]
        assert runner.adapters == {"other#2"}


async def test_a_request_that_is_refused_holds_no_adapter() -> None:
    with gated(EngineOptions(max_batch=1, queue_limit=0)) as (runner, engine):
        await engine.adapters.load("formal", ADAPTER)
        running = asyncio.create_task(collect(engine, None))
        await runner.wait_entered()
        with pytest.raises(ServerBusy):
            await collect(engine, "formal")
        runner.open()
        await running
        await engine.adapters.unload("formal")
        assert runner.adapters == set()


async def test_a_closed_engine_loads_nothing(runner: ToyRunner) -> None:
    engine = Engine(runner)
    await engine.adapters.load("formal", ADAPTER)
    await asyncio.to_thread(engine.close)
    with pytest.raises(EngineClosed):
        await engine.adapters.load("other", ADAPTER)
    with pytest.raises(EngineClosed):
        await engine.adapters.unload("formal")
