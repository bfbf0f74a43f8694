"""OpenAI's model list, from the catalogue's cards and the finetunes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from understudy.catalog.card import ModelCard

LORA = "lora"
"""The tag of what is an adapter of another model."""

SURFACES = ("chat", "prompt_cache")
"""Tags by which clients of the service find what they can use: every model chats, over a cache of
prompts."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that is named as a model: ``name`` is what its caller calls it, ``own`` whether it
    is the caller's, ``created_at`` in ISO 8601."""

    name: str
    description: str
    created_at: str
    public: bool
    own: bool

    def tags(self, card: ModelCard) -> list[str]:
        """Those of its model, and what it is itself."""
        return [*card.tags, LORA]


def model_list(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """``GET /v1/openai/models``, in the order of ``entries``."""
    return {"object": "list", "data": list(entries)}


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
            "tags": [*card.tags, *SURFACES],
        },
    }


def adapter_object(adapter: Adapter, card: ModelCard) -> dict[str, Any]:
    """An adapter of ``card`` in the same form: what it answers with is its ``root`` and
    ``parent``, and costs what that does."""
    base = model_object(card)
    return {
        **base,
        "id": adapter.name,
        "created": epoch(adapter.created_at),
        "owned_by": "you" if adapter.own else "public",
        "parent": card.name,
        "metadata": {
            **base["metadata"],
            "description": adapter.description,
            "tags": [*base["metadata"]["tags"], LORA],
        },
    }


def epoch(created_at: str) -> int:
    """Seconds; the cards' dates carry no zone and are UTC."""
    created = datetime.fromisoformat(created_at)
    return int((created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp())
