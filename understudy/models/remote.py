"""Models that servers elsewhere compute, beside those of a pool here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from understudy.config import Settings
from understudy.errors import ConfigError, ServerDraining, UnknownModel
from understudy.models.loaded import LoadedModel
from understudy.models.residency import Cards, ModelPool
from understudy.models.resident import PoolStats
from understudy.models.store import ModelStore
from understudy.upstreams import Upstream


def pool_for(settings: Settings, catalog: Cards, store: ModelStore) -> RoutedPool:
    """The models of ``settings``, here and elsewhere. Raises ConfigError for an upstream whose
    model has no card or whose key cannot be had."""
    return RoutedPool(ModelPool(settings, catalog, store), settings.upstreams, catalog)


class RoutedPool:
    """A ModelPool, before which ``upstreams`` take the models that they compute.

    These need no memory, are never loaded, and answer whatever is on this machine's disk.
    """

    def __init__(self, local: ModelPool, upstreams: tuple[Upstream, ...], catalog: Cards) -> None:
        self._local = local
        self._remote = {upstream.model: _loaded(upstream, catalog) for upstream in upstreams}
        self._closed = False

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[LoadedModel]:
        """The model called ``name``. Raises as ``ModelPool.lease`` does."""
        remote = self._remote.get(name)
        if remote is None:
            async with self._local.lease(name) as loaded:
                yield loaded
            return
        if self._closed:
            raise ServerDraining
        yield remote

    async def warm(self, name: str) -> None:
        """Load ``name`` now, where it is loaded at all."""
        if name not in self._remote:
            await self._local.warm(name)

    def ready(self) -> bool:
        """Whether every model that is to stay in memory is there: of others nothing is known."""
        return self._local.ready()

    async def unload_idle(self) -> None:
        """See ``ModelPool.unload_idle``."""
        await self._local.unload_idle()

    def stats(self) -> PoolStats:
        """What is in memory here."""
        return self._local.stats()

    def resident(self) -> tuple[LoadedModel, ...]:
        """Every model that is loaded here."""
        return self._local.resident()

    async def close(self) -> None:
        """Refuse new leases and end what still answers with EngineClosed, here and elsewhere."""
        self._closed = True
        for remote in self._remote.values():
            await remote.backend.close()
        await self._local.close()


def _loaded(upstream: Upstream, catalog: Cards) -> LoadedModel:
    # The HTTP client takes a while to import: only who has upstreams pays for it.
    from understudy.backends.upstream import UpstreamBackend

    try:
        card = catalog.get(upstream.model)
    except UnknownModel:
        raise ConfigError(f"The upstream of {upstream.model}: no card has that name.") from None
    return LoadedModel(
        card=card,
        backend=UpstreamBackend(upstream, upstream.key()),
        tokenizer=None,
        template=None,
        context_length=card.context_length,
        served_by=card.name,
    )
