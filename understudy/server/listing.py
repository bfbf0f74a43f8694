"""What there is: OpenAI's model list and the Workers AI catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.openai_models import model_list, model_object
from understudy.dialects.sse import to_json
from understudy.errors import InvalidField, UnsupportedField
from understudy.server.auth import Credentials, authenticate
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services

_PER_PAGE = 50
_MOST_PER_PAGE = 100
_FILTERS = {"page", "per_page", "search", "author", "task", "source", "hide_experimental"}
_DIGITS = re.compile("[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class _Listing:
    """A route that shows cards to whoever holds a key."""

    services: Services
    credentials: Credentials

    async def __call__(self, exchange: Exchange) -> None:
        key = self.credentials(exchange.request_headers)
        exchange.caller = authenticate(self.services.keys, key, "run").id
        await exchange.answer(to_json(self.body(exchange)))

    def body(self, exchange: Exchange) -> dict[str, Any]:
        raise NotImplementedError


class OpenAIList(_Listing):
    """``GET …/models``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        return model_list(self.services.catalog)


class OpenAIModel(_Listing):
    """``GET …/models/{model}``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        return model_object(self.services.catalog.get(exchange.path_params["model"]))


class WorkersSearch(_Listing):
    """``GET …/ai/models/search``: filtered, in pages; past the last one ``result`` is empty,
    which is what ends the loops of Cloudflare's own SDKs."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        query = _query(exchange)
        page = _number(query, "page", 1, 1_000_000)
        per_page = _number(query, "per_page", _PER_PAGE, _MOST_PER_PAGE)
        shy = _flag(query, "hide_experimental")
        found = [
            card
            for card in self.services.catalog
            if _matches(card, query) and not (shy and card.beta)
        ]
        shown = found[(page - 1) * per_page : page * per_page]
        return {
            "result": [_workers_model(card) for card in shown],
            "success": True,
            "errors": [],
            "messages": [],
            "result_info": {
                "page": page,
                "per_page": per_page,
                "count": len(shown),
                "total_count": len(found),
            },
        }


def _query(exchange: Exchange) -> Mapping[str, str]:
    """Raises UnsupportedField for whatever could not be honoured."""
    query = exchange.query
    for name in query.keys() - _FILTERS:
        raise UnsupportedField(name)
    return query


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= most:
        raise InvalidField(name, f"'{name}' must be a whole number from 1 to {most}.")
    return int(text)


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidField(name, f"'{name}' must be true or false.")
    return text == "true"


def _matches(card: ModelCard, query: Mapping[str, str]) -> bool:
    author = card.name.removeprefix("@").split("/")[-2:][0]
    return (
        query.get("search", "").lower() in f"{card.name} {card.description}".lower()
        and query.get("author", author).lower() == author.lower()
        and query.get("task", card.task.name).lower() == card.task.name.lower()
        and query.get("source", str(card.source)) == str(card.source)
    )


def _workers_model(card: ModelCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "source": card.source,
        "name": card.name,
        "description": card.description,
        "task": {
            "id": card.task.id,
            "name": card.task.name,
            "description": card.task.description,
        },
        "created_at": card.created_at,
        "tags": list(card.tags),
        "properties": [dict(entry) for entry in card.properties],
    }
