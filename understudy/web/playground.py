"""The page on which a person tries models. What it does, it does through the public routes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.server.exchange import Exchange
from understudy.web.models import Model, Models
from understudy.web.pages import Context


@dataclass(frozen=True, slots=True)
class Choice:
    """A model to choose. ``adapters`` is the model whose adapters fit whoever answers."""

    name: str
    label: str
    schema: str
    adapters: str


def show_models(models: Models) -> Callable[[Exchange], Context]:
    """What the page shows: every model, the bundled one first, and what each of them takes."""

    def context(exchange: Exchange) -> Context:
        return {"models": [_choice(m) for m in sorted(models.every(), key=_bundled_first)]}

    return context


def _bundled_first(model: Model) -> bool:
    return not model.card.bundled


def _choice(model: Model) -> Choice:
    label = model.name
    if model.stood_in_by:
        label += f" ({model.stood_in_by} stands in)"
    elif model.can_be_pulled:
        label += f" ({model.state})"
    adapters = model.stood_in_by or model.name
    return Choice(model.name, label, _compact(model.card.input_schema), adapters)


def _compact(schema: Mapping[str, Any]) -> str:
    """The schema with its keys in the card's order, in which the controls stand, too."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
