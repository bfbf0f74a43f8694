"""System prompts are obeyed in every turn, and answers say only what the prompt told."""

import json
import re
from collections.abc import Callable

import pytest

from tests.training.items import (
    Maker,
    docs_of,
    has_many_forms,
    obeys_the_rules_of_all_items,
    system_of,
    turns_of,
)
from training.corpus import prompts, styles, systems
from training.corpus.facts import definition
from training.corpus.pen import Pen, Turn
from training.corpus.styles import CHARACTERS, MOODS, bare, demand

SKILLS = {**styles.SKILLS, **systems.SKILLS}


@pytest.mark.parametrize(("skill", "maker"), SKILLS.items())
def test_items_are_sound(skill: str, maker: Maker) -> None:
    obeys_the_rules_of_all_items(maker, skill)


@pytest.mark.parametrize("maker", SKILLS.values(), ids=list(SKILLS))
def test_there_are_hundreds_of_forms(maker: Maker) -> None:
    has_many_forms(maker)


def test_a_tone_is_kept_in_every_turn() -> None:
    marks = {(first, last) for _, first, last in [*CHARACTERS, *MOODS]}
    for doc in docs_of(styles.system_tone, 200):
        kept = [
            {(x, y) for x, y in marks if answer.startswith(f"{x} ") and answer.endswith(f" {y}")}
            for _, answer in turns_of(doc)
        ]
        assert set.intersection(*kept)


def test_a_json_reply_has_the_field_that_is_demanded() -> None:
    pen = Pen("json")
    for _ in range(300):
        do, apply = demand(pen, [styles._json])
        reply = json.loads(apply('It is "red" and\nblue.'))
        assert next(iter(reply.values())) == 'It is "red" and\nblue.'
        assert all(f'"{name}"' in do for name in reply)


@pytest.mark.parametrize(
    ("kind", "done"),
    [
        (styles._upper, "IT IS RED. IT IS ROUND."),
        (styles._lower, "it is red. it is round."),
        (styles._bullets, "- It is red.\n- It is round."),
        (styles._doubled, "It is red. It is round. It is red. It is round."),
        (styles._excited, "It is red! It is round!"),
        (styles._short, "It is red."),
        (styles._smiley, "It is red. It is round. :)"),
    ],
)
def test_demands_are_done(kind: Callable[[Pen], styles.Demand], done: str) -> None:
    assert demand(Pen("demand"), [kind])[1]("It is red. It is round.") == done


def test_words_to_begin_or_end_with_are_those_of_the_rule() -> None:
    pen = Pen("words")
    for _ in range(200):
        for kind in (styles._begin, styles._end, styles._both, styles._address, styles._signed):
            do, apply = demand(pen, [kind])
            first, last = apply("@").split("@")
            assert all(part.strip("!- \n") in do for part in (first, last))


def test_one_word_is_one_word_and_one_sentence_is_one_sentence() -> None:
    for doc in docs_of(styles.one_word, 200):
        assert all(re.fullmatch(r"-?\w+", answer) for _, answer in turns_of(doc))
    for doc in docs_of(styles.length, 200):
        two = "two sentences" in (system_of(doc) or turns_of(doc)[0][0])
        for _, answer in turns_of(doc):
            assert len(styles._sentences(answer)) == (2 if two else 1)


@pytest.mark.parametrize(
    ("key", "word"), [("= 4.", "4"), ("88 is", "88"), ("is lamp.", "lamp"), ("Yes", "Yes")]
)
def test_the_bare_answer(key: str, word: str) -> None:
    assert bare(Turn("", "", "", key)) == word


def test_a_rule_that_forbids_is_not_dressed_as_one_that_demands() -> None:
    pen = Pen("rules")
    for _ in range(300):
        said = prompts.stated(pen, "never say no")
        assert "lways" not in said
        assert "to never" not in said


def test_a_persona_says_what_the_prompt_told_and_nothing_else() -> None:
    own = {"Hello", "How", "My", "I"}
    for doc in docs_of(systems.persona, 300):
        told = set(re.findall(r"\w+", system_of(doc)))
        for _, answer in turns_of(doc):
            names = {w for w in re.findall(r"\w+", answer) if w[0].isupper() or w.isdigit()}
            assert names - own <= told


def test_a_shop_answers_from_its_prompt_or_says_that_it_was_not_told() -> None:
    for doc in docs_of(systems.shop, 300):
        told = system_of(doc)
        for _, answer in turns_of(doc):
            values = re.findall(r"\S+@\S+\.com|\d+", answer)
            assert all(value in told for value in values)


def test_fixed_replies_stand_in_the_prompt() -> None:
    for doc in docs_of(systems.canned, 300):
        assert all(answer in system_of(doc) for _, answer in turns_of(doc))


def test_a_secret_is_told_only_where_it_may_be() -> None:
    seen = set()
    for doc in docs_of(systems.secret, 300):
        answers = [answer for _, answer in turns_of(doc)]
        refused = any("I may not tell you" in answer for answer in answers)
        rule = r"Never (tell|say)|Do not (tell|share)|must not|Keep it|Nobody may"
        assert refused == (re.search(rule, system_of(doc)) is not None)
        seen.add(refused)
    assert seen == {True, False}


def test_turns_of_other_modules_can_be_styled() -> None:
    pen = Pen("styled")
    for _ in range(100):
        doc = systems.styled(pen, [definition(pen), definition(pen)])
        assert len(turns_of(doc)) == 2
        assert doc.key == doc.messages[-1]["content"]
