"""Work that must be done on the engine's thread, between two steps, for somebody on a loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Errand:
    """``work`` to run once; without ``loop`` nobody waits for it, and a failure is logged."""

    def __init__(
        self, work: Callable[[], None], loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._work = work
        self._loop = loop
        self._future: asyncio.Future[None] | None = None if loop is None else loop.create_future()

    async def done(self) -> None:
        """Wait until it has run, and raise what it raised. On ``loop``."""
        if self._future is None:
            raise RuntimeError("nobody was to wait for this errand")
        await self._future

    def run(self) -> None:
        """Run it. On the engine's thread; never raises."""
        try:
            self._work()
        except Exception as exc:
            self._tell(exc)
        else:
            self._tell(None)

    def refuse(self, error: Exception) -> None:
        """End it without running it. On the engine's thread."""
        self._tell(error)

    def _tell(self, error: Exception | None) -> None:
        if self._loop is None:
            if error is not None:
                _log.error("An errand of the engine failed.", exc_info=error)
            return
        try:
            self._loop.call_soon_threadsafe(self._settle, error)
        except RuntimeError:
            _log.debug("the loop that waited for an errand is closed")

    def _settle(self, error: Exception | None) -> None:
        if self._future is None or self._future.done():
            return
        if error is None:
            self._future.set_result(None)
        else:
            self._future.set_exception(error)
