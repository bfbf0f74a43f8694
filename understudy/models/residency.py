"""Which models are in memory: loaded on demand, within a budget, unloaded when idle.

Policy: a request for a model that is not resident loads it. If that would exceed the budget,
idle models go, least recently used first; a model that answers anything is never touched. If that
leaves too little for its whole KV cache it gets a smaller one, and if it leaves too little for the
least (see ``fit_cache``) the request is refused. What is being closed counts until it is. A model
idle for ``settings.idle_unload`` seconds goes too. A model whose engine breaks is leased to nobody
more: its users run out, and the next request loads it anew. The bundled model is small and answers
for all others: once warmed it stays, and is loaded again, unasked, if its engine breaks.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, TypeVar

from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.errors import (
    ModelFolderInvalid,
    ModelNotDownloaded,
    ServerDraining,
    UnderstudyError,
)
from understudy.models.loaded import LoadedModel
from understudy.models.memory import budget_bytes
from understudy.models.plan import Estimator, fit_cache, memory_needed
from understudy.models.resident import PoolStats, Resident
from understudy.models.store import ModelState, ModelStore

log = logging.getLogger(__name__)

T = TypeVar("T")


class Cards(Protocol):
    """What the pool asks of the catalogue. ``get`` raises UnknownModel."""

    def get(self, name: str) -> ModelCard: ...

    def __iter__(self) -> Iterator[ModelCard]: ...


Loader = Callable[[ModelCard, ModelStore, Settings], LoadedModel]


class ModelPool:
    """The models of one event loop.

    ``budget`` is in bytes; None takes ``settings.memory_gb``, or a share of what the machine
    has free now. ``clock`` gives seconds that only grow.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Cards,
        store: ModelStore,
        *,
        load: Loader | None = None,
        estimate: Estimator = memory_needed,
        budget: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._store = store
        self._load = load or _default_loader()
        self._estimate = estimate
        self._clock = clock
        self._budget = budget_bytes(settings) if budget is None else budget
        self._residents: dict[str, Resident] = {}
        self._admission = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        # Leased to nobody any more, but still in memory.
        self._leaving: set[Resident] = set()
        self._stood_in: set[str] = set()
        self._kept: set[str] = set()
        self._reloading: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[LoadedModel]:
        """The model called ``name``, kept in memory until the lease ends.

        Raises UnknownModel, ModelNotDownloaded, ModelDoesNotFit, ModelFolderInvalid, and
        ServerDraining once the pool is closed.
        """
        if self._closed:
            raise ServerDraining
        card = self._catalog.get(name)
        weights = self._weights_of(card)
        resident = await self._take(weights)
        try:
            loaded = await asyncio.shield(resident.loading)
            yield loaded if weights.name == card.name else loaded.standing_in_for(card)
        finally:
            self._release(resident)

    async def warm(self, name: str) -> None:
        """Load ``name`` now, so that its first request need not wait. Raises as ``lease``.

        The bundled model stays in memory from then on.
        """
        async with self.lease(name):
            if self._catalog.get(name).bundled:
                self._kept.add(name)

    def ready(self) -> bool:
        """Whether every model that is to stay in memory is there and can answer."""
        return all(self._answers(name) for name in self._kept)

    async def unload_idle(self) -> None:
        """Unload every model that nothing has used for ``settings.idle_unload`` seconds."""
        async with self._admission:
            limit = self._clock() - self._settings.idle_unload
            # NOTE: looked up anew each time: while one closes, another may come into use.
            while stale := [r for r in self._idle() if r.last_used <= limit]:
                await self._unload(stale[0], "idle")

    def stats(self) -> PoolStats:
        """The models that can be leased; the bytes are also of those not yet closed."""
        now = self._clock()
        models = tuple(resident.stats(now) for resident in self._residents.values())
        return PoolStats(self._budget, self._used(), models)

    def resident(self) -> tuple[LoadedModel, ...]:
        """Every model that is loaded now, for metrics and health."""
        return tuple(r.loading.result() for r in self._residents.values() if r.loaded)

    async def close(self) -> None:
        """Refuse new leases, then unload everything. What still answers ends with EngineClosed."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        async with self._admission:
            for resident in (*self._residents.values(), *self._leaving):
                await self._unload(resident, "the server closes")
        background = (self._sweeping, self._reloading)
        unfinished = [*self._closing(), *(task for task in background if task is not None)]
        if unfinished:
            await asyncio.wait(unfinished)

    def _weights_of(self, card: ModelCard) -> ModelCard:
        if card.name in self._residents:
            return card
        if self._store.state(card) in (ModelState.BUNDLED, ModelState.DOWNLOADED):
            return card
        if not self._settings.stand_in:
            raise ModelNotDownloaded(card.name)
        house = next((other for other in self._catalog if other.bundled), None)
        if house is None:
            raise ModelNotDownloaded(card.name)
        if card.name not in self._stood_in:
            self._stood_in.add(card.name)
            log.warning("%s is not downloaded: %s stands in for it", card.name, house.name)
        return house

    async def _take(self, card: ModelCard) -> Resident:
        """Count one user more of a model, loading it first if it is not in memory."""
        self._retire_broken(card.name)
        resident = self._residents.get(card.name)
        if resident is None:
            async with self._admission:
                self._retire_broken(card.name)
                resident = self._residents.get(card.name) or await self._admit(card)
                # NOTE: counted before the lock opens, so that no sweep finds it idle.
                resident.users += 1
                return resident
        resident.users += 1
        return resident

    async def _admit(self, card: ModelCard) -> Resident:
        """Make room for a model and start to load it. The caller holds the admission lock."""
        if self._closed:
            raise ServerDraining
        settings, needed = await self._room_for(card)

        def load() -> LoadedModel:
            return self._load(card, self._store, settings)

        loading = asyncio.create_task(self._guarded(card, load), name=f"load {card.name}")
        resident = Resident(card.name, needed, loading)
        self._residents[card.name] = resident
        loading.add_done_callback(lambda _: self._loaded(resident))
        return resident

    async def _room_for(self, card: ModelCard) -> tuple[Settings, int]:
        """Settings to load ``card`` with, and the bytes it will take, which are free now.

        Models that were idle may come into use meanwhile; then less is spare, and what was
        fitted to it is fitted again.
        """

        def fit(spare: int) -> tuple[Settings, int]:
            return fit_cache(card, self._store, self._settings, spare, self._estimate)

        while True:
            settings, needed = await self._guarded(card, partial(fit, self._spare()))
            if await self._make_room(needed, f"{card.name} needs its memory"):
                return settings, needed

    async def _guarded(self, card: ModelCard, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread; whatever goes wrong there becomes one error of our tree."""
        try:
            return await asyncio.to_thread(work)
        except ModelFolderInvalid as exc:
            # Raised for a folder, whose name means nothing to who asked for the model.
            raise ModelFolderInvalid(card.name, str(exc)) from exc.__cause__
        except UnderstudyError:
            raise
        except Exception as exc:
            log.exception("loading %s failed", card.name)
            raise ModelFolderInvalid(card.name, f"{card.name} could not be loaded.") from exc

    def _loaded(self, resident: Resident) -> None:
        """Forget a model that failed to load, so that the next request tries again."""
        failed = resident.loading.cancelled() or resident.loading.exception() is not None
        if failed and self._residents.get(resident.model) is resident:
            del self._residents[resident.model]
        elif not resident.users:
            # Whoever asked for it has given up waiting.
            self._schedule(self._settings.idle_unload)

    async def _make_room(self, needed: int, why: str) -> bool:
        """Unload idle models until ``needed`` bytes are free; whether so many could be freed."""
        while self._used() + needed > self._budget:
            if closing := self._closing():
                await asyncio.wait(closing, return_when=asyncio.FIRST_COMPLETED)
            elif idle := self._idle():
                await self._unload(idle[0], why)
            else:
                return False
        return True

    def _idle(self) -> list[Resident]:
        """Models that may be unloaded, least recently used first."""
        idle = [r for r in self._residents.values() if r.idle and r.model not in self._kept]
        return sorted(idle, key=lambda r: r.last_used)

    def _closing(self) -> list[asyncio.Task[None]]:
        return [r.closing for r in self._leaving if r.closing is not None]

    def _used(self) -> int:
        """Bytes in memory, or on their way in or out."""
        return sum(r.memory_bytes for r in (*self._residents.values(), *self._leaving))

    def _spare(self) -> int:
        """Bytes that are free, or will be once idle models go and closing ones are gone."""
        going = [*self._idle(), *(r for r in self._leaving if r.closing is not None)]
        return self._budget - self._used() + sum(r.memory_bytes for r in going)

    async def _unload(self, resident: Resident, why: str) -> None:
        """Close a model and wait for it. The caller holds the admission lock.

        A caller that is cancelled leaves; the model is closed all the same.
        """
        await asyncio.shield(self._close(resident, why))

    def _close(self, resident: Resident, why: str) -> asyncio.Task[None]:
        """The one way out of memory, once for each resident; it is counted until it is closed."""
        self._detach(resident)
        if resident.closing is None:
            closing = asyncio.create_task(resident.close(why), name=f"unload {resident.model}")
            resident.closing = closing
            closing.add_done_callback(lambda _: self._gone(resident))
        return resident.closing

    def _detach(self, resident: Resident) -> None:
        if self._residents.get(resident.model) is resident:
            del self._residents[resident.model]
        self._leaving.add(resident)

    def _gone(self, resident: Resident) -> None:
        self._leaving.discard(resident)
        # The room may be what its successor lacked.
        self._restore(resident.model)

    def _retire_broken(self, name: str) -> None:
        """Lease a model that broke to nobody more, and close it once its users have run out.

        At once, and whoever uses it still: under steady traffic it would never be idle.
        """
        resident = self._residents.get(name)
        if resident is not None and resident.broken:
            self._detach(resident)
            self._close_unused(resident)

    def _close_unused(self, resident: Resident) -> None:
        if resident.users == 0:
            self._close(resident, "its engine stopped")

    def _release(self, resident: Resident) -> None:
        resident.users -= 1
        resident.last_used = self._clock()
        if self._closed:
            return
        self._retire_broken(resident.model)
        if resident in self._leaving:
            self._close_unused(resident)
            self._restore(resident.model)
        elif resident.users == 0:
            self._schedule(self._settings.idle_unload)

    def _answers(self, name: str) -> bool:
        resident = self._residents.get(name)
        return resident is not None and resident.loaded and not resident.broken

    def _restore(self, name: str) -> None:
        """Load a model that is to stay: who watches ``ready`` sends nothing that would."""
        if self._closed or name not in self._kept or name in self._residents:
            return
        if self._reloading is None or self._reloading.done():
            log.error("the engine of %s stopped: loading it again", name)
            self._reloading = asyncio.create_task(self._warm_again(name), name=f"reload {name}")

    async def _warm_again(self, name: str) -> None:
        try:
            await self.warm(name)
        except UnderstudyError as exc:
            log.error("%s is not back: %s", name, exc)

    def _schedule(self, delay: float) -> None:
        if self._timer is None and not self._closed and math.isfinite(delay):
            self._timer = asyncio.get_running_loop().call_later(delay, self._on_timer)

    def _on_timer(self) -> None:
        self._sweeping = asyncio.create_task(self._sweep(), name="unload idle models")

    async def _sweep(self) -> None:
        # NOTE: the spent timer stays in place until the end, so that only one sweep runs.
        try:
            await self.unload_idle()
        finally:
            self._timer = None
        idle = self._idle()
        if idle:
            age = self._clock() - idle[0].last_used
            self._schedule(max(0.0, self._settings.idle_unload - age))


def _default_loader() -> Loader:
    # The tensor runtime takes a second to import: only who loads models pays for it.
    from understudy.models.load import load_model

    return load_model
