"""All cards, by name and in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from understudy.catalog.card import ModelCard
from understudy.catalog.fields import CardError
from understudy.catalog.reader import read_card
from understudy.errors import UnknownModel

CARDS = Path(__file__).with_name("cards")


class Catalog:
    """The models that every door lists and serves.

    Iteration goes from high weight to low, then by name. Hugo, whose front matter the cards
    use, counts upwards but puts pages without a weight, or with 0, last; both rules agree on
    cards of weight 0 and 100, and this one lets a card move up without renumbering the rest.
    """

    def __init__(self, cards: Iterable[ModelCard]) -> None:
        ordered = sorted(cards, key=lambda card: (-card.weight, card.name))
        self._cards = {card.name: card for card in ordered}

    @classmethod
    def load(cls, extra: Path | None = None) -> Catalog:
        """Our cards, and those in folder ``extra``, which replace ours of the same name.

        Raises CardError. A folder ``extra`` that does not exist adds nothing.
        """
        cards = _read_folder(CARDS)
        if extra is not None and extra.is_dir():
            cards |= _read_folder(extra)
        return cls(cards.values())

    def get(self, name: str) -> ModelCard:
        """The card of this exact name. Raises UnknownModel."""
        try:
            return self._cards[name]
        except KeyError:
            raise UnknownModel(name) from None

    @property
    def bundled(self) -> ModelCard:
        """The first model whose weights ship in the package: ours, which stands in for others."""
        return next(card for card in self if card.bundled)

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self._cards.values())

    def __len__(self) -> int:
        return len(self._cards)

    def __contains__(self, name: object) -> bool:
        return name in self._cards


def _read_folder(folder: Path) -> dict[str, ModelCard]:
    cards: dict[str, ModelCard] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.md")):
        card = read_card(file)
        if card.name in files:
            raise CardError(file, "model.name", f"is also the name in {files[card.name]}")
        cards[card.name], files[card.name] = card, file
    return cards
