"""The frozen test set is of forms and values that no training text has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training import apart, heldout
from training.apart import sums
from training.corpus.forms import is_test_form, skeleton
from training.corpus.mix import excerpts
from training.corpus.pen import Doc, Pen, Turn
from training.heldout import touches
from training.template import prompt_text

Maker = Callable[[Pen], Doc | Turn]


def said(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def chat(*turns: str, system: str | None = None, skill: str = "any") -> Doc:
    messages = [said("system", system)] if system else []
    messages += [
        said("assistant" if at % 2 else "user", content) for at, content in enumerate(turns)
    ]
    return Doc(skill, messages, key=turns[-1])


def passage(pen: Pen) -> Turn:
    name, age = pen.invented().capitalize(), pen.number(10, 99)
    extra = " ".join(pen.pick(["and", "but", "so", "then", "now"]) for _ in range(4))
    return Turn(f"{name} is {age}. How old, {extra}, is {name}?", f"{age}.", "passage", str(age))


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    heldout.freeze(tmp_path, part=0.04, made_by={"passage": [passage]})
    return tmp_path


def test_what_is_frozen_is_read_as_it_was_written(frozen: Path) -> None:
    items = heldout.items(folder=frozen)
    assert list(items) == ["passage"]
    assert items["passage"] == heldout.draw("passage", [passage], 20)
    assert heldout.items(3, frozen)["passage"] == items["passage"][:3]
    assert len(heldout.texts(folder=frozen)) == 20


def test_a_freeze_can_be_made_again(frozen: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    heldout.freeze(other, part=0.04, made_by={"passage": [passage]})
    files = sorted(file.name for file in frozen.iterdir())
    assert files == ["passage.jsonl", "text.jsonl"]
    assert all((other / name).read_bytes() == (frozen / name).read_bytes() for name in files)


def test_items_are_of_test_forms_and_no_two_are_the_same(frozen: Path) -> None:
    items = heldout.items(folder=frozen)["passage"]
    assert all(map(is_test_form, items))
    assert len({prompt_text(doc) for doc in items}) == len(items) == 20


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    def one(pen: Pen) -> Turn:
        return Turn("Do you like it, or not, or what?", "Yes.", "copying", "Yes")

    lacking = heldout.freeze(tmp_path, part=0.01, made_by={"copying": [one]})
    assert any(line.startswith("copying: ") and "of 5 items" in line for line in lacking)
    assert "json: no module makes it" in lacking


def test_an_answer_without_its_own_key_is_not_frozen() -> None:
    def wrong(pen: Pen) -> Turn:
        return Turn(passage(pen).user, "I do not know.", "passage", "Oslo")

    with pytest.raises(ValueError, match="has not its own key"):
        heldout.draw("passage", [wrong], 1)


def test_the_corpus_offers_makers_of_items() -> None:
    found = heldout.makers()
    assert "addition" in found
    for makers in found.values():
        for maker in makers:
            assert isinstance(maker(Pen("any", held_out=True)), Doc | Turn)


def test_a_set_that_training_keeps_away_from_is_found_apart(frozen: Path) -> None:
    assert heldout.touches(heldout.items(folder=frozen)["passage"][0], heldout.skeletons(frozen))
    assert apart.check(frozen, documents=200) == []


def test_nothing_frozen_is_nothing_proved(tmp_path: Path) -> None:
    assert apart.check(tmp_path) == [f"nothing is frozen in {tmp_path}"]


def test_every_way_to_come_near_the_test_set_is_seen(tmp_path: Path) -> None:
    item = Doc("copying", [said("user", "Copy: 12"), said("assistant", "A long enough string")],
               key="A long enough string", exact=True)  # fmt: skip
    added = Doc("addition", [said("user", "What is 38 + 27?"), said("assistant", "65")], key="65")
    tool = {"type": "function", "function": {"name": "ring_bell"}}
    call = '{"name": "ring_bell", "parameters": {}}'
    called = Doc("new tool", chat("Ring it", call).messages, [tool], key=call)
    heldout._write(tmp_path / "copying.jsonl", [item])
    trained = {
        "a form": chat("Copy: 99", "no"),
        "an answer": chat("Say it", "A long enough string"),
        "a sum": chat("Is it 27 plus 38?", "no"),
        "a new tool": Doc("any", chat("Do it", "no").messages, tools=[tool]),
        "a name": chat(f"I am {min(apart.Values().names)}", "no"),
        "a whole text": chat("Hello", "no"),
    }
    for kind, doc in trained.items():
        found = apart.apart([item, added, called], [trained["a whole text"]], [doc], tmp_path)
        assert [line.split(" of the test set")[0] for line in found] == [
            f"training text has {kind}"
        ]


def test_items_that_are_there_twice_or_wrong_are_seen() -> None:
    good, wrong = chat("One?", "yes"), Doc("any", chat("Two?", "no").messages, key="yes")
    assert apart.in_themselves([good]) == []
    assert len(apart.in_themselves([good, good, wrong])) == 2


def test_sums_are_the_same_in_either_order_and_lists_are_none() -> None:
    assert sums("38+27, 27 plus 38, 1.5 + 2, 1939-03-11 +99") == {frozenset({27, 38})}
    assert sums("Which is more, 38 and 27, or 5?") == set()


def test_a_later_turn_must_not_teach_what_a_test_item_asks_alone() -> None:
    forms = frozenset({skeleton(chat("Where does Anna live?", "In Oslo."))})
    assert touches(chat("Hello", "Hi.", "Where does Ben live?", "In Rome."), forms)
    assert touches(chat("Where does Ben live?", "In Rome.", "Thanks", "Fine."), forms)
    assert not touches(chat("Hello", "Hi.", "Where did Ben live?", "In Rome."), forms)


@pytest.mark.skipif(not heldout.items(1), reason="nothing is frozen yet")
def test_the_frozen_set_is_whole_and_apart_from_training() -> None:
    counts = {skill: len(docs) for skill, docs in heldout.items().items()}
    required = {skill: counts.get(skill) for skill in heldout.REQUIRED}
    assert required == dict.fromkeys(heldout.REQUIRED, heldout.MANY)
    assert min(counts.values()) >= heldout.FEW / 2
    assert apart.check() == []


@pytest.mark.skipif(not heldout.items(1), reason="nothing is frozen yet")
def test_training_keeps_away_from_the_frozen_forms_even_where_their_hash_changes() -> None:
    assert not any(map(touches, excerpts("any", 1000)))
