"""Frames reach every reader whole, whatever text a model writes."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.dialects.sse import DONE, TextFrame, frame, json_frame, json_on_one_line, to_json

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=8,
)


def test_a_frame_is_data_compact_json_and_a_blank_line() -> None:
    assert frame({"response": "Grüße 👋", "n": [1, 2]}) == (
        'data: {"response":"Grüße 👋","n":[1,2]}\n\n'.encode()
    )
    assert DONE == b"data: [DONE]\n\n"


@given(VALUES)
def test_every_value_survives_and_stays_on_one_line(value: object) -> None:
    text = frame(value).decode()
    lines = text.splitlines()
    assert lines[1:] == [""]
    assert json.loads(lines[0].removeprefix("data: ")) == json.loads(json.dumps(value))


@given(ANY_TEXT)
def test_a_text_frame_equals_the_frame_it_stands_for(text: str) -> None:
    make = TextFrame({"index": 0, "delta": {"content": TextFrame.HOLE}, "end": None})
    assert make(text) == frame({"index": 0, "delta": {"content": text}, "end": None})


def test_a_lone_surrogate_is_escaped_and_its_neighbours_are_not() -> None:
    assert to_json("é\ud83d.") == b'"\xc3\xa9\\ud83d."'


@pytest.mark.parametrize("value", [{}, {"a": TextFrame.HOLE, "b": TextFrame.HOLE}])
def test_a_text_frame_needs_exactly_one_hole(value: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="exactly one hole"):
        TextFrame(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_cannot_hold_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(value)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_json_of_others_survives_on_one_line(value: object, indent: Any, escaped: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    line = json_on_one_line(text)
    assert json.loads(line) == value
    assert line.decode().splitlines() == [line.decode()]
    assert json_frame(line) == b"data: " + line + b"\n\n"


def test_json_of_others_keeps_its_numbers_and_blanks() -> None:
    assert json_on_one_line('{ "a":1e999,\r\n"a": 1.0}') == b'{ "a":1e999,  "a": 1.0}'
