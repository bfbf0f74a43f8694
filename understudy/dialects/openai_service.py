"""What differs between services that speak OpenAI's format: limits, ids, usage, errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.base import CallMeta, ErrorReply, Spelling
from understudy.errors import ContextOverflow, UnderstudyError
from understudy.events import Usage
from understudy.request import TokenLimits


def plain_usage(usage: Usage, card: ModelCard) -> dict[str, Any]:
    """Usage as OpenAI prints it."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def prefixed_id(prefix: str, meta: CallMeta) -> str:
    """``cmpl-<request id>``, so that an answer can be found in the log."""
    return f"{prefix}-{meta.request_id}"


def no_headers(meta: CallMeta, card: ModelCard, usage: Usage | None) -> Mapping[str, str]:
    return {}


class OutputTooLong(ContextOverflow):
    """More tokens asked for, in ``field`` as the caller wrote it, than the context has at all."""

    def __init__(self, field: str, max_tokens: int, limit: int) -> None:
        super().__init__(0, max_tokens, limit)
        self.field = field


@dataclass(frozen=True, slots=True)
class OpenAIService:
    """One service's choices. ``answer_id`` gets ``cmpl`` or ``chatcmpl``; ``headers`` gets no
    usage for a stream, whose headers leave before it is known."""

    error: Callable[[UnderstudyError, CallMeta, Spelling], ErrorReply]
    limits: Callable[[ModelCard], TokenLimits]
    usage: Callable[[Usage, ModelCard], dict[str, Any]] = plain_usage
    answer_id: Callable[[str, CallMeta], str] = prefixed_id
    headers: Callable[[CallMeta, ModelCard, Usage | None], Mapping[str, str]] = no_headers

    def limits_for(
        self, card: ModelCard, max_tokens: int | None, field: str = "max_tokens"
    ) -> TokenLimits:
        """The card's limits. Raises OutputTooLong where ``max_tokens`` alone cannot fit; the
        caller wrote it in ``field``.

        Where limits clamp, nobody below would say so: an answer that long is impossible
        whatever the input, so it is a mistake and not a wish for "as much as fits".
        """
        limits = self.limits(card)
        clamped = limits.overflow == "clamp" and limits.context is not None
        if clamped and max_tokens is not None and max_tokens > (limits.context or 0):
            raise OutputTooLong(field, max_tokens, limits.context or 0)
        return limits
