"""What a dialect is: bytes of one service on one side, our request and events on the other."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Answer
from understudy.errors import UnderstudyError
from understudy.events import Event
from understudy.request import GenerationRequest

Spelling = Mapping[str, str]
"""A door's names for parts of a GenerationRequest (see InvalidInput), where they differ."""


@dataclass(frozen=True, slots=True)
class CallMeta:
    """What the server knows of a call that a reply may print. Times: ``created`` in epoch
    seconds, ``started`` on the monotonic clock. ``path`` and ``method`` as the client sent them."""

    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: int = field(default_factory=lambda: int(time.time()))
    started: float = field(default_factory=time.monotonic)
    path: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as a service sends it: status, JSON body and extra headers."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


class Reply(Protocol):
    """Renders the events of one call. Stateful: one instance per call.

    A stream is ``frames(events)`` for each list, then ``end()``; after a failure
    ``failure(exc)`` instead of ``end()``. A body is ``body(answer)`` where ``answer`` is the
    fold of the same events. All bytes are UTF-8.
    """

    def frames(self, events: Iterable[Event]) -> bytes: ...

    def end(self) -> bytes: ...

    def failure(self, exc: UnderstudyError) -> bytes: ...

    def body(self, answer: Answer) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Call:
    """A parsed body: what to generate, whether to stream it, and who renders it.

    ``functions`` is code by the name of a tool in ``request``, for the server to run when the
    answer calls it. ``spelling`` is for what this body spells other than bodies at its door do.
    """

    request: GenerationRequest
    stream: bool
    reply: Callable[[CallMeta], Reply]
    functions: Mapping[str, str] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=dict)


class Dialect(Protocol):
    """One wire format. ``parse`` raises RequestError; ``error`` words any UnderstudyError."""

    def parse(self, body: Any, card: ModelCard) -> Call: ...

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply: ...
