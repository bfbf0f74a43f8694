"""The seam between what was asked and who computes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from typing import Protocol

from understudy.engine.grammar import Grammar
from understudy.events import Event
from understudy.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """A prompt ready to compute: its text (for echo) and its token ids.

    ``grammar`` is the request's constraint, compiled for the tokens of the model.
    """

    text: str
    token_ids: tuple[int, ...]
    grammar: Grammar | None = None


Steps = AsyncGenerator[list[Event], Collection[int] | None]
"""What a backend yields. Its reader may send, with ``asend``, the choices that need no more
tokens because a stop string ended them; nothing more comes of those, and no FinishEvent."""


class Backend(Protocol):
    """Computes requests for one model.

    ``generate`` yields one list of events per step (see ``events.py`` for their order).
    Closing the generator (``aclose()``, awaited) cancels: when it returns, the request holds
    nothing any more. ``request.sampling.max_tokens`` is resolved by then. ``prompt`` is None
    where the backend does its own templating and tokenising; such a one has decoded its events
    already, applied stop strings, and ends with a UsageEvent. Raises GenerationError and
    CapacityError only, and where ``prompt`` is None also RequestError before the first list.
    """

    def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps: ...

    async def close(self) -> None:
        """End all requests with EngineClosed and free what the backend holds."""
        ...
