"""Models that are computed elsewhere, beside those of the pool."""

from __future__ import annotations

from pathlib import Path

import pytest

from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.errors import ConfigError, ModelNotDownloaded, ServerDraining, UnknownModel
from understudy.models.remote import RoutedPool, pool_for
from understudy.models.store import ModelStore
from understudy.upstreams import Upstream

CATALOG = Catalog.load()
FAR = next(card for card in CATALOG if not card.bundled)
HERE = CATALOG.bundled


def pool(home: Path, *upstreams: Upstream) -> RoutedPool:
    return pool_for(Settings(home=home, upstreams=upstreams), CATALOG, ModelStore(home))


def upstream(model: str = FAR.name, key_env: str | None = None) -> Upstream:
    return Upstream(model, "http://127.0.0.1:9/v1", "x", key_env=key_env)


async def test_a_routed_model_answers_for_itself_without_being_here(tmp_path: Path) -> None:
    made = pool(tmp_path, upstream())
    async with made.lease(FAR.name) as loaded:
        assert loaded.card is FAR
        assert not loaded.stand_in
        assert loaded.tokenizer is None
        assert loaded.adapters is None
    await made.warm(FAR.name)
    assert made.ready()
    assert not made.resident()
    assert not made.stats().models
    await made.close()


async def test_all_others_are_the_pools_own(tmp_path: Path) -> None:
    made = pool(tmp_path, upstream())
    other = next(c for c in CATALOG if not c.bundled and c is not FAR)
    for name, error in ((other.name, ModelNotDownloaded), ("none", UnknownModel)):
        with pytest.raises(error):
            async with made.lease(name):
                pass
    await made.close()


async def test_a_closed_pool_leases_nothing(tmp_path: Path) -> None:
    made = pool(tmp_path, upstream())
    await made.close()
    for name in (FAR.name, HERE.name):
        with pytest.raises(ServerDraining):
            async with made.lease(name):
                pass


def test_an_upstream_needs_a_card_and_its_key_from_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="The upstream of none: no card has that name"):
        pool(tmp_path, upstream("none"))
    with pytest.raises(ConfigError, match="the environment variable NOT_SET"):
        pool(tmp_path, upstream(key_env="NOT_SET"))
