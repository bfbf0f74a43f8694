"""Pulls in processes of their own: none outlives whoever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.hub.server import Hub, serving
from tests.running import TINY
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.pulls import Pulls
from understudy.models.random_weights import write_random
from understudy.models.store import ModelState, ModelStore

CARD = next(card for card in Catalog.load() if "tinyllama" in card.name)
PATIENCE = 120


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "repository"
    write_random({**TINY, "hidden_size": 256, "vocab_size": 2048}, folder)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    with serving(Hub(folder, stall_after=128 * 1024)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def running() -> list[psutil.Process]:
    """The processes of pulls that this one has started."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "--json" in child.cmdline()]


async def stalled(hub: Hub) -> None:
    assert await asyncio.to_thread(hub.stalled.wait, PATIENCE)


async def test_a_stopped_pull_has_ended_when_it_is_said_to(hub: Hub, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    pulls = Pulls(settings)
    assert pulls.state(CARD) is None
    assert pulls.start(CARD).state == "running"
    await stalled(hub)
    assert len(running()) == 1
    assert pulls.start(CARD).state == "running"
    assert len(running()) == 1, "a second start changes nothing"
    await pulls.stop(CARD)
    assert running() == []
    state = pulls.state(CARD)
    assert state is not None
    assert (state.state, state.message) == ("stopped", "")
    assert ModelStore(settings.home).state(CARD) is ModelState.PARTIAL
    await pulls.stop(CARD)


def test_a_pull_ends_with_its_loop(hub: Hub, tmp_path: Path) -> None:
    async def leave() -> None:
        Pulls(Settings(home=tmp_path / "home")).start(CARD)
        await stalled(hub)
        assert len(running()) == 1

    asyncio.run(leave())
    assert running() == []


async def test_the_servers_precision_is_pulled(hub: Hub, tmp_path: Path) -> None:
    hub.stall_after = None
    settings = Settings(home=tmp_path / "home", quantize="int4")
    pulls = Pulls(settings)
    pulls.start(CARD)
    (task,) = (task for task in asyncio.all_tasks() if task.get_name().startswith("pull "))
    await task
    state = pulls.state(CARD)
    assert state is not None
    assert (state.state, state.message) == ("done", "")
    assert state.plan["download"] > 0
    assert ModelStore(settings.home).packed(CARD, "int4").is_file()
