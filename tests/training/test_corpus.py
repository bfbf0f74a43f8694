"""The corpus is the same for the same seed, and keeps what is held out away from training."""

import re

import pytest

from training.corpus import words
from training.corpus.coined import Coiner
from training.corpus.mix import STAGES, document, excerpts
from training.corpus.numbers import pair_is_held_out, spell
from training.corpus.pen import Doc, Pen, is_held_out, join
from training.corpus.tool_families import SEEN
from training.corpus.words import CITIES, NAMES
from training.heldout import items


def text_of(doc: Doc) -> str:
    if doc.raw is not None:
        return doc.raw
    return "\n".join(f"{m['content']} {m.get('tool_calls', '')}" for m in doc.messages)


def test_the_same_seed_and_number_give_the_same_document() -> None:
    assert [document("s", i) for i in range(300)] == [document("s", i) for i in range(300)]


def test_another_seed_gives_other_documents() -> None:
    assert [document("s", i) for i in range(50)] != [document("t", i) for i in range(50)]


@pytest.fixture(scope="module")
def trained() -> list[Doc]:
    return list(excerpts("s", 4500))


def test_every_conversation_ends_with_an_answer(trained: list[Doc]) -> None:
    for doc in trained:
        if doc.raw is None:
            last = doc.messages[-1]
            assert last["role"] == "assistant"
            assert last["content"] or last["tool_calls"]


def test_no_template_marks_are_left_in_the_text(trained: list[Doc]) -> None:
    for doc in trained:
        text = text_of(doc).replace("[INST]", "").replace("[/INST]", "")
        if "{" not in text:  # JSON may hold brackets
            assert not set("|[") & set(text), text


def test_held_out_conversations_do_not_occur_in_training_text(trained: list[Doc]) -> None:
    """Skills that depend on values, not on the facts of the small world."""
    skills = ("passage", "recall", "json", "tool call", "tool result", "summary", "replacing")
    frozen = items()
    assert not set(map(text_of, trained)) & {text_of(doc) for s in skills for doc in frozen[s]}


def test_held_out_names_are_never_written_for_training(trained: list[Doc]) -> None:
    held = {name for name in NAMES if is_held_out(name)} - {"Will"}  # also a verb
    assert held
    text = " ".join(text_of(doc) for doc in trained if doc.skill == "recall")
    written = set(text.replace(".", " ").replace("!", " ").replace(",", " ").split())
    assert not held & written


def test_at_the_end_most_values_that_are_copied_are_in_no_list() -> None:
    """Names known by heart need no copying: a passage speaks of people that nobody knows."""

    def known(start: int) -> float:
        docs = (document("s", i) for i in range(start, start + 400))
        asked = " ".join(text_of(doc) for doc in docs if doc.skill == "passage")
        names = re.findall(r"\b([A-Z][a-z]+)'s\b", asked)
        return sum(name in NAMES for name in names) / len(names)

    *_, before, last = STAGES
    assert known(before.start) > 0.7
    assert known(last.start) < 0.6


def test_a_coined_word_looks_like_what_it_stands_for() -> None:
    pen = Pen("coined")
    coin = Coiner(pen, 1.0)
    lists = (value for value in vars(words).values() if isinstance(value, list))
    held = {item.lower() for listed in lists for item in listed if is_held_out(item)}
    for value in ("Anna", "gardening", "berries", "lamp", "the stock market"):
        for _ in range(200):
            word = coin(value)
            assert word != value
            assert len(word.split()) == len(value.split())
            assert word[0].isupper() == value[0].isupper()
            assert word.split()[-1].lower() not in held
    assert coin("gardening").endswith("ing")
    assert coin("berries").endswith("ies")
    assert Coiner(pen, 0.0)("Anna") == "Anna"


@pytest.mark.parametrize("values", [NAMES, CITIES, [n for f in SEEN for n in f.names]])
def test_both_sides_of_the_split_have_items(values: list[str]) -> None:
    held = sum(map(is_held_out, values))
    assert 0 < held < len(values) / 2


def test_a_tenth_of_the_sums_is_held_out_in_either_order() -> None:
    pairs = [(x, y) for x in range(10, 100) for y in range(10, 100)]
    held = sum(pair_is_held_out(x, y) for x, y in pairs)
    assert 0.07 < held / len(pairs) < 0.13
    assert all(pair_is_held_out(x, y) == pair_is_held_out(y, x) for x, y in pairs)
    assert not pair_is_held_out(2, 2)


def test_say_expands_nested_choices_and_fills_slots() -> None:
    pen = Pen("x")
    made = {pen.say("[a|b [c|d]] {n}", n=1) for _ in range(100)}
    assert made == {"a 1", "b c 1", "b d 1"}


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (13, "thirteen"), (40, "forty"), (42, "forty-two"), (100, "one hundred")],
)
def test_numbers_are_spelt(number: int, words: str) -> None:
    assert spell(number) == words


def test_join_reads_like_a_sentence() -> None:
    assert [join(["a"]), join(["a", "b"]), join(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
