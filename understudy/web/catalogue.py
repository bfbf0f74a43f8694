"""The catalogue page: every model, or those that are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from understudy.server.exchange import Exchange
from understudy.server.listing import known_query
from understudy.web.models import CAPABILITIES, Model, Models
from understudy.web.pages import Context

FILTERS = ("search", "task", "author", "capability")
"""Parameters of the query; the first three mean what they mean to the catalogue's API."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter: its value in addresses, and what people read."""

    value: str
    label: str


class CataloguePage:
    """What the template shows. The script filters as this does, without asking the server."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def __call__(self, exchange: Exchange) -> Context:
        """Raises UnsupportedField for a filter that there is none of."""
        wanted = known_query(exchange, FILTERS)
        every = self._models.every()
        return {
            "models": [(model, matches(model, wanted)) for model in every],
            "found": sum(matches(model, wanted) for model in every),
            "wanted": {name: wanted.get(name, "") for name in FILTERS},
            "filters": _choices(every),
            "capabilities": CAPABILITIES,
        }


def matches(model: Model, wanted: Mapping[str, str]) -> bool:
    """Whether a model has every word of the search and is what each filter says."""
    words = wanted.get("search", "").lower().split()
    card = model.card
    return (
        all(word in model.searched for word in words)
        and wanted.get("task", "") in ("", card.task.name)
        and wanted.get("author", "") in ("", card.author)
        and (not wanted.get("capability") or wanted["capability"] in model.capabilities)
    )


def _choices(models: list[Model]) -> dict[str, list[Choice]]:
    tasks = dict.fromkeys(model.card.task.name for model in models)
    authors = sorted({model.card.author for model in models})
    capable = {name for model in models for name in model.capabilities}
    return {
        "task": [Choice(name, name) for name in tasks],
        "author": [Choice(name, name) for name in authors],
        "capability": [Choice(n, label) for n, label in CAPABILITIES.items() if n in capable],
    }
