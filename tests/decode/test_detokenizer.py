"""The text of a stream of tokens is the text of all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, models
from tokenizers import Tokenizer as Core

from tests.prompt.tokenizers import KINDS, TEXTS
from understudy.decode.detokenizer import Detokenizer
from understudy.prompt.tokenizer import Tokenizer

kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]
IDS = st.lists(st.integers(0, max(t.vocab_size for t in KINDS.values()) + 50), max_size=30)


def stream(tokenizer: Tokenizer, ids: list[int], prompt: list[int] | None = None) -> str:
    detokenizer = Detokenizer(tokenizer, prompt or [])
    return "".join(map(detokenizer.push, ids)) + detokenizer.flush()


@kinds
@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(TEXTS))
def test_streamed_text_is_the_whole_decode(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert stream(tokenizer, ids) == tokenizer.decode(ids)


@kinds
@settings(deadline=None)
@given(ids=IDS)
def test_random_tokens_decode_as_a_whole_does_where_that_is_text(
    tokenizer: Tokenizer, ids: list[int]
) -> None:
    streamed, whole = stream(tokenizer, ids), tokenizer.decode(ids)
    if "\ufffd" not in whole or tokenizer is BYTE_LEVEL:
        assert streamed == whole
    else:
        assert "\ufffd" in streamed


@kinds
@settings(deadline=None)
@given(ids=IDS, prompt=IDS)
def test_after_a_prompt_the_text_is_what_the_whole_gains(
    tokenizer: Tokenizer, ids: list[int], prompt: list[int]
) -> None:
    before, whole = tokenizer.decode(prompt), tokenizer.decode(prompt + ids)
    if "\ufffd" not in before + whole and before.strip():
        assert before + stream(tokenizer, ids, prompt) == whole


def test_a_leading_space_is_dropped_only_where_no_text_stands_before() -> None:
    hello = METASPACE.encode("Hello", add_bos=False)
    assert stream(METASPACE, hello, [1]) == "Hello"
    assert stream(METASPACE, hello, [1, *METASPACE.encode("dog")]) == " Hello"


def test_half_a_character_is_held_back_until_it_is_whole() -> None:
    ids = BYTE_LEVEL.encode("語", add_bos=False)
    detokenizer = Detokenizer(BYTE_LEVEL)
    assert len(ids) == 3
    assert [detokenizer.push(i) for i in ids] == ["", "", "語"]
    assert detokenizer.flush() == ""


def test_half_a_character_at_the_end_is_shown_as_a_replacement_character() -> None:
    ids = BYTE_LEVEL.encode("a東", add_bos=False)[:-1]
    assert stream(BYTE_LEVEL, ids) == "a\ufffd"


def test_what_follows_half_a_character_is_not_lost() -> None:
    newline, half = 3 + 0x0A, 3 + 0xE6
    assert stream(METASPACE, [half, newline, *METASPACE.encode("dog", add_bos=False)]) == (
        "\ufffd\n dog"
    )


def test_a_replacement_character_that_the_model_writes_is_shown_at_once() -> None:
    ids = BYTE_LEVEL.encode("\ufffd", add_bos=False)
    detokenizer = Detokenizer(BYTE_LEVEL)
    assert "".join(map(detokenizer.push, ids)) == "\ufffd"


@kinds
def test_special_tokens_are_not_shown(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("one two", add_bos=False)
    mixed = [i for token in ids for i in (*sorted(tokenizer.special_ids), token)]
    assert stream(tokenizer, mixed) == "one two"


def test_added_tokens_that_are_not_special_are_shown() -> None:
    tool = BYTE_LEVEL.encode("<tool>", add_bos=False)
    assert len(tool) == 1
    assert stream(BYTE_LEVEL, tool) == "<tool>"


def test_without_a_decoder_words_are_joined_by_spaces() -> None:
    core = Core(models.WordLevel({"one": 0, "two": 1}, unk_token="one"))
    core.add_special_tokens([AddedToken("<s>", normalized=False)])
    tokenizer = Tokenizer(core)
    assert stream(tokenizer, [2, 0, 1, 1]) == tokenizer.decode([2, 0, 1, 1]) == "one two two"
    assert stream(tokenizer, [1], [0]) == " two"
