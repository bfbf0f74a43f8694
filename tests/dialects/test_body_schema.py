"""What is echoed to a caller is small, and JSON."""

from __future__ import annotations

import math
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BeforeValidator, Discriminator, Tag

from understudy.dialects.body_schema import Body, Text, abridge, read
from understudy.dialects.sse import to_json
from understudy.errors import SchemaViolation

json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=400),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text(), inner, max_size=12),
    max_leaves=60,
)


@given(json_like)
def test_whatever_came_in_can_be_sent_back(value: Any) -> None:
    to_json(abridge(value)).decode()


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        10**4000,
        [[["y" * 1000] * 1000] * 1000],
        {f"key {i}": "v" * 1000 for i in range(10**4)},
        {"k" * 10**6: 1},
    ],
)
def test_an_echo_is_short(value: Any) -> None:
    assert len(to_json(abridge(value))) < 20_000


def test_small_values_are_echoed_as_they_are() -> None:
    for value in (None, True, 0, -(2**63), 2**64 - 1, 1.5, "text", [1, "a"], {"a": [None]}):
        assert abridge(value) == value
    assert abridge(math.inf) == "inf"


class Words(Body):
    words: list[Text]


def test_half_a_surrogate_pair_is_no_text() -> None:
    assert read(Words, {"words": ["naïve 🌍"]}).words == ["naïve 🌍"]
    with pytest.raises(SchemaViolation) as refused:
        read(Words, {"words": ["fine", "\ud83c"]})
    [entry] = refused.value.details
    assert (entry["type"], entry["loc"]) == ("string_unicode", ["body", "words", 1])
    to_json(entry)


def test_a_verdict_has_a_bounded_number_of_entries() -> None:
    with pytest.raises(SchemaViolation) as refused:
        read(Words, {"words": [1] * 1000})
    assert len(refused.value.details) == 16
    assert str(refused.value) == "words.0: Input should be a valid string"


class Nested(Body):
    one: Annotated[list[Text], BeforeValidator(lambda given: [given])] | None = None
    either: Annotated[
        Annotated[Text, Tag("text")] | Annotated[list[Words], Tag("list")],
        Discriminator(lambda given: "list" if isinstance(given, list) else "text"),
    ] = ""


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"one": 5}, ["one"]),
        ({"either": 5}, ["either"]),
        ({"either": [5]}, ["either", 0]),
        ({"either": [{}]}, ["either", 0, "words"]),
        ({"either": [{"words": ["", 5]}]}, ["either", 0, "words", 1]),
    ],
    ids=str,
)
def test_a_verdict_names_the_place_that_the_caller_wrote(given: Any, place: list[Any]) -> None:
    with pytest.raises(SchemaViolation) as refused:
        read(Nested, given)
    [entry] = refused.value.details
    assert entry["loc"] == ["body", *place]
    assert str(refused.value) == f"{'.'.join(map(str, place))}: {entry['msg']}"
