"""Stop strings: first complete wins, nothing of one is shown, nothing else is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.decode.stops import StopMatcher

LETTERS = st.text("ab\n", max_size=40)
STOPS = st.lists(st.text("ab\n", min_size=1, max_size=6), max_size=16)


def cut(text: str, at: list[int]) -> list[str]:
    edges = [0, *sorted({min(i, len(text)) for i in at}), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def run(stops: list[str], pieces: list[str], **asked: bool) -> tuple[str, str | None]:
    matcher, shown = StopMatcher(stops, **asked), ""
    for piece in pieces:
        text, stop = matcher.push(piece)
        shown += text
        if stop is not None:
            return shown, stop
    return shown + matcher.flush(), None


def reference(stops: list[str], text: str) -> tuple[str, str | None]:
    """The plain way: after each character, look for the longest stop string at the end."""
    for end in range(1, len(text) + 1):
        complete = [stop for stop in stops if text[:end].endswith(stop)]
        if complete:
            longest = max(complete, key=len)
            return text[: end - len(longest)], longest
    return text, None


@settings(deadline=None)
@given(stops=STOPS, text=LETTERS, at=st.lists(st.integers(0, 40)))
def test_any_cut_of_the_text_gives_what_the_plain_way_gives(
    stops: list[str], text: str, at: list[int]
) -> None:
    assert run(stops, cut(text, at)) == reference(stops, text)


@settings(deadline=None)
@given(stops=STOPS, text=LETTERS, at=st.lists(st.integers(0, 40)))
def test_a_stop_string_that_is_shown_is_the_end_of_the_text(
    stops: list[str], text: str, at: list[int]
) -> None:
    said, stop = run(stops, cut(text, at))
    assert run(stops, cut(text, at), shown=True) == (said + (stop or ""), stop)


@settings(deadline=None)
@given(stops=STOPS, text=LETTERS)
def test_no_stop_string_is_ever_visible(stops: list[str], text: str) -> None:
    shown, _ = run(stops, list(text))
    assert not any(stop in shown for stop in stops)


@settings(deadline=None)
@given(stops=STOPS, text=LETTERS)
def test_only_what_may_still_become_a_stop_string_is_held_back(stops: list[str], text: str) -> None:
    matcher, shown = StopMatcher(stops), ""
    for end, char in enumerate(text, 1):
        piece, stop = matcher.push(char)
        if stop is not None:
            return
        shown += piece
        held = text[len(shown) : end]
        assert not held or any(s.startswith(held) for s in stops)


def test_of_two_that_overlap_the_first_complete_one_ends_the_text() -> None:
    assert run(["bcd", "c"], ["abcd"]) == ("ab", "c")
    assert run(["bc", "c"], ["abcd"]) == ("a", "bc")


def test_text_after_the_match_is_dropped() -> None:
    assert run(["STOP"], ["one ST", "OP two"]) == ("one ", "STOP")


def test_a_broken_start_is_let_out_as_soon_as_it_is_broken() -> None:
    matcher = StopMatcher(["###"])
    assert matcher.push("a##") == ("a", None)
    assert matcher.push("b") == ("##b", None)
    assert matcher.push("#") == ("", None)
    assert matcher.flush() == "#"


def test_a_very_long_stop_string_costs_only_what_it_matches() -> None:
    long = "ab" * 1_000_000
    matcher = StopMatcher([long, "x"])
    assert matcher.push("ababc") == ("ababc", None)
    assert sum(len(scan._border) for scan in matcher._scans) < 20


def test_an_empty_stop_string_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        StopMatcher(["a", ""])
