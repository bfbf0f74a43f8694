"""The one way in which a call ends before its answer does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from understudy.errors import RequestTimeout
from understudy.server.exchange import Disconnected

T = TypeVar("T")


class Ending:
    """Ends one call early: timeout, shutdown and disconnect all come here.

    ``end`` cancels the work; ``run`` waits until the work has cleaned up after itself (its
    generator closed, its lease given back) and only then raises what ``end`` was told. The
    first reason counts.
    """

    __slots__ = ("_task", "_watch", "_why")

    def __init__(self) -> None:
        self._why: Exception | None = None
        self._task: asyncio.Task[Any] | None = None
        self._watch: asyncio.Task[None] | None = None

    def end(self, why: Exception) -> None:
        """Ask the call to end. Returns at once; later reasons are ignored."""
        if self._why is None:
            self._why = why
            if self._task is not None:
                self._task.cancel()

    async def run(self, work: Coroutine[Any, Any, T], limit: float) -> T:
        """``work`` within ``limit`` seconds. Raises what it raises, or what ``end`` was told."""
        timer = asyncio.get_running_loop().call_later(limit, self.end, RequestTimeout(limit))
        task = asyncio.create_task(work)
        self._task = task
        if self._why is not None:
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if self._why is None:
                raise
            raise self._why from None
        finally:
            timer.cancel()
            await self._stop_watching()

    def watch(self, receive: Receive) -> None:
        """From now on, a disconnect ends the call. The body must have been read by then."""
        self._watch = asyncio.create_task(self._await_disconnect(receive))

    async def _await_disconnect(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end(Disconnected())

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
