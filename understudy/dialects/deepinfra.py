"""What is DeepInfra's own in its OpenAI-compatible routes: limits and the price of an answer."""

from __future__ import annotations

from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.deepinfra_errors import error_reply
from understudy.dialects.openai_schema import MAX_OUTPUT_WITHOUT_MAX_TOKENS
from understudy.dialects.openai_service import OpenAIService, plain_usage
from understudy.events import Usage
from understudy.request import TokenLimits


def limits(card: ModelCard) -> TokenLimits:
    """Input leaves room for one token; the answer ends where the context does."""
    return TokenLimits(
        context=card.context_limit,
        input=card.context_limit - 1,
        output=MAX_OUTPUT_WITHOUT_MAX_TOKENS,
        overflow="clamp",
    )


def cost(usage: Usage, card: ModelCard) -> float:
    """US dollars at the card's prices; 0 where it has none, so that clients can add it up.

    Cached input is counted in full: no card has a price of its own for it.
    """
    if card.prices is None:
        return 0.0
    input_cost = usage.prompt_tokens * card.prices.input
    return round((input_cost + usage.completion_tokens * card.prices.output) / 1e6, 12)


def usage_with_cost(usage: Usage, card: ModelCard) -> dict[str, Any]:
    return {**plain_usage(usage, card), "estimated_cost": cost(usage, card)}


SERVICE = OpenAIService(error=error_reply, limits=limits, usage=usage_with_cost)
