"""Sums are true, unseen pairs stay unseen, and counting and comparing say what holds."""

import re
from itertools import pairwise

import pytest

from tests.training.items import (
    Maker,
    docs_of,
    has_many_forms,
    obeys_the_rules_of_all_items,
    turns_of,
)
from training.corpus import counting, numbers
from training.corpus.numbers import pair_is_held_out, plural_of, spell, worked

SKILLS = {**numbers.SKILLS, **counting.SKILLS}
SUM = re.compile(r"(-?\d+) ([-+*/]) (\d+)")


def value(text: str) -> int:
    match = SUM.fullmatch(text)
    if not match:
        return int(text)
    x, op, y = int(match[1]), match[2], int(match[3])
    return {"+": x + y, "-": x - y, "*": x * y, "/": x // y if y else 0}[op]


@pytest.mark.parametrize(("skill", "maker"), SKILLS.items())
def test_items_are_sound(skill: str, maker: Maker) -> None:
    obeys_the_rules_of_all_items(maker, skill)


@pytest.mark.parametrize("maker", SKILLS.values(), ids=list(SKILLS))
def test_there_are_hundreds_of_forms(maker: Maker) -> None:
    has_many_forms(maker)


@pytest.mark.parametrize("op", ["+", "-"])
def test_every_side_of_a_worked_sum_has_the_same_value(op: str) -> None:
    for x in range(100):
        for y in range(100):
            sides = worked(x, op, y).split(" = ")
            assert len({value(side) for side in sides}) == 1
            assert sides[0] == f"{x} {op} {y}"
            assert sides[-1] == str(value(sides[0]))


def test_two_numbers_with_tens_and_ones_are_added_in_steps_of_which_none_is_a_held_out_pair() -> (
    None
):
    assert worked(17, "+", 26) == "17 + 26 = 37 + 6 = 43"
    assert worked(43, "-", 26) == "43 - 26 = 23 - 6 = 17"
    assert worked(2, "+", 2) == "2 + 2 = 4"
    for x in range(11, 100):
        for y in range(11, 100):
            for step in worked(x, "+", y).split(" = ")[1:-1]:
                first, second = map(int, step.split(" + "))
                assert not pair_is_held_out(first, second)


@pytest.mark.parametrize("maker", [numbers.addition, numbers.sums, numbers.word_sum])
def test_training_never_adds_a_held_out_pair(maker: Maker) -> None:
    for doc in docs_of(maker, 1500):
        for x, op, y in SUM.findall(doc.messages[-1]["content"]):
            assert op != "+" or not pair_is_held_out(int(x), int(y))


def test_all_additions_of_the_test_are_held_out_pairs() -> None:
    for doc in docs_of(numbers.addition, 300, held_out=True):
        x, _, y = SUM.findall(doc.messages[-1]["content"])[0]
        assert pair_is_held_out(int(x), int(y))


def test_the_question_holds_the_numbers_that_the_answer_takes() -> None:
    for maker in (numbers.addition, numbers.subtraction, numbers.multiplication, numbers.division):
        for doc in docs_of(maker, 300):
            asked, answer = turns_of(doc)[0]
            for number in SUM.findall(answer)[0][::2]:
                assert number in asked or spell(int(number)) in asked.lower()


def test_comparing_names_the_number_that_holds() -> None:
    for doc in docs_of(counting.compare, 400):
        asked, answer = turns_of(doc)[0]
        row = [int(n) for n in re.findall(r"\d+", asked)]
        least = any(word in answer for word in ("small", "less", "lowest"))
        assert answer.startswith(f"{(min if least else max)(row)} is ")


def test_yes_and_no_are_true() -> None:
    for doc in docs_of(counting.yes_no, 400):
        asked, answer = turns_of(doc)[0]
        row = [int(n) for n in re.findall(r"\d+", asked)]
        if len(row) == 1:
            holds = (row[0] % 2 == 0) == ("even" in asked)
        else:
            less = "less" in asked or "smaller" in asked
            holds = row[0] < row[1] if less else row[0] > row[1]
        assert answer.startswith("Yes" if holds else "No")


def test_counting_reaches_from_the_first_number_to_the_last_in_equal_steps() -> None:
    for doc in docs_of(counting.count, 400):
        asked, answer = turns_of(doc)[0]
        row = [int(n) for n in answer.split(", ")]
        assert len({y - x for x, y in pairwise(row)}) == 1
        assert str(row[-1]) in asked or spell(row[-1]) in asked


def test_words_and_digits_of_a_number_belong_together() -> None:
    for doc in docs_of(counting.number_word, 300):
        asked, answer = turns_of(doc)[0]
        spelt = ", ".join(spell(int(n)) for n in re.findall(r"\d+", asked))
        assert answer == spelt or ", ".join(map(spell, map(int, answer.split(", ")))) in asked


@pytest.mark.parametrize(
    ("word", "plural"),
    [("lamp", "lamps"), ("box", "boxes"), ("key", "keys"), ("pony", "ponies"), ("mouse", "mice")],
)
def test_plurals(word: str, plural: str) -> None:
    assert plural_of(word) == plural
