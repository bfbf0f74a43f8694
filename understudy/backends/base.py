"""The seam between what was asked and who computes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from understudy.events import Event
from understudy.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class TokenizedPrompt:
    """A prompt ready to compute: its text (for echo and logs) and its token ids."""

    text: str
    token_ids: tuple[int, ...]


class Backend(Protocol):
    """Computes requests for one model.

    ``generate`` yields one list of events per step (see ``events.py`` for their order).
    Closing the generator (``aclose()``, awaited) cancels: when it returns, the request holds
    nothing any more. ``request.sampling.max_tokens`` is resolved by then. ``prompt`` is None
    where the backend does its own templating and tokenising. Raises GenerationError and
    CapacityError only.
    """

    def generate(
        self, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> AsyncGenerator[list[Event], None]: ...

    async def close(self) -> None:
        """End all requests with EngineClosed and free what the backend holds."""
        ...
