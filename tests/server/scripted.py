"""A backend that does what the prompt says, for tests about the layers above it.

A prompt that contains ``[hang]`` gets two tokens and then nothing, ``[hang first]`` nothing at
all; ``[wait]`` gets two, and the rest once ``release`` is called; ``[fail]`` fails after two
tokens, ``[fail first]`` before them; ``[crash]`` raises what no backend may raise; ``[short]``
ends without a finish. Any other prompt is answered with ``ANSWER``, one token a step, cut at
``max_tokens``. (Two, because a dialect may hold one back: with the last it says more.)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.running import TINY
from understudy.backends.base import TokenizedPrompt
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.errors import EngineClosed, StepFailed, UnderstudyError
from understudy.events import Event, FinishEvent, FinishReason, PromptEvent, TokenEvent
from understudy.models.loaded import LoadedModel
from understudy.models.random_weights import write_random
from understudy.prompt.template import template_for
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest

ANSWER = "One two three, four five six: señor 🙂 done."
PATIENCE = 30.0


class ScriptedBackend:
    """Counts what it has begun and what is not over yet; waiting for either needs no sleep."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._answer = tokenizer.encode(ANSWER, add_bos=False)
        self._changed = threading.Condition()
        self._release = asyncio.Event()
        self._live = 0
        self._begun = 0
        self.namespaces: list[str] = []
        self.turns: list[tuple[str, float]] = []
        self.closed = False

    async def generate(
        self, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> AsyncGenerator[list[Event], None]:
        assert prompt is not None
        self._count(1)
        try:
            async for events in self._script(request, prompt):
                yield events
        finally:
            # Cleaning up takes a turn of the loop, as it does in an engine.
            await asyncio.sleep(0)
            self._count(-1)

    async def _script(
        self, request: GenerationRequest, prompt: TokenizedPrompt
    ) -> AsyncIterator[list[Event]]:
        self.namespaces.append(request.cache_namespace)
        self.turns.append((request.tenant, request.weight))
        if "[fail first]" in prompt.text:
            raise StepFailed("scripted")
        if "[hang first]" in prompt.text:
            await self._hang()
        limit = request.sampling.max_tokens
        assert limit is not None
        first, *more = self._answer[:limit]
        yield [PromptEvent(len(prompt.token_ids)), TokenEvent(0, first)]
        for token in more[:1]:
            yield [TokenEvent(0, token)]
        if "[hang]" in prompt.text:
            await self._hang()
        if "[wait]" in prompt.text:
            await self._release.wait()
        if "[fail]" in prompt.text:
            raise StepFailed("scripted")
        if "[crash]" in prompt.text:
            raise RuntimeError("a secret of the inside")
        if "[short]" in prompt.text:
            return
        for token in more[1:]:
            yield [TokenEvent(0, token)]
        ended = FinishReason.LENGTH if limit < len(self._answer) else FinishReason.STOP
        yield [FinishEvent(0, ended)]

    async def _hang(self) -> None:
        await asyncio.Event().wait()
        raise EngineClosed

    async def close(self) -> None:
        self.closed = True

    def release(self) -> None:
        """Let what waits go on. Call it on the loop."""
        self._release.set()

    @property
    def live(self) -> int:
        return self._live

    def wait_begun(self, count: int) -> None:
        """Until ``count`` requests more than at the last ``mark`` have begun."""
        self._wait(lambda: self._begun >= count)

    def wait_idle(self) -> None:
        """Until nothing is live; fails rather than wait forever."""
        self._wait(lambda: self._live == 0)

    def mark(self) -> None:
        self._begun = 0

    def _count(self, change: int) -> None:
        with self._changed:
            self._live += change
            self._begun += max(0, change)
            self._changed.notify_all()

    def _wait(self, condition: Any) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), f"{self._live} live"


class ScriptedPool:
    """One scripted model that stands in for every card. ``broken`` is what leases raise."""

    def __init__(self, catalog: Catalog, tokenizer: Tokenizer, template: Any) -> None:
        self._catalog = catalog
        self._tokenizer = tokenizer
        self._template = template
        self.backend = ScriptedBackend(tokenizer)
        self.healthy = True
        self.broken: UnderstudyError | None = None

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[LoadedModel]:
        if self.broken is not None:
            raise self.broken
        yield LoadedModel(
            card=self._catalog.get(name),
            backend=self.backend,
            tokenizer=self._tokenizer,
            template=self._template,
            context_length=4096,
            served_by="@house/prompter",
        )

    async def warm(self, name: str) -> None:
        self._catalog.get(name)

    def ready(self) -> bool:
        return self.healthy

    async def close(self) -> None:
        await self.backend.close()


def scripted_pool(settings: Settings, catalog: Catalog) -> ScriptedPool:
    """A pool over a tiny tokenizer, made in the home of ``settings``."""
    folder = settings.home / "scripted"
    write_random(TINY, folder)
    card = catalog.get("@cf/meta/llama-3.2-1b-instruct")
    return ScriptedPool(catalog, Tokenizer.from_folder(folder), template_for(card, folder))
