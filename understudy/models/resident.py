"""One model in memory, or on its way there."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass

from understudy.models.loaded import LoadedModel

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResidentStats:
    """One model in memory. ``idle`` is in seconds, None while something uses it."""

    model: str
    memory_bytes: int
    users: int
    idle: float | None
    loading: bool


@dataclass(frozen=True, slots=True)
class PoolStats:
    """The budget, and what is taken of it, in bytes. ``models`` are those that can be leased."""

    budget_bytes: int
    used_bytes: int
    models: tuple[ResidentStats, ...]


class Resident:
    """A model that is in memory or on its way there. ``loading`` never fails silently.

    ``closing`` is the task that unloads it, None before that starts.
    """

    __slots__ = ("closing", "last_used", "loading", "memory_bytes", "model", "users")

    def __init__(self, model: str, memory_bytes: int, loading: asyncio.Task[LoadedModel]) -> None:
        self.model = model
        self.memory_bytes = memory_bytes
        self.loading = loading
        self.closing: asyncio.Task[None] | None = None
        self.users = 0
        self.last_used = -math.inf

    @property
    def idle(self) -> bool:
        return self.users == 0 and self.loading.done()

    @property
    def loaded(self) -> bool:
        task = self.loading
        return task.done() and not task.cancelled() and task.exception() is None

    @property
    def broken(self) -> bool:
        """Loaded, but its engine stopped, or fails step after step.

        An engine that fails may recover, and answer whom it still has; the pool does not wait
        for that, but loads another.
        """
        return self.loaded and not self.loading.result().healthy()

    def stats(self, now: float) -> ResidentStats:
        return ResidentStats(
            model=self.model,
            memory_bytes=self.memory_bytes,
            users=self.users,
            idle=now - self.last_used if self.idle else None,
            loading=not self.loading.done(),
        )

    async def close(self, why: str) -> None:
        """Unload, after the load if that is still going on: a thread cannot be stopped."""
        # NOTE: wait() leaves the load alone when this is cancelled.
        await asyncio.wait([self.loading])
        if not self.loaded:
            return
        log.info("unloading %s: %s", self.model, why)
        try:
            await self.loading.result().backend.close()
        except Exception:
            log.exception("closing %s failed", self.model)
