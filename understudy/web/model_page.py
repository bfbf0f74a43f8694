"""A model's own page, from its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from understudy.catalog.card import ModelCard
from understudy.models.finetune import Finetune
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services
from understudy.web.models import Models
from understudy.web.pages import Context
from understudy.web.schema_tree import forms
from understudy.web.session import CALLER, Sessions
from understudy.web.usage import address, usages
from understudy.web.words import price

_ANY_ACCOUNT = "0" * 32


class ModelPage:
    """What the template of ``/catalog/{model}`` shows."""

    PATH = "/catalog/{model:path}"

    def __init__(self, services: Services, models: Models, sessions: Sessions) -> None:
        self._services = services
        self._models = models
        self._sessions = sessions
        self._account = next(iter(services.settings.accounts), _ANY_ACCOUNT)

    def __call__(self, exchange: Exchange) -> Context:
        """Raises UnknownModel."""
        card = self._services.catalog.get(exchange.path_params["model"])
        url = address(exchange)
        schema = f"/client/v4/accounts/{self._account}/ai/models/schema?model="
        return {
            "model": self._models.of(card),
            "card": card,
            "terms": _link(card, "terms"),
            "info": _link(card, "info"),
            "prices": _prices(card),
            "usages": usages(card.name, url, self._account),
            "env_ai": self._services.settings.env_ai,
            "inputs": forms(card.input_schema),
            "outputs": forms(card.output_schema),
            "schemas": {
                "Input": _formatted(card.input_schema),
                "Output": _formatted(card.output_schema),
            },
            "raw_schema": schema + quote(card.name, safe=""),
            "adapters": self._adapters(exchange, card),
        }

    def _adapters(self, exchange: Exchange, card: ModelCard) -> list[tuple[str, Finetune]]:
        """Those that whoever sees the page may use, by what they would call them."""
        finetunes = self._services.finetunes
        found = [(finetune.public_name, finetune) for finetune in finetunes.public()]
        if self._sessions.offered(exchange.scope, exchange.request_headers):
            own = finetunes.owned(CALLER.id)
            found += [(one.name, one) for one in own if not one.public]
        return [(name, one) for name, one in found if one.model == card.name and not one.missing]


def _link(card: ModelCard, property_id: str) -> str | None:
    """An address on the card, if it is one that a browser may be led to."""
    link = card.property(property_id)
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else None


def _prices(card: ModelCard) -> list[tuple[str, str]]:
    if card.prices is not None:
        sides = (("input", card.prices.input), ("output", card.prices.output))
        return [(f"per million {side} tokens", price(dollars)) for side, dollars in sides]
    listed = card.property("price")
    if not isinstance(listed, list):
        return []
    return [(str(entry["unit"]), price(float(entry["price"]))) for entry in listed]


def _formatted(schema: Mapping[str, object]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)
