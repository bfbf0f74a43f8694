"""What upstreams print of log-probabilities means the same here."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.backends.upstream_logprobs import Offsets, Unreadable, read_chat, read_completion
from understudy.dialects.openai_logprobs import chat_logprobs, completion_logprobs
from understudy.events import UNKNOWN_TOKEN, TextLogprob

SPELT = "\\xe2\\x82"
LISTS: dict[str, Any] = {
    "tokens": ["a", f"bytes:{SPELT}", "token_id:7"],
    "token_logprobs": [None, -1.5, -2],
    "top_logprobs": [None, {"b": -3.0, "c": -1.0, f"bytes:{SPELT}": -1.5}, {}],
    "text_offset": [0, 1, 1],
}


def test_the_lists_of_a_completion_are_read() -> None:
    first, second, third = read_completion(LISTS, 2)
    assert first == TextLogprob(UNKNOWN_TOKEN, b"a", None)
    assert (second.piece, second.logprob, second.offset) == (b"\xe2\x82", -1.5, 1)
    assert [(one.piece, one.logprob) for one in second.top] == [(b"c", -1.0), (b"\xe2\x82", -1.5)]
    assert (third.token_id, third.piece, third.top) == (7, b"", ())


def test_the_objects_of_a_chat_are_read() -> None:
    top = [{"token": "x", "logprob": -0.5, "bytes": [120]}, {"token": "y", "logprob": -1}]
    entries = [
        {"token": "x", "logprob": -0.5, "bytes": [120], "top_logprobs": top},
        {"token": "?", "logprob": -1.0, "bytes": [226, 130]},
        {"token": "<end>", "logprob": -1.0, "bytes": None, "top_logprobs": []},
    ]
    first, second, third = read_chat({"content": entries}, 2)
    assert [one.piece for one in first.top] == [b"x", b"y"]
    assert second.piece == b"\xe2\x82"
    assert (third.piece, third.special) == (b"<end>", True)
    assert len(read_chat({"content": entries}, 1)[0].top) == 1
    assert read_chat({"content": None}, 1) == []


PIECES = st.sampled_from([b"a", b" b", b"\xe2\x82", b"\xac", "é".encode(), b"\\x41"])
LIKELY = st.builds(TextLogprob, st.just(UNKNOWN_TOKEN), PIECES, st.floats(-20, -0.125, width=16))


@given(st.lists(LIKELY, max_size=5))
def test_what_our_own_doors_print_is_read_back(tokens: list[TextLogprob]) -> None:
    printed = completion_logprobs(tokens, as_ids=False)
    read = read_completion(printed, 0)
    assert [(one.piece, one.logprob) for one in read] == [(t.piece, t.logprob) for t in tokens]
    read = read_chat(chat_logprobs(tokens, as_ids=False), 0)
    assert [(one.piece, one.logprob) for one in read] == [(t.piece, t.logprob) for t in tokens]


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": "abc"},
        {"tokens": [1, 2, 3]},
        {"tokens": ["a"]},
        {"token_logprobs": [None, True, -2]},
        {"token_logprobs": [None, "1", -2]},
        {"top_logprobs": [None, [], {}]},
        {"top_logprobs": [None, {"a": "b"}, {}]},
        {"text_offset": [0, -1, 1]},
        {"text_offset": [0, "1", 1]},
    ],
    ids=str,
)
def test_lists_that_make_no_sense_are_said_to(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_completion({**LISTS, **change}, 2)


@pytest.mark.parametrize(
    "given_",
    [
        {"content": {}},
        {"content": [1]},
        {"content": [{}]},
        {"content": [{"token": "a", "logprob": -1, "bytes": [256]}]},
        {"content": [{"token": "a", "logprob": -1, "bytes": ["a"]}]},
        {"content": [{"token": "a", "logprob": -1, "top_logprobs": {"b": -1}}]},
        {"content": [{"token": "a", "logprob": -1, "top_logprobs": [1]}]},
    ],
    ids=str,
)
def test_objects_that_make_no_sense_are_said_to(given_: Any) -> None:
    with pytest.raises(Unreadable):
        read_chat(given_, 2)


def placed(known: str, *pieces: bytes) -> list[int]:
    tokens = [TextLogprob(UNKNOWN_TOKEN, piece, -1.0) for piece in pieces]
    return [token.offset for token in Offsets(known).place(tokens)]


def test_a_token_stands_where_the_ones_before_it_end() -> None:
    assert placed("", b"ab", b"c", b"d") == [0, 2, 3]


def test_half_a_character_stands_where_the_character_does() -> None:
    assert placed("", b"a", b"\xe2", b"\x82", b"\xac", b"b") == [0, 1, 1, 1, 2]
    assert placed("", b"\xff", b"\xf0\x9f", b"\x99\x82", b"b") == [0, 1, 1, 2]


def test_what_is_named_in_a_prompt_and_not_written_there_takes_no_place() -> None:
    assert placed("Once é", b"<s>", b"Once", b" \xc3", b"\xa9", b" upon", b"</s>") == [
        *(0, 0, 4, 5),
        *(6, 11),
    ]
