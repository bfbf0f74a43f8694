"""The page on which a person tries models. What it does, it does through the public routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.server.exchange import Exchange


def show_models(catalog: Iterable[ModelCard]) -> Callable[[Exchange], dict[str, Any]]:
    """What the page shows: every model, the bundled one first, and what each of them takes."""

    def context(exchange: Exchange) -> dict[str, Any]:
        return {"models": sorted(catalog, key=lambda card: not card.bundled)}

    return context
