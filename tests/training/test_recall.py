"""What was told in a chat is what is answered; what was corrected or not told is known as such."""

import re

import pytest

from training.corpus.forms import ONE_IN, is_test_form, skeleton
from training.corpus.pen import Doc, Pen, Turn, is_held_out
from training.corpus.recall import NOT_TOLD, OPEN, SKILLS, not_told, recall, recall_corrected
from training.corpus.told import KINDS, VALUES, together, told
from training.corpus.words import CITIES, NAMES


def docs(skill: str, count: int = 200) -> list[Doc]:
    made = [SKILLS[skill](Pen(f"{skill} {i}", held_out=i % 3 == 0)) for i in range(count)]
    return [doc for doc in made if isinstance(doc, Doc)]


def said_before(doc: Doc) -> str:
    return " ".join(str(message["content"]) for message in doc.messages[:-1])


@pytest.mark.parametrize("skill", list(SKILLS))
def test_items_have_their_skill_and_end_with_an_answer_that_holds_the_key(skill: str) -> None:
    for doc in docs(skill):
        assert doc.skill == skill
        assert doc.key
        assert doc.messages[-1]["role"] == "assistant"
        assert doc.key in doc.messages[-1]["content"]


@pytest.mark.parametrize("skill", list(SKILLS))
def test_roles_alternate_and_no_marks_are_left(skill: str) -> None:
    for doc in docs(skill):
        roles = [m["role"] for m in doc.messages if m["role"] != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        for message in doc.messages:
            assert not set("{}[]|<>") & set(message["content"]), message


def test_the_value_that_is_asked_for_was_told() -> None:
    for skill in ("recall", "recall corrected"):
        for doc in docs(skill):
            value = str(doc.key).removeprefix("in ").removeprefix("to ").removeprefix("by ")
            value = re.sub(r"^(for|the|your|on|at) | years$", "", value)
            assert value in said_before(doc), doc


def test_what_was_corrected_is_answered_with_the_last_value() -> None:
    turned = 0
    for i in range(200):
        doc = recall_corrected(Pen(f"fix {i}"), [])
        assert doc.skill == "recall corrected"
        said = [m["content"] for m in doc.messages if m["content"].startswith("All right")]
        values = [text.removeprefix("All right, I will remember ")[:-1] for text in said]
        turned += any(value in str(doc.key) for value in values)
        assert any(value in str(doc.messages[-1]["content"]) for value in values), doc
    assert turned > 150


def test_what_nobody_told_is_not_answered() -> None:
    for i in range(200):
        doc = not_told(Pen(f"open {i}"))
        assert doc.messages[-1]["content"] == NOT_TOLD
        assert doc.skill == "not told"


def test_what_can_be_asked_untold_needs_no_other_word() -> None:
    assert len(OPEN) > 15
    assert all("{" not in KINDS[kind].question for kind in OPEN)


def test_kinds_whose_questions_could_mean_either_are_not_told_together() -> None:
    assert not together(["pet", "animal"])
    assert together(["pet", "age", "city"])
    for i in range(200):
        doc = recall(Pen(f"rival {i}"), [])
        text = said_before(doc)
        assert not ("phone number" in text and "lucky number" in text), doc


def test_every_kind_has_values_and_its_answer_marks_the_key() -> None:
    assert set(KINDS) == set(VALUES)
    for name, kind in KINDS.items():
        assert re.search("<.+>", kind.answer)
        slots = told(Pen(name), name, set())
        for template in (kind.said, kind.reply, kind.question, kind.answer):
            assert "{" not in Pen("x").say(template, **slots)


def test_other_talk_stands_between_in_the_order_given() -> None:
    between = [Turn("What is 2 + 2?", "2 + 2 = 4.", "arithmetic"), Turn("Hi", "Hello!", "talk")]
    doc = recall(Pen("between"), between)
    contents = " ".join(m["content"] for m in doc.messages)
    assert "What is 2 + 2?" in contents
    assert "Hello!" in contents


def test_what_was_said_is_repeated_word_for_word() -> None:
    for doc in docs("recall words"):
        assert doc.key in [message["content"] for message in doc.messages[:-2]]


@pytest.mark.parametrize("skill", list(SKILLS))
def test_there_are_many_forms_and_some_are_for_the_evaluation_alone(skill: str) -> None:
    forms = {skeleton(doc): is_test_form(doc) for doc in docs(skill, 400)}
    assert len(forms) > 200
    assert 0.3 < ONE_IN * sum(forms.values()) / len(forms) < 1.9


def test_training_chats_use_no_held_out_name_or_city() -> None:
    held = {value for value in [*NAMES, *CITIES] if is_held_out(value)} - {"Will"}
    for i in range(200):
        doc = recall(Pen(f"train {i}"), [])
        assert not held & set(re.findall(r"\w+", said_before(doc)))
