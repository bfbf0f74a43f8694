"""Admission: how many calls run at once, and none once the server shuts down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from understudy.engine.pace import Pace
from understudy.errors import ServerBusy, ServerDraining
from understudy.server.ending import Ending

READERS = 64
"""Large bodies that are read at once: with the longest that ``max_body`` allows by default, they
take 256 MB."""

_CLEAN_UP = 5.0

T = TypeVar("T")
Reading = Callable[[], Coroutine[Any, Any, T]]


class Gate:
    """Admits up to ``limit`` calls at once. Whatever is admitted can be ended from here.

    A call is admitted once its body is here, so that a slow upload holds no place. Until then it
    is a reader, and of those with large bodies only ``readers`` read at once.
    """

    def __init__(
        self,
        limit: int,
        readers: int = READERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._turns = asyncio.Semaphore(readers)
        self._readers: set[Ending] = set()
        self._calls: set[Ending] = set()
        self._clock = clock
        self._pace = Pace(clock)
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

    def check(self) -> None:
        """Raise what ``admit`` would raise now: ServerDraining or ServerBusy.

        ServerBusy tells about how long it is until another place is free.
        """
        if self.draining:
            raise ServerDraining
        if not self.can_admit:
            raise ServerBusy(self._pace.seconds_to_next_end())

    @contextmanager
    def admit(self) -> Iterator[Ending]:
        """One place, until the block is left. Raises ServerDraining or ServerBusy."""
        self.check()
        if not self._calls:
            # How calls end after a pause says nothing of those before it.
            self._pace = Pace(self._clock)
        ending = Ending()
        self._calls.add(ending)
        self._idle.clear()
        try:
            yield ending
        finally:
            self._calls.discard(ending)
            self._pace.ended()
            if not self._calls:
                self._idle.set()

    async def read(self, reading: Reading[T], limit: float, *, large: bool) -> T:
        """``reading`` within ``limit`` seconds, of which a large body may spend some waiting.

        Raises RequestTimeout, ServerDraining as soon as the server shuts down, and what
        ``reading`` raises.
        """
        ending = Ending()
        self._readers.add(ending)
        try:
            return await ending.run(self._in_turn(reading) if large else reading(), limit)
        finally:
            self._readers.discard(ending)

    def close(self) -> None:
        """Admit nothing more."""
        self.draining = True

    async def drain(self, grace: float) -> None:
        """Close, give calls ``grace`` seconds to finish, then end them."""
        self.close()
        for ending in list(self._readers):
            ending.end(ServerDraining())
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

    async def _in_turn(self, reading: Reading[T]) -> T:
        async with self._turns:
            return await reading()

    async def _empty_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.wait_idle()
        except TimeoutError:
            return False
        return True
