"""Regular expressions hold the whole answer, and say what Python's ``re`` says."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decode.constrained import BYTE_LEVEL, METASPACE, MODELS, Model, ids
from understudy.decode.constrain.pattern import look
from understudy.request import Regex

PATTERNS = [
    "",
    "a|",
    "ab+c?",
    "(cat|dog)s?",
    "[a-c]{2,4}",
    "\\d{3}-[\\w]+?",
    "[^a-z ]+",
    "(?i)yes|no",
    "a.b",
    "(?s)a.b",
    "é[🦙東]",
    "<s>|</s>|<\\|eot_id\\|>",
    'x/y\\/"z"',
    "line\nline",
    " (a|b) ",
    "(a*b*)*c",
    "\\p{Lu}x",
    "[\\]\\[()]+",
]
TRANSLATED = {"\\p{Lu}x": "[A-ZÉ]x", "\\d{3}-[\\w]+?": "\\d{3}-\\w+"}
"""What Python's dialect lacks, and classes that grow with each version of Unicode."""


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in TRANSLATED])
def test_answers_match_the_whole_pattern(pattern: str, model: Model) -> None:
    for seed in range(3):
        answer = model.walk(Regex(pattern), seed, length=10)
        assert re.fullmatch(pattern, answer), answer


SAMPLES = [
    "",
    "a",
    "ab",
    "abc",
    "abbc",
    "cat",
    "dogs",
    "aac",
    "cabba",
    "123-x_9",
    "Ab",
    "YES",
    "nO",
]
SAMPLES += [
    "a b",
    "a\nb",
    "axb",
    "é🦙",
    "é東",
    "<s>",
    "</s>",
    "<|eot_id|>",
    'x/y/"z"',
    "line\nline",
]
SAMPLES += [" a ", "a ", "aabbc", "c", "Éx", "Ax", "ax", "[]", "(", "AB!", "1", "catdog", "xcat"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_is_an_answer_if_it_matches(pattern: str) -> None:
    reference = re.compile(TRANSLATED.get(pattern, pattern))
    for sample in SAMPLES:
        assert BYTE_LEVEL.takes(Regex(pattern), sample) == bool(reference.fullmatch(sample)), sample


@pytest.mark.parametrize("pattern", ["^ab$", "^a|b$", "\\Aab\\z"])
def test_anchors_at_the_ends_change_nothing(pattern: str) -> None:
    bare = pattern.strip("^$").removeprefix("\\A").removesuffix("\\z")
    for sample in SAMPLES:
        assert BYTE_LEVEL.takes(Regex(pattern), sample) == BYTE_LEVEL.takes(Regex(bare), sample)


parts = st.sampled_from(["a", "b", "ab", "[ab]", "[^a]", "a*", "b?", "(a|ba)", "(b|aa)+", "a{1,2}"])


@settings(deadline=None)
@given(st.lists(parts, min_size=1, max_size=4).map("".join))
def test_patterns_agree_with_re_on_all_short_texts(pattern: str) -> None:
    for length in range(4):
        for letters in itertools.product("abc", repeat=length):
            text = "".join(letters)
            assert BYTE_LEVEL.takes(Regex(pattern), text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize("model", [BYTE_LEVEL, METASPACE], ids=["byte-level", "metaspace"])
def test_the_mask_holds_every_token_that_leads_to_an_answer_and_no_other(model: Model) -> None:
    """Against all continuations of a pattern that allows a few hundred texts."""
    answers = {
        first + second + third
        for first in ("the", " the", "The", "a", "")
        for second in (" dog", " d", "\n", "é", "東")
        for third in ("", " sleeps", ".", "🦙")
    }
    pattern = "(the| the|The|a|)( dog| d|\n|é|東)(| sleeps|\\.|🦙)"
    encoded = {answer.encode() for answer in answers}
    beginnings = {text[:end] for text in encoded for end in range(len(text) + 1)}
    for answer in sorted(answers):
        matcher = model.compile(Regex(pattern)).matcher()
        done = b""
        for byte in answer.encode():
            expected = {
                token for token in model.plain if done + model.tokenizer.piece(token) in beginnings
            }
            if done in encoded:
                expected |= set(model.eos)
            allowed = set(ids(matcher))
            assert allowed <= expected
            # Where one token must come, the tokenizer's own spelling is asked for.
            assert allowed == expected or list(allowed) == list(matcher.forced())[:1]
            done += bytes([byte])
            assert matcher.accept(model.by_byte[bytes([byte])])


@pytest.mark.parametrize(
    ("pattern", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("a{3}", 3),
        ("a{2,5}", 5),
        ("a{2,}", 2),
        ("(ab){10}", 20),
        ("((a{10}){10}){10}", 1000),
        ("[a-z]{4}", 4),
        ("[]a]{4}", 4),
        ("[^]]{4}", 4),
        ("[[:alpha:]]{3}", 3),
        ("[\\]]{3}", 3),
        ("\\p{Lu}{3}", 3),
        ("\\x{41}{3}", 3),
        ("\\{3}", 3),
        ("a|b", 2),
        ("(a", 1),
        ("a)", 2),
        ("[a", 1),
        ("a{x}", 4),
    ],
)
def test_a_patterns_size_is_that_of_its_counts_written_out(pattern: str, size: int) -> None:
    assert look(pattern).size == size


@pytest.mark.parametrize("pattern", ["[^\\x00-\\x1f]", ".", "\\s", "[a\\x01]", "\\n\\t", "[^a]"])
def test_control_characters_among_others_are_no_reason_to_refuse(pattern: str) -> None:
    assert not look(pattern).control
