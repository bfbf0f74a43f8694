"""Events are read from bytes however they are cut, and never without a bound."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.backends.upstream_sse import EventReader, StreamTooLarge

STREAM = (
    b": a comment\r\n\r\n"
    b"event: x\ndata: one\nid: 3\n\n"
    b"data:two\r\n\r\n\r\n"
    b"data: three\ndata: lines\n\n"
    b"data\n\ndata: \xff\xe2\x82\xac\n\n"
)
EVENTS = [b"one", b"two", b"three\nlines", b"\xff\xe2\x82\xac"]


def reader(event: int = 100, total: int = 10_000) -> EventReader:
    return EventReader(event, total)


def read(made: EventReader, piece: bytes, times: int) -> list[bytes]:
    return [event for _ in range(times) for event in made.feed(piece)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_how_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    made = reader()
    pieces = [STREAM[a:b] for a, b in pairwise(places)]
    assert [event for piece in pieces for event in made.feed(piece)] == EVENTS
    assert list(made.flush()) == []


@pytest.mark.parametrize("rest", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r\n"])
def test_the_last_event_needs_no_empty_line(rest: bytes) -> None:
    made = reader()
    assert list(made.feed(rest)) == []
    assert list(made.flush()) == [b"[DONE]"]


@pytest.mark.parametrize(
    "endless",
    [b"data: " + b"x" * 10, b"data: xxxx\n", b": " + b"x" * 100],
    ids=["line", "event", "comment"],
)
def test_nothing_grows_without_bound(endless: bytes) -> None:
    with pytest.raises(StreamTooLarge):
        read(reader(event=100), endless, 100)


def test_a_stream_is_no_longer_than_was_agreed() -> None:
    with pytest.raises(StreamTooLarge):
        read(reader(total=1000), b"data: x\n\n", 1000)
