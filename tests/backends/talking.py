"""A backend and the scripted upstream that it asks, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from tests.backends import misbehaving
from tests.backends.misbehaving import Script, Server, end, piece, usage
from understudy.backends.upstream import UpstreamBackend
from understudy.errors import (
    UnderstudyError,
)
from understudy.events import (
    Event,
    TextEvent,
)
from understudy.request import GenerationRequest, SamplingParams, TextInput

KEY = "sk-very-secret"
ASKED = GenerationRequest("m", TextInput("Once"), SamplingParams(max_tokens=5))
GOOD = (piece("Hel"), piece("lo"), end(stop_reason="x"), usage(3, 2, 1))
SHORT = (piece("Hi"), end(), usage(1, 1))


@asynccontextmanager
async def talking(*scripts: Script, **more: Any) -> AsyncIterator[tuple[Server, UpstreamBackend]]:
    async with misbehaving.server(*scripts) as server:
        backend = UpstreamBackend(server.upstream(**more), KEY, first_wait=0.001)
        try:
            yield server, backend
        finally:
            await backend.close()


async def collect(
    backend: UpstreamBackend, asked: GenerationRequest = ASKED, came: list[Event] | None = None
) -> list[Event]:
    """All events, which are put into ``came`` as they come."""
    came = [] if came is None else came
    async with aclosing(backend.generate(asked, None)) as steps:
        async for events in steps:
            came += events
    return came


async def fails(
    script: Script, kind: type[UnderstudyError], match: str, calls: int = 1, **more: Any
) -> UnderstudyError:
    """The error that an upstream of this script ends with, after so many calls."""
    async with talking(script, **more) as (server, backend):
        with pytest.raises(kind, match=match) as failed:
            await collect(backend)
        assert len(server.heard) == calls
    assert KEY not in str(failed.value)
    return failed.value


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextEvent))
