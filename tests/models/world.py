"""A pool of models without weights, and everything about them that a test may want to know."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.models.cards import Cards, make_card
from understudy.backends.base import TokenizedPrompt
from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.events import Event
from understudy.models.loaded import LoadedModel
from understudy.models.residency import ModelPool
from understudy.models.store import Manifest, ModelStore, SourceFile
from understudy.request import GenerationRequest

HOUSE = make_card("@house/small", repo=None, context_length=128)
A, B, C = (make_card(f"@cf/some/{letter}") for letter in "abc")
FAR = make_card("@cf/some/far", context_length=64)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeBackend:
    """Computes nothing; knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.closing = asyncio.Event()
        self.may_close: asyncio.Event | None = None
        self.healthy = True

    async def generate(
        self, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> AsyncGenerator[list[Event], None]:
        raise NotImplementedError
        yield []

    async def close(self) -> None:
        self.closing.set()
        if self.may_close is not None:
            await self.may_close.wait()
        self.closed.set()


class World:
    """A pool over a store in which A, B and C are downloaded, each of ten bytes."""

    def __init__(self, tmp_path: Path, budget: int = 30, **settings: Any) -> None:
        self.settings = replace(Settings(home=tmp_path, idle_unload=60.0), **settings)
        self.store = ModelStore(tmp_path)
        self.clock = Clock()
        self.loads: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.gate: threading.Event | None = None
        self.backends: dict[str, FakeBackend] = {}
        self.pool = self.make_pool(budget)
        for card in (A, B, C):
            self.download(card)

    def make_pool(self, budget: int) -> ModelPool:
        return ModelPool(
            self.settings,
            Cards(HOUSE, A, B, C, FAR),
            self.store,
            load=self.load,
            estimate=lambda card, store, settings: 10,
            budget=budget,
            clock=self.clock,
        )

    def download(self, card: ModelCard) -> None:
        file = SourceFile("config.json", 2, blob_id="0")
        manifest = Manifest(str(card.repo), None, "0", (file,), ("config.json",))
        self.store.write_manifest(card, manifest)
        self.store.source(card).mkdir()
        (self.store.source(card) / "config.json").write_text("{}")

    def load(self, card: ModelCard, store: ModelStore, settings: Settings) -> LoadedModel:
        self.loads.append(card.name)
        if self.gate is not None:
            assert self.gate.wait(timeout=30)
        if card.name in self.failing:
            raise self.failing.pop(card.name)
        self.backends[card.name] = backend = FakeBackend()
        nothing = cast(Any, None)
        return LoadedModel(
            card=card,
            backend=backend,
            tokenizer=nothing,
            template=nothing,
            context_length=card.context_length,
            served_by=card.name,
            healthy=lambda: backend.healthy,
        )

    @property
    def resident(self) -> set[str]:
        return {model.model for model in self.pool.stats().models}


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks and threads go on until the condition holds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (nothing announces what it looks at)
            await asyncio.sleep(0.001)
