"""The catalogue: names, order, and an owner's own cards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from understudy.catalog.fields import CardError
from understudy.catalog.registry import CARDS, Catalog
from understudy.errors import ConfigError, UnknownModel

ORIGINAL = (CARDS / "tinyllama-1.1b-chat-v1.0.md").read_text("utf-8")
DATED = "planned_deprecation_date"
NAME = "@cf/tinyllama/tinyllama-1.1b-chat-v1.0"


def owner(tmp_path: Path, text: str, file: str = "mine.md") -> Path:
    (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_cards_are_listed_from_high_weight_to_low_then_by_name() -> None:
    cards = list(Catalog.load())
    assert cards == sorted(cards, key=lambda card: (-card.weight, card.name))
    weights = {card.name: card.weight for card in cards}
    assert weights["@cf/meta/llama-2-7b-chat-fp16"] == 100
    assert weights["@cf/openchat/openchat-3.5-0106"] == 0, "a card without a weight counts as 0"
    assert cards[0].bundled, "the model that always works comes first"


def test_an_unknown_name_is_an_unknown_model() -> None:
    with pytest.raises(UnknownModel, match="There is no model @cf/none"):
        Catalog.load().get("@cf/none")


def test_names_are_matched_exactly() -> None:
    catalog = Catalog.load()
    assert NAME in catalog
    assert NAME.upper() not in catalog


def test_an_owners_card_is_added(tmp_path: Path) -> None:
    folder = owner(tmp_path, ORIGINAL.replace(NAME, "@me/mine"))
    catalog = Catalog.load(folder)
    assert len(catalog) == len(Catalog.load()) + 1
    assert catalog.get("@me/mine").repo == "TinyLlama/TinyLlama-1.1B-Chat-v1.0"


def test_an_owners_card_replaces_ours_of_the_same_name(tmp_path: Path) -> None:
    folder = owner(tmp_path, ORIGINAL.replace('revision: "main"', 'revision: "abc"'))
    catalog = Catalog.load(folder)
    assert catalog.get(NAME).revision == "abc"
    assert len(catalog) == len(Catalog.load())


def test_a_missing_folder_of_cards_adds_nothing(tmp_path: Path) -> None:
    assert len(Catalog.load(tmp_path / "cards")) == len(Catalog.load())


def test_an_owners_template_may_be_a_file_beside_the_card_or_text_in_it(tmp_path: Path) -> None:
    text = ORIGINAL.replace("zephyr.jinja", "own.jinja")
    (tmp_path / "own.jinja").write_text("from a file")
    assert Catalog.load(owner(tmp_path, text)).get(NAME).chat_template == "from a file"
    text = ORIGINAL.replace("zephyr.jinja", "{{ messages }}")
    assert Catalog.load(owner(tmp_path, text)).get(NAME).chat_template == "{{ messages }}"
    text = re.sub(r"  chat_template: .*\n", "", ORIGINAL)
    assert Catalog.load(owner(tmp_path, text)).get(NAME).chat_template == ""


def test_two_cards_of_one_name_in_a_folder_are_refused(tmp_path: Path) -> None:
    owner(tmp_path, ORIGINAL, "a.md")
    owner(tmp_path, ORIGINAL, "b.md")
    with pytest.raises(CardError, match=r"b\.md: model\.name: is also the name in .*a\.md"):
        Catalog.load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (r"^---\nmodel", "model", r"does not start with a '---' line"),
        (r"---\n$", "", r"no '---' line after its front matter"),
        (r"model:", "model: [", r"is not YAML"),
        (r"  source: 1\n", "", r"model\.source: is missing"),
        (r"source: 1", 'source: "1"', r"model\.source: must be a whole number"),
        (r"source: 1", "source: true", r"model\.source: must be a whole number"),
        *(
            (r'"beta"\n +value: "true"', f'"{DATED}"\n      value: {day}', "an ISO date in quotes")
            for day in ("soon", '"2026-02-30"', "2026-01-01")
        ),
        (r'value: "true"', "value: 2026-02-30", "is not YAML: day is out of range"),
        (r"weight: 0", "wieght: 0", r"wieght: is not a field of a card"),
        (r"  tags: \[\]", "  tags: [1]", r"model\.tags: must hold text only"),
        (r"  tags: \[\]", "  tags: x", r"model\.tags: must be a list"),
        (r"task_type:.*", "task_type: 3", r"task_type: must be text"),
        (r'      value: "true"', "", r"model\.properties\[0\]: must have"),
        (
            r'property_id: "beta"',
            'property_id: "context_length_limit"',
            r"\[0\]\.value: must be a n",
        ),
        (r'created_at: ".*"', 'created_at: "yesterday"', r"created_at: must be an ISO date"),
        (r'created_at: ".*"', 'created_at: "2024-01-01"', r"created_at: must be an ISO date"),
        (r'name: "@cf', 'name: "@ cf', r"model\.name: must be printable ASCII"),
        (r'"type": "object",', '"type" "object"', r"json_schema\.input: is not JSON"),
        (r"input: \|", "input: '[]'\n  unused: |", r"json_schema\.unused: is not a field"),
        (r"zephyr\.jinja", "absent.jinja", r"chat_template: there is no file absent\.jinja"),
        (r"    repo: .*\n", "", r"understudy\.weights: must have either 'repo' or 'bundled'"),
        (r"context_length: 2048", "context_length: 0", r"context_length: must be 1 or more"),
        (r"eos_token_ids: \[2\]", "eos_token_ids: []", r"eos_token_ids: must be a list of token"),
        (r'"<s>": 1', '"<s>": x', r"special_tokens: must map text to token ids"),
        (r"  architecture:", "  prices: {input: -1, output: 1}\n  architecture:", r"prices\.input"),
        (
            r"  architecture:",
            "  prices: {input: .nan, output: 1}\n  architecture:",
            r"prices\.input",
        ),
        (r"understudy:", "understudy: 1\nlayoutt:", r"layoutt: is not a field"),
    ],
)
def test_a_wrong_card_names_its_file_and_field(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    text, count = re.subn(old, new, ORIGINAL, count=1)
    assert count == 1, "the change must change something"
    with pytest.raises(ConfigError, match=r"mine\.md: .*" + complaint):
        Catalog.load(owner(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(CardError, match="cannot be read"):
        Catalog.load(tmp_path)


def test_a_seed_as_published_lacks_only_our_part(tmp_path: Path) -> None:
    text = ORIGINAL[: ORIGINAL.index("understudy:")] + "---\n"
    with pytest.raises(CardError, match="understudy: is missing"):
        Catalog.load(owner(tmp_path, text))
