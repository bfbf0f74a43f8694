"""Threads for judging large inputs, so that the event loop goes on turning meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

LARGE = 8192
"""Bytes of input from which work on it leaves the event loop. Below, a change of thread costs more
than the work; at it, the worst work (a schema's verdict on thousands of empty objects) is still
short beside an engine step."""

_THREADS = 2
"""They share the interpreter's lock, so more would only slow down the loop. None of them is ever
lent to loading a model, which takes far longer."""

T = TypeVar("T")


async def judge(work: Callable[[], T], size: int) -> T:
    """``work()``, in a thread if ``size`` (bytes of its input) is large.

    A thread cannot be stopped: where the caller is cancelled while ``work`` runs, this returns
    only once it is over, so that what still computes still counts. Work that waits for its turn
    is dropped at once.
    """
    if size < LARGE:
        return work()
    future = _threads().submit(work)
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        if not future.cancel():
            await asyncio.wait([waiting])
            # Looked at, or asyncio would report an error that nobody waits for.
            waiting.exception()
        raise


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="judge")
