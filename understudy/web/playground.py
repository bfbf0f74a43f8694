"""The page on which a person tries models. What it does, it does through the public routes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.server.exchange import Exchange


def show_models(catalog: Iterable[ModelCard]) -> Callable[[Exchange], dict[str, Any]]:
    """What the page shows: every model, the bundled one first, and what each of them takes."""

    def context(exchange: Exchange) -> dict[str, Any]:
        # Jinja's own filter would sort the keys, and controls stand in the card's order.
        models = sorted(catalog, key=lambda card: not card.bundled)
        return {"models": [(card.name, _compact(card.input_schema)) for card in models]}

    return context


def _compact(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
