"""OpenAI's model list, from the catalogue's cards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from understudy.catalog.card import ModelCard


def model_list(cards: Iterable[ModelCard]) -> dict[str, Any]:
    """``GET /v1/openai/models``, in the order of ``cards``."""
    return {"object": "list", "data": [model_object(card) for card in cards]}


def model_object(card: ModelCard) -> dict[str, Any]:
    """``GET /v1/openai/models/{model}``. Prices are US dollars per million tokens, 0 where
    the card has none; ``max_tokens`` is the largest that a request may ask for."""
    prices = card.prices
    return {
        "id": card.name,
        "object": "model",
        "created": epoch(card.created_at),
        "owned_by": card.author,
        "root": card.name,
        "parent": None,
        "metadata": {
            "description": card.description,
            "context_length": card.context_limit,
            "max_tokens": card.context_limit,
            "pricing": {
                "input_tokens": prices.input if prices else 0.0,
                "output_tokens": prices.output if prices else 0.0,
            },
            "tags": list(card.tags),
        },
    }


def epoch(created_at: str) -> int:
    """Seconds; the cards' dates carry no zone and are UTC."""
    created = datetime.fromisoformat(created_at)
    return int((created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp())
