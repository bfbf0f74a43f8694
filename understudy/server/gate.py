"""Admission: how many calls run at once, and none once the server shuts down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from understudy.errors import ServerBusy, ServerDraining
from understudy.server.ending import Ending

_CLEAN_UP = 5.0


class Gate:
    """Admits up to ``limit`` calls at once. Whatever is admitted can be ended from here."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: set[Ending] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.ready = False
        self.draining = False

    @property
    def live(self) -> int:
        """Calls admitted and not yet over."""
        return len(self._calls)

    @property
    def can_admit(self) -> bool:
        return not self.draining and len(self._calls) < self._limit

    @contextmanager
    def admit(self) -> Iterator[Ending]:
        """One place, until the block is left. Raises ServerDraining or ServerBusy."""
        if not self.can_admit:
            raise ServerDraining if self.draining else ServerBusy
        ending = Ending()
        self._calls.add(ending)
        self._idle.clear()
        try:
            yield ending
        finally:
            self._calls.discard(ending)
            if not self._calls:
                self._idle.set()

    def close(self) -> None:
        """Admit nothing more."""
        self.draining = True

    async def drain(self, grace: float) -> None:
        """Close, give calls ``grace`` seconds to finish, then end them."""
        self.close()
        if not await self._empty_within(grace):
            self.end_all()
            await self._empty_within(_CLEAN_UP)

    async def wait_idle(self) -> None:
        """Until no call is admitted."""
        await self._idle.wait()

    def end_all(self) -> None:
        """End every call now, with ServerDraining."""
        for ending in list(self._calls):
            ending.end(ServerDraining())

    async def _empty_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.wait_idle()
        except TimeoutError:
            return False
        return True
