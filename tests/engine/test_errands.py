"""Work on the engine's thread reaches whoever waits for it, and fails them alone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from understudy.engine.errands import Errand
from understudy.errors import EngineClosed


def broken() -> None:
    raise ValueError("no such thing")


async def test_who_waits_hears_how_it_went() -> None:
    loop, done = asyncio.get_running_loop(), []
    good, bad, never = (
        Errand(work, loop) for work in (lambda: done.append(1), broken, lambda: done.append(2))
    )
    await asyncio.to_thread(good.run)
    await asyncio.to_thread(bad.run)
    await asyncio.to_thread(never.refuse, EngineClosed())
    await good.done()
    with pytest.raises(ValueError, match="no such thing"):
        await bad.done()
    with pytest.raises(EngineClosed):
        await never.done()
    assert done == [1]


async def test_who_gave_up_waiting_is_left_alone() -> None:
    loop, done = asyncio.get_running_loop(), []
    troubles: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, trouble: troubles.append(trouble))
    for work in (lambda: done.append(1), broken):
        errand = Errand(work, loop)
        waiting = asyncio.create_task(errand.done())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.to_thread(errand.run)
        await asyncio.sleep(0)
    assert done == [1]
    assert troubles == []


def test_a_failure_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        Errand(broken).run()
    assert "no such thing" in caplog.text
