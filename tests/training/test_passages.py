"""What is asked about a passage can be answered from it, and only what it says is answered."""

# ruff: noqa: SIM905 (word lists read best as text)

import re
from collections.abc import Iterator

import pytest

from training.corpus.forms import ONE_IN, is_test_form, skeleton
from training.corpus.passages import SKILLS, passage, passage_chat, passage_drill, questions
from training.corpus.pen import Doc, Pen, is_held_out
from training.corpus.relations import HE, PEOPLE, SHE, they
from training.corpus.scenes_more import THEMES
from training.corpus.scripts import SCRIPTS, tell
from training.corpus.telling import prose, write
from training.corpus.themes import NOT_SAID, Passage
from training.corpus.words import CITIES, NAMES

UNITS = set("in at on to from for by with about near of the a an s his her years cm".split())


def texts() -> Iterator[Passage]:
    for i in range(10):
        for theme in [PEOPLE, *THEMES]:
            yield write(Pen(f"theme {theme.subject} {i}", held_out=i % 5 == 0), theme)
        for number, script in enumerate(SCRIPTS):
            yield tell(Pen(f"script {number} {i}", held_out=i % 5 == 0), script)


def test_no_marks_of_the_grammar_are_left() -> None:
    for text in texts():
        asked = [*text.lookups, *text.checks, *text.steps]
        said = [text.text, *text.absent, *(f"{x.question} {x.answer} {x.key}" for x in asked)]
        for line in said:
            assert not set("{}[]|<>") & set(line), line
            assert not re.search("  | [.]|None", line), line


def test_every_key_stands_in_its_answer() -> None:
    for text in texts():
        for asked in [*text.lookups, *text.checks, *text.steps]:
            assert asked.key
            assert asked.key in asked.answer


def test_the_value_of_a_lookup_stands_in_the_text_or_in_the_question() -> None:
    for text in texts():
        for asked in text.lookups:
            said = f"{text.text} {asked.question} first second third last".lower()
            values = [w for w in re.findall(r"[\w:.]+", asked.key.lower()) if w not in UNITS]
            assert values
            assert any(value.removesuffix("s") in said for value in values), (text.text, asked)
            assert all(value in said for value in values if value[0].isdigit()), (text.text, asked)


def test_what_the_text_does_not_say_is_not_answered_elsewhere() -> None:
    for text in texts():
        assert not {asked.question for asked in text.lookups} & set(text.absent), text


def test_yes_is_said_of_what_is_so_and_no_of_what_is_not() -> None:
    seen: set[str] = set()
    for theme in [PEOPLE, *THEMES] * 8:
        text = write(Pen(f"yes {theme.subject} {len(seen)}"), theme)
        keys: dict[str, str] = {}
        for asked in text.lookups:  # the question for the value comes first
            keys.setdefault(asked.answer.lower(), asked.key.lower())
        for check in text.checks:
            word, rest = check.answer.split(", ", 1)
            seen.add(check.answer)
            if word == "No" and rest.lower() in keys:
                value = re.escape(keys[rest.lower()])
                assert not re.search(rf"\b{value}\b", check.question.lower()), check
    assert {answer.split(",")[0] for answer in seen} == {"Yes", "No"}


def test_a_comparison_gives_all_figures_and_draws_the_right_conclusion() -> None:
    for i in range(300):
        text = write(Pen(f"ages {i}"), PEOPLE)
        for step in text.steps:
            if "older" in step.question and "born" not in step.answer:
                ages = dict(re.findall(r"(\w+) is (\d+)\b", step.answer))
                oldest = max(ages, key=lambda name: int(ages[name]))
                assert step.key == f"so {oldest} is older"
                assert all(f"{age} years" in text.text or f"Age: {age}" in text.text
                           or str(age) in text.text for age in ages.values())  # fmt: skip
                break


def test_a_pronoun_stands_for_the_person_named_just_before() -> None:
    parts = [("Anna", "Anna lives in Oslo.", False), ("Anna", "Anna met Ida.", True),
             ("Anna", "Anna is a baker.", False), ("Ben", "Ben is old.", False)]  # fmt: skip
    made = {prose(Pen(f"p{i}"), parts, they) for i in range(200)}
    assert "Anna lives in Oslo. She met Ida. Anna is a baker. Ben is old." in made
    assert "Anna lives in Oslo and met Ida. Anna is a baker. Ben is old." in made
    assert not any("She is a baker" in text or "He" in text for text in made)


def test_names_have_one_pronoun_or_none() -> None:
    assert not SHE & HE
    assert set(NAMES) >= SHE | HE
    assert they("Sam") is None


@pytest.mark.parametrize("skill", list(SKILLS))
def test_items_of_a_skill_have_that_skill_and_end_with_their_key(skill: str) -> None:
    for i in range(200):
        doc = SKILLS[skill](Pen(f"{skill} {i}", held_out=i % 2 == 0))
        assert isinstance(doc, Doc)
        assert doc.skill == skill
        assert doc.key
        assert doc.messages[-1]["role"] == "assistant"
        assert doc.key in doc.messages[-1]["content"]


@pytest.mark.parametrize("skill", list(SKILLS))
def test_there_are_many_forms_and_some_are_for_the_evaluation_alone(skill: str) -> None:
    docs = [SKILLS[skill](Pen(f"{skill} {i}")) for i in range(400)]
    forms = {skeleton(doc): is_test_form(doc) for doc in docs if isinstance(doc, Doc)}
    assert len(forms) > 350
    assert 0.3 < ONE_IN * sum(forms.values()) / len(forms) < 1.9


def test_a_question_in_eight_has_no_answer_in_the_text() -> None:
    docs = [SKILLS["passage"](Pen(f"open {i}")) for i in range(600)]
    silent = sum(isinstance(d, Doc) and d.messages[-1]["content"] == NOT_SAID for d in docs)
    assert 0.06 < silent / 600 < 0.18


def test_questions_of_one_chat_are_not_asked_twice() -> None:
    for i in range(100):
        pen = Pen(f"twice {i}")
        asked = [item[1].question for item in questions(pen, passage(pen), 6)]
        assert asked
        assert len(asked) == len(set(asked))


def test_chats_hold_the_text_once_and_several_answers() -> None:
    for i in range(100):
        doc = passage_chat(Pen(f"chat {i}"))
        roles = [message["role"] for message in doc.messages]
        assert roles[-1] == "assistant"
        assert roles.count("user") == roles.count("assistant")
    assert len(passage_drill(Pen("drill")).messages) >= 4


def test_training_texts_use_no_held_out_name_or_city() -> None:
    held = {value for value in [*NAMES, *CITIES] if is_held_out(value)} - {"Will"}
    for i in range(200):
        said = " ".join(str(m["content"]) for m in passage_chat(Pen(f"train {i}")).messages)
        assert not held & set(re.findall(r"\w+", said))
