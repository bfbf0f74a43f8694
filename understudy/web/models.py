"""What the pages say of a model: facts of its card, and how much of it is on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.models.plan import ModelStatus, describe
from understudy.models.store import ModelState, ModelStore
from understudy.web.words import size

CAPABILITIES = {
    "tools": "Tool calls",
    "lora": "LoRA",
    "beta": "Beta",
}
"""What a card may say of a model that people look for, by the name that addresses use."""

_PROPERTIES = {"tools": "function_calling", "lora": "lora", "beta": "beta"}
_STATES = {
    ModelState.BUNDLED: "bundled",
    ModelState.DOWNLOADED: "downloaded",
    ModelState.PARTIAL: "partly downloaded",
    ModelState.ABSENT: "not downloaded",
}
_SHOWN_ELSEWHERE = ("info", "terms", "price")
_NAMES = {
    "context_window": "Context window",
    "context_length_limit": "Context limit",
    "sequence_length_limit": "Input limit",
    "function_calling": "Tool calls",
    "lora": "LoRA",
    "beta": "Beta",
    "planned_deprecation_date": "Deprecated on",
}
_TOKENS = ("context_window", "context_length_limit", "sequence_length_limit")


@dataclass(frozen=True)
class Model:
    """One model as pages show it. ``elsewhere`` tells that another server computes it, and
    ``stood_in_by`` names who answers for it while it is not here."""

    card: ModelCard
    status: ModelStatus
    elsewhere: bool
    stood_in_by: str | None

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def path(self) -> str:
        return f"/catalog/{self.name}"

    @property
    def state(self) -> str:
        return "computed elsewhere" if self.elsewhere else _STATES[self.status.state]

    @property
    def here(self) -> bool:
        return self.status.state in (ModelState.BUNDLED, ModelState.DOWNLOADED)

    @property
    def can_be_pulled(self) -> bool:
        return not self.elsewhere and not self.here

    @property
    def disk(self) -> str:
        return size(self.status.disk_bytes) if self.status.disk_bytes else "none yet"

    @property
    def memory(self) -> str:
        return size(self.status.memory_bytes)

    @cached_property
    def capabilities(self) -> tuple[str, ...]:
        """Keys of CAPABILITIES."""
        return tuple(
            name for name in CAPABILITIES if self.card.property(_PROPERTIES[name]) == "true"
        )

    @property
    def properties(self) -> list[tuple[str, str]]:
        """What the card says besides what pages have a place of their own for, in words."""
        return [
            (_NAMES.get(entry["property_id"], entry["property_id"]), _said(entry))
            for entry in self.card.properties
            if entry["property_id"] not in _SHOWN_ELSEWHERE
        ]

    @property
    def searched(self) -> str:
        """All text that a search looks through, in lower case."""
        return f"{self.name} {self.card.title} {self.card.description}".lower()


class Models:
    """Every model, as it is when asked."""

    def __init__(self, settings: Settings, cards: Iterable[ModelCard]) -> None:
        self._settings = settings
        self._cards = cards
        self._store = ModelStore(settings.home)
        self._elsewhere = {upstream.model for upstream in settings.upstreams}
        self._bundled = next((card.name for card in cards if card.bundled), None)

    def every(self) -> list[Model]:
        """In the catalogue's order, without those that the service would no longer list."""
        today = date.today()
        return [
            self.of(card)
            for card in self._cards
            if card.deprecated_on is None or card.deprecated_on > today
        ]

    def of(self, card: ModelCard) -> Model:
        """Reads sizes on disk; loads nothing."""
        status = describe(card, self._store, self._settings)
        elsewhere = card.name in self._elsewhere
        absent = status.state in (ModelState.ABSENT, ModelState.PARTIAL)
        stands_in = self._settings.stand_in and absent and not elsewhere
        return Model(card, status, elsewhere, self._bundled if stands_in else None)


def _said(entry: Any) -> str:
    value = entry["value"]
    if entry["property_id"] in _TOKENS:
        return f"{int(value):,} tokens"
    return (
        {"true": "yes", "false": "no"}.get(value, value) if isinstance(value, str) else str(value)
    )
