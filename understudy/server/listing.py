"""What there is: OpenAI's model list and the Workers AI catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects import workers_models as workers
from understudy.dialects.openai_models import model_list, model_object
from understudy.dialects.sse import to_json
from understudy.dialects.workers_errors import UnservedTask
from understudy.errors import InvalidField, UnsupportedField
from understudy.server.auth import Credentials, authenticate
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services

_PER_PAGE = 50
_MOST_PER_PAGE = 1000
_MOST_SOURCES = 1_000_000
_FILTERS = ("search", "author", "task", "source", "hide_experimental", "include_deprecated")
_SEARCH = (*_FILTERS, "page", "per_page", "format")
_DIGITS = re.compile("[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Listing:
    """A route that shows cards to whoever holds a key."""

    services: Services
    credentials: Credentials

    async def __call__(self, exchange: Exchange) -> None:
        exchange.caller = self.caller(exchange)
        await exchange.answer(to_json(self.body(exchange)))

    def caller(self, exchange: Exchange) -> str:
        """The id of the key, which must have the scope ``run``."""
        key = self.credentials(exchange.request_headers)
        return authenticate(self.services.keys, key, "run").id

    def body(self, exchange: Exchange) -> Any:
        raise NotImplementedError


class OpenAIList(Listing):
    """``GET …/models``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        return model_list(map(model_object, self.services.catalog))


class OpenAIModel(Listing):
    """``GET …/models/{model}``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        return model_object(self.services.catalog.get(exchange.path_params["model"]))


class WorkersSearch(Listing):
    """``GET …/ai/models/search``: filtered, in pages; past the last one ``result`` is empty,
    which is what ends the loops of Cloudflare's own SDKs."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        query = known_query(exchange, _SEARCH)
        page = _number(query, "page", 1, 1_000_000)
        per_page = _number(query, "per_page", _PER_PAGE, _MOST_PER_PAGE)
        wanted = _Wanted(query)
        found = [card for card in self.services.catalog if wanted.has(card)]
        shown = found[(page - 1) * per_page : page * per_page]
        if _openrouter(query):
            return {"data": [workers.openrouter_entry(card) for card in shown]}
        return workers.enveloped(
            [workers.model_entry(card) for card in shown],
            page=page,
            per_page=per_page,
            count=len(shown),
            total_count=len(found),
        )


class WorkersSchema(Listing):
    """``GET …/ai/models/schema?model=…``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        name = known_query(exchange, ("model",)).get("model")
        if not name:
            raise InvalidField("model", "'model' must name a model.")
        return workers.enveloped(workers.schema_entry(self.services.catalog.get(name)))


class WorkersTasks(Listing):
    """``GET …/ai/tasks/search``: all on one page."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        known_query(exchange, ())
        return workers.enveloped(workers.task_entries(self.services.catalog))


class WorkersAuthors(Listing):
    """``GET …/ai/authors/search``: all on one page."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        known_query(exchange, ())
        return workers.enveloped(workers.author_entries(self.services.catalog))


@dataclass(frozen=True, slots=True)
class Unserved(Listing):
    """A route of the service's for ``task``, of which there are no models here."""

    task: str = ""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        raise UnservedTask(self.task)


class _Wanted:
    """The filters of a search. Raises InvalidField for one that filters by nothing."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._search = query.get("search", "").lower()
        self._author = query.get("author", "").lower()
        self._task = query.get("task", "").lower()
        source = "source" in query
        self._source = _number(query, "source", 0, _MOST_SOURCES) if source else None
        self._beta = not _flag(query, "hide_experimental")
        self._deprecated = _flag(query, "include_deprecated")
        self._today = datetime.now(UTC).date()

    def has(self, card: ModelCard) -> bool:
        ends = card.deprecated_on
        return (
            self._search in f"{card.name} {card.description}".lower()
            and self._author in ("", card.author.lower())
            and self._task in ("", card.task.name.lower())
            and self._source in (None, card.source)
            and (self._beta or not card.beta)
            and (self._deprecated or ends is None or ends > self._today)
        )


def known_query(exchange: Exchange, known: Collection[str]) -> Mapping[str, str]:
    """The query string. Raises UnsupportedField for whatever could not be honoured."""
    query = exchange.query
    for name in query:
        if name not in known:
            raise UnsupportedField(name)
    return query


def _openrouter(query: Mapping[str, str]) -> bool:
    if query.get("format", "openrouter") != "openrouter":
        raise InvalidField("format", "'format' must be openrouter, or absent.")
    return "format" in query


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
