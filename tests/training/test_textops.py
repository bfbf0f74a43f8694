"""Copies are exact, orders are laid out with their text whole, and what is done to text is done."""

import re

import pytest

from tests.training.items import (
    Maker,
    docs_of,
    has_many_forms,
    obeys_the_rules_of_all_items,
    turns_of,
)
from training.corpus import copying, spelling, textops, workchats
from training.corpus.asking import LAYOUTS, hand
from training.corpus.copying import KINDS, TEST_LENGTH, WORDS, text_of
from training.corpus.pen import Pen
from training.corpus.words import CITIES, NAMES

SKILLS = {**copying.SKILLS, **spelling.SKILLS, **textops.SKILLS, **workchats.SKILLS}


@pytest.mark.parametrize(("skill", "maker"), SKILLS.items())
def test_items_are_sound(skill: str, maker: Maker) -> None:
    obeys_the_rules_of_all_items(maker, skill)


@pytest.mark.parametrize("maker", SKILLS.values(), ids=list(SKILLS))
def test_there_are_hundreds_of_forms(maker: Maker) -> None:
    has_many_forms(maker)


def test_an_order_holds_its_text_whole_in_every_layout() -> None:
    pen = Pen("layouts")
    shown = {hand(pen, "copy this", "a {b} c.") for _ in range(2000)}
    assert len(shown) > len(set(LAYOUTS))
    assert all("a {b} c." in user for user in shown)


@pytest.mark.parametrize("held_out", [False, True])
def test_copies_of_the_test_have_thirty_characters_and_stand_in_the_prompt(held_out: bool) -> None:
    for doc in docs_of(copying.copying, 500, held_out):
        asked, answer = turns_of(doc)[0]
        assert len(answer) == TEST_LENGTH == 30
        assert answer in asked


def test_a_text_has_the_length_that_is_wanted_and_no_mark_that_layouts_use() -> None:
    pen = Pen("lengths")
    for length in list(range(1, 80)) * 5:
        text = text_of(pen, length)
        assert len(text) == length
        assert text == text.strip()
        assert not set('"`\n') & set(text)


def test_what_is_copied_has_many_shapes() -> None:
    made = [copying.copying(Pen(f"shape {i}")).answer for i in range(600)]
    assert len(KINDS) >= 10
    assert sum(text.replace(" ", "").isdigit() for text in made) >= 6
    assert sum(text.replace(" ", "").isalpha() for text in made) >= 60
    assert sum("_" in text for text in made) >= 6
    assert sum(not text.isascii() for text in made) >= 3
    assert len({mark for text in made for mark in text if not mark.isalnum()}) >= 15


def test_what_is_picked_stands_in_the_prompt() -> None:
    for doc in docs_of(copying.pick_line, 300):
        asked, answer = turns_of(doc)[0]
        assert answer in asked
    for doc in docs_of(textops.pick_item, 300):
        asked, answer = turns_of(doc)[0]
        assert answer.split(" is ")[1].rstrip(".") in asked


def parts(text: str) -> list[str]:
    return text.replace(", ", "\n").replace(" ", "\n").splitlines()


def test_sorted_is_sorted() -> None:
    for doc in docs_of(textops.sort_words, 300):
        asked, answer = turns_of(doc)[0]
        assert parts(answer) == sorted(parts(answer))
        assert all(word in asked for word in parts(answer))
    for doc in docs_of(textops.sort_numbers, 300):
        row = [int(part) for part in parts(turns_of(doc)[0][1])]
        assert row in (sorted(row), sorted(row, reverse=True))


def test_reversed_is_the_list_from_its_end() -> None:
    for doc in docs_of(textops.reverse, 300):
        asked, answer = turns_of(doc)[0]
        between = "\n" if "\n" in answer else ", " if ", " in answer else " "
        assert between.join(answer.split(between)[::-1]) in asked


def test_another_case_changes_nothing_but_the_case() -> None:
    for doc in docs_of(textops.upper, 300):
        asked, answer = turns_of(doc)[0]
        assert answer.lower() in asked.lower()
        assert answer in (answer.upper(), answer.lower(), answer.title())


def test_letters_are_those_of_the_word() -> None:
    for doc in docs_of(spelling.spell_out, 300):
        asked, answer = turns_of(doc)[0]
        assert all(line.replace("-", "") in asked.upper() for line in answer.splitlines())
    for doc in docs_of(spelling.nth_letter, 300):
        spelt, said = turns_of(doc)[0][1].split(": the ")
        letters = spelt.split("-")
        where = [*spelling.ORDINALS, "last"].index(said.split(" ")[0])
        assert said.endswith(f"is {letters[-1 if where == 6 else where]}.")
    for doc in docs_of(spelling.letter_count, 300):
        spelt, said = turns_of(doc)[0][1].split(" has ")
        assert said == f"{len(spelt.split('-'))} letters."


def test_the_letters_of_listed_words_are_not_asked_in_the_test() -> None:
    """A held-out word may be a token whose letters training never showed."""
    pen = Pen("letters", held_out=True)
    assert not {spelling.spellable(pen) for _ in range(500)} & {*WORDS, *NAMES, *CITIES}


def test_what_a_list_chat_says_of_its_list_holds() -> None:
    for doc in docs_of(workchats.list_chat, 200):
        turns = turns_of(doc)
        told = turns[0][0] + " ".join(asked for asked, _ in turns)
        for asked, answer in turns:
            said = re.fullmatch(r"The \w+ item is (.+)\.|(?:Yes, )?(\w+) is in the list\.", answer)
            if said:
                assert (said[1] or said[2]).lower() in told.lower()  # a sentence may begin with it
            if answer.startswith("No, "):
                assert answer.split(" ")[1] in asked


def test_a_looked_up_line_is_the_one_with_its_label() -> None:
    for doc in docs_of(workchats.line_chat, 200):
        turns = turns_of(doc)
        lines = turns[0][0].splitlines()
        for _, answer in turns:
            assert any(line.endswith(f" {answer}") for line in lines)


def test_numbers_in_a_chat_are_ordered_as_asked() -> None:
    for doc in docs_of(workchats.numbers_chat, 200):
        turns = turns_of(doc)
        row = [int(n) for n in re.findall(r"\d+", turns[0][0])]
        for _, answer in turns:
            if answer.endswith("is the largest."):
                assert answer == f"{max(row)} is the largest."
            if "," in answer:
                assert sorted(map(int, answer.split(", "))) == sorted(row)
