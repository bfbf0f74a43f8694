"""The table in docs/models.md says what the cards say."""

from __future__ import annotations

from pathlib import Path

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import CARDS, Catalog

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def row(card: ModelCard) -> str:
    templates = {file.read_text("utf-8"): f"`{file.name}`" for file in templates_folder()}
    cells = [
        f"`{card.name}`",
        "in the package" if card.repo is None else f"`{card.repo}`",
        str(card.context_limit),
        "" if card.input_limit is None else str(card.input_limit),
        "" if card.prices is None else f"{card.prices.input} / {card.prices.output}",
        "its own" if card.bundled else templates[card.chat_template],
    ]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def templates_folder() -> list[Path]:
    return sorted((CARDS.parent / "templates").glob("*.jinja"))


def test_the_table_lists_every_card_in_order() -> None:
    catalog = Catalog.load()
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert [line for line in rows if line.split("`")[1] in catalog] == [*map(row, catalog)]


def test_every_field_of_a_card_is_described() -> None:
    from understudy.catalog import reader

    for name in (*reader._MODEL, *reader._OURS):
        assert f"`{name}`" in PAGE or f".{name}`" in PAGE, name
