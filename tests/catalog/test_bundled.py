"""What a bundled model's own files say goes into its card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.prompt.tokenizers import byte_level_core
from understudy.catalog import bundled
from understudy.catalog.fields import CardError
from understudy.catalog.reader import read_card
from understudy.catalog.registry import CARDS, Catalog

CARD = next(file for file in CARDS.glob("*.md") if "bundled:" in file.read_text("utf-8"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundled, "_PACKAGE", tmp_path)
    folder = tmp_path / "house"
    folder.mkdir()
    return folder


def test_facts_come_from_the_models_files(folder: Path) -> None:
    (folder / "config.json").write_text('{"hidden_size": 8, "eos_token_id": 3}')
    (folder / "generation_config.json").write_text('{"eos_token_id": [4, 5]}')
    (folder / "chat_template.jinja").write_text("own")
    core = byte_level_core()
    core.save(str(folder / "tokenizer.json"))
    card = read_card(CARD)
    assert card.chat_template == "own"
    assert card.eos_token_ids == (4, 5)
    assert card.architecture["hidden_size"] == 8
    assert card.special_tokens["<|eot_id|>"] == core.token_to_id("<|eot_id|>")
    assert "<tool>" not in card.special_tokens


def test_without_a_generation_config_the_config_says_what_ends_an_answer(folder: Path) -> None:
    (folder / "config.json").write_text('{"eos_token_id": 3}')
    assert read_card(CARD).eos_token_ids == (3,)


def test_a_bundled_model_whose_files_are_missing_is_still_listed(folder: Path) -> None:
    card = read_card(CARD)
    assert card.bundled
    assert card.eos_token_ids == ()
    assert card.chat_template, "the card names a template to fall back on"


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_file_is_named(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(CardError, match=r"config\.json"):
        read_card(CARD)


def test_the_package_has_the_bundled_models_facts() -> None:
    card = next(card for card in Catalog.load() if card.bundled)
    files = Path(bundled.__file__).parents[1] / "house"
    assert card.architecture == json.loads((files / "config.json").read_text("utf-8"))
    assert card.chat_template == (files / "chat_template.jinja").read_text("utf-8")
    assert card.context_length <= card.architecture["max_position_embeddings"]
    assert card.eos_token_ids
    assert {card.bos_token, card.eos_token} <= set(card.special_tokens)
    assert card.special_tokens[card.eos_token] in card.eos_token_ids
