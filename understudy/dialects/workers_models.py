"""The Workers AI catalogue, from the cards: models, their schemas, tasks and authors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from understudy.catalog.card import ModelCard, Prices, Task
from understudy.dialects.openai_models import epoch

_PER_MILLION = (("input", "per M input tokens"), ("output", "per M output tokens"))
_SAMPLING = (
    *("temperature", "top_p", "top_k", "min_p"),
    *("repetition_penalty", "frequency_penalty", "presence_penalty"),
    *("seed", "stop", "max_tokens"),
)


def enveloped(result: Any, **info: int) -> dict[str, Any]:
    """``result`` in the service's envelope; ``info`` says where in the whole list it stands."""
    body: dict[str, Any] = {"result": result, "success": True, "errors": [], "messages": []}
    return {**body, "result_info": info} if info else body


def model_entry(card: ModelCard) -> dict[str, Any]:
    """A model as the catalogue shows it. What it costs is one of its properties there."""
    properties = [dict(entry) for entry in card.properties]
    if card.prices is not None and card.property("price") is None:
        properties.append({"property_id": "price", "value": _price(card.prices)})
    return {
        "id": card.id,
        "source": card.source,
        "name": card.name,
        "description": card.description,
        "task": task_entry(card.task),
        "created_at": card.created_at,
        "tags": list(card.tags),
        "properties": properties,
    }


def task_entry(task: Task) -> dict[str, Any]:
    return {"id": task.id, "name": task.name, "description": task.description}


def task_entries(cards: Iterable[ModelCard]) -> list[dict[str, Any]]:
    """Every task that a card has, once, in the order of ``cards``."""
    return [task_entry(task) for task in {card.task.id: card.task for card in cards}.values()]


def author_entries(cards: Iterable[ModelCard]) -> list[dict[str, Any]]:
    """Everyone who made a model, once, by name. The service does not say what else it tells."""
    return [{"name": name} for name in sorted({card.author for card in cards})]


def schema_entry(card: ModelCard) -> dict[str, Any]:
    """What a model takes and gives, as JSON schemas."""
    return {"input": card.input_schema, "output": card.output_schema}


def openrouter_entry(card: ModelCard) -> dict[str, Any]:
    """A model in the form in which OpenRouter asks its providers to list theirs.

    Prices are US dollars per token, in text. What is not known of a model is left out.
    """
    features = ["json_mode", "structured_outputs"]
    if card.property("function_calling") == "true":
        features.insert(0, "tools")
    entry: dict[str, Any] = {
        "id": card.name,
        "name": card.model_display_name,
        "created": epoch(card.created_at),
        "description": card.description,
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "context_length": card.context_limit,
        "max_output_length": card.context_limit,
        "pricing": _per_token(card.prices or Prices(0.0, 0.0)),
        "supported_sampling_parameters": list(_SAMPLING),
        "supported_features": features,
    }
    return entry if card.repo is None else {**entry, "hugging_face_id": card.repo}


def _price(prices: Prices) -> list[dict[str, Any]]:
    return [
        {"unit": unit, "price": getattr(prices, side), "currency": "USD"}
        for side, unit in _PER_MILLION
    ]


def _per_token(prices: Prices) -> dict[str, str]:
    return {"prompt": _text(prices.input), "completion": _text(prices.output)}


def _text(per_million: float) -> str:
    """A price per million tokens as one per token, in digits that nobody reads as a float."""
    return f"{per_million / 1e6:.12f}".rstrip("0").rstrip(".") or "0"
