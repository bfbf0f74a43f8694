"""What the name of a model means: a card, or a finetune of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from understudy.catalog.card import ModelCard
from understudy.dialects.deepinfra_refusals import DEPLOYMENT, UnknownDeployment, check_version
from understudy.errors import UnknownAdapter, UnknownModel
from understudy.models.finetunes import FinetuneStore
from understudy.server.adapted import find_adapter


class Cards(Protocol):
    """What the server asks of the catalogue. ``get`` raises UnknownModel."""

    def get(self, name: str) -> ModelCard: ...

    def __iter__(self) -> Iterator[ModelCard]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """The card that answers, and the id of the finetune of it that was meant, if one was."""

    card: ModelCard
    finetune: str | None = None


Naming = Callable[[Cards, FinetuneStore, str, str], Named]
"""Finds what a name means to a caller (the id of a key). Raises UnknownModel. Thread-safe."""


def exact(cards: Cards, finetunes: FinetuneStore, name: str, caller: str) -> Named:
    """A card's own name."""
    return Named(cards.get(name))


def deepinfra(cards: Cards, finetunes: FinetuneStore, name: str, caller: str) -> Named:
    """A card's name or a finetune's, whole or followed by ``:`` and a version.

    Where no name is spelled like this, letters may be of either case, for clients that change it.
    Raises UnknownModel, for a deployment and for another version by name, and AdapterIncomplete.
    """
    if name.startswith(DEPLOYMENT):
        raise UnknownDeployment(name)
    found = _find(cards, finetunes, name, caller)
    if found is not None:
        return found
    base, _, version = name.rpartition(":")
    found = _find(cards, finetunes, base, caller) if base else None
    if found is None:
        raise UnknownModel(name)
    check_version(found.card, version, "model")
    return found


def _find(cards: Cards, finetunes: FinetuneStore, name: str, caller: str) -> Named | None:
    try:
        return Named(cards.get(name))
    except UnknownModel:
        pass
    try:
        finetune = find_adapter(finetunes, name, caller)
    except UnknownAdapter:
        finetune = None
    if finetune is not None:
        return Named(cards.get(finetune.model), finetune.id)
    alike = [card for card in cards if card.name.casefold() == name.casefold()]
    return Named(alike[0]) if len(alike) == 1 else None
