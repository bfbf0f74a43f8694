"""Which adapters an engine holds: loaded when a request asks for one, within a bound of memory.

An adapter stays after the request that brought it. When another one needs the room, those that
answer nothing go, least recently used first; where all of them answer, whoever brings another
waits for one of them. Who comes after it waits behind it, also for an adapter that is here: else a
few that are always in use would keep all others out. Files are read by one load at a time, so that
what they take while they are read is bounded too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from understudy.engine.adapter_stack import slot_width
from understudy.engine.adapters import Adapters
from understudy.engine.batch import Adapter
from understudy.errors import AdapterInvalid

log = logging.getLogger(__name__)

Read = Callable[[Path], Adapter]
"""Reads the adapter in a folder; called in a thread. Raises AdapterInvalid."""


@dataclass(eq=False, slots=True)
class _Held:
    """An adapter on the shelf or on its way there. ``last_used`` counts uses."""

    key: str
    loading: asyncio.Task[None] = field(init=False)
    nbytes: int = 0
    users: int = 0
    last_used: int = 0

    @property
    def idle(self) -> bool:
        return self.users == 0 and self.loading.done()


class AdapterShelf:
    """The adapters of one engine, in at most ``limit`` bytes. Belongs to one event loop.

    ``crowded`` tells that one waits for room, while all that are here answer.
    """

    def __init__(self, adapters: Adapters, read: Read, limit: int) -> None:
        self._adapters = adapters
        self._read = read
        self._limit = limit
        self._held: dict[str, _Held] = {}
        self._turn = asyncio.Lock()
        self.crowded = False
        self._left = asyncio.Event()
        self._uses = count(1)

    @property
    def keys(self) -> tuple[str, ...]:
        """What is loaded, or being loaded."""
        return tuple(self._held)

    @property
    def used_bytes(self) -> int:
        return sum(held.nbytes for held in self._held.values())

    @asynccontextmanager
    async def use(self, key: str, folder: Path) -> AsyncIterator[str]:
        """The name by which the engine knows the adapter in ``folder``, while the block runs.

        ``key`` stands for its content: one that is here is not read again. Raises AdapterInvalid
        for what cannot be read, does not fit the model or the bound, and EngineClosed.
        """
        if self.crowded:
            # First come, first served, also before those that need no load.
            async with self._turn:
                pass
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = _Held(key)
            held.loading = asyncio.create_task(self._load(held, folder), name=f"load {key}")
            held.loading.add_done_callback(lambda task: self._loaded(held, task))
        held.users += 1
        try:
            # Others may wait for the same load, so it goes on where one of them gives up.
            await asyncio.shield(held.loading)
            yield key
        finally:
            held.users -= 1
            held.last_used = next(self._uses)
            self._left.set()

    async def _load(self, held: _Held, folder: Path) -> None:
        async with self._turn:
            adapter = await asyncio.to_thread(self._read, folder)
            needed = adapter_bytes(adapter)
            if needed > self._limit:
                raise AdapterInvalid(
                    f"It takes {needed / 1e6:.0f} MB of memory; the server allows adapters "
                    f"{self._limit / 1e6:.0f} MB (the setting adapter_memory_gb)."
                )
            await self._make_room(needed)
            # Counted from here on, and until it is forgotten.
            held.nbytes = needed
            await self._adapters.load(held.key, adapter)
            log.info("loaded adapter %s, %.1f MB", held.key, needed / 1e6)

    async def _make_room(self, needed: int) -> None:
        while self.used_bytes + needed > self._limit:
            idle = [held for held in self._held.values() if held.idle]
            if idle:
                oldest = min(idle, key=lambda held: held.last_used)
                del self._held[oldest.key]
                log.info("unloading adapter %s: another needs its memory", oldest.key)
                await self._adapters.unload(oldest.key)
                continue
            self.crowded = True
            try:
                self._left.clear()
                await self._left.wait()
            finally:
                self.crowded = False

    def _loaded(self, held: _Held, task: asyncio.Task[None]) -> None:
        """Forget what failed, so that the next request tries again."""
        # The exception is looked at, or asyncio would report it where nobody waits any more.
        if task.cancelled() or task.exception() is not None:
            self._held.pop(held.key, None)


def adapter_bytes(adapter: Adapter) -> int:
    """What an engine keeps of an adapter, at most: each rank in float32, in a slot of a power of
    two of them."""
    numbers: int = sum(a.shape[1] + b.shape[0] for a, b in adapter.matrices.values())
    return 4 * slot_width(adapter.rank) * numbers
