"""The validator's verdicts, row by row; ``test_cabidela_node`` compares with the real one."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.catalog.registry import Catalog
from understudy.dialects.cabidela import Validator, verdict

TINYLLAMA = Catalog.load().get("@cf/tinyllama/tinyllama-1.1b-chat-v1.0").input_schema
NO_PROMPT = "required properties at '/' are 'prompt'"
NO_MESSAGES = "required properties at '/' are 'messages'"
DEEP: Any = "x"
for _ in range(5000):
    DEEP = [DEEP]

# What a body gets, without the leading "oneOf at '/' not met, ".
REFUSED: list[tuple[Any, str]] = [
    ({}, f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    ({"prompt": "a", "messages": []}, "2 matches"),
    ({"prompt": ""}, f"0 matches: Length of '/prompt' must be >= 1 not met, {NO_MESSAGES}"),
    (
        {"prompt": "x" * 6145},
        f"0 matches: Length of '/prompt' must be <= 6144, {NO_MESSAGES}",
    ),
    (
        {"prompt": 1},
        f"0 matches: Type mismatch of '/prompt', 'string' not in 'number','integer', {NO_MESSAGES}",
    ),
    (
        {"prompt": None},
        f"0 matches: Type mismatch of '/prompt', 'string' not in 'null', {NO_MESSAGES}",
    ),
    (
        {"messages": [{"role": "user", "content": None}]},
        f"0 matches: {NO_PROMPT}, Type mismatch of '/messages/0/content', 'string' not in 'null'",
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        f"0 matches: {NO_PROMPT}, Type mismatch of '/messages/0/content', 'string' not in 'array'",
    ),
    (
        {"messages": [{"role": "user", "content": "a"}, {"role": "user"}]},
        f"0 matches: {NO_PROMPT}, required properties at '/messages/1' are 'role,content'",
    ),
    (
        {"messages": "a"},
        f"0 matches: {NO_PROMPT}, Type mismatch of '/messages', 'array' not in 'string'",
    ),
    ({"messages": 1}, f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    ({"prompt": "a", "temperature": 6}, "0 matches: '/temperature' must be <= 5"),
    ({"prompt": "a", "temperature": -0.1}, "0 matches: '/temperature' must be >= 0"),
    ({"prompt": "a", "top_k": 51}, "0 matches: '/top_k' must be <= 50"),
    ({"prompt": "a", "seed": 0}, "0 matches: '/seed' must be >= 1"),
    (
        {"prompt": "a", "max_tokens": 1.5},
        "0 matches: Type mismatch of '/max_tokens', 'integer' not in 'number'",
    ),
    (
        {"prompt": "a", "max_tokens": 10**400},
        "0 matches: Type mismatch of '/max_tokens', 'integer' not in 'number'",
    ),
    (
        {"prompt": "a", "max_tokens": True},
        "0 matches: Type mismatch of '/max_tokens', 'integer' not in 'boolean'",
    ),
    (
        {"prompt": "a", "temperature": None},
        "0 matches: Type mismatch of '/temperature', 'number' not in 'null'",
    ),
    (
        {"prompt": "a", "raw": "true"},
        "0 matches: Type mismatch of '/raw', 'boolean' not in 'string', " + NO_MESSAGES,
    ),
    ([], f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    ("prompt", f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    (None, f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    (1.5, f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    (DEEP, f"0 matches: {NO_PROMPT}, {NO_MESSAGES}"),
    (
        {"prompt": DEEP},
        f"0 matches: Type mismatch of '/prompt', 'string' not in 'array', {NO_MESSAGES}",
    ),
]
ACCEPTED: list[Any] = [
    {"prompt": "a"},
    {"messages": []},
    {"messages": [{"role": "any", "content": ""}]},
    {"prompt": "a", "messages": None},
    {"prompt": "a", "stop": None, "unknown": DEEP},
    {"prompt": "a", "max_tokens": 1.0},
    {"prompt": "a", "temperature": 0, "top_p": 2, "top_k": 50, "seed": 9999999999},
    {"prompt": "a", "top_k": 1, "seed": 1, "temperature": 5},
]


@pytest.mark.parametrize(("body", "text"), REFUSED, ids=[text[:80] for _, text in REFUSED])
def test_a_bad_body_is_refused_in_the_services_words(body: Any, text: str) -> None:
    assert verdict(TINYLLAMA, body) == f"oneOf at '/' not met, {text}"


@pytest.mark.parametrize("body", ACCEPTED, ids=range(len(ACCEPTED)))
def test_a_good_body_passes(body: Any) -> None:
    assert verdict(TINYLLAMA, body) is None


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a" * 4, True), ("a" * 5, False), ("😀" * 2, True), ("😀" * 2 + "a", False), ("é" * 4, True)],
)
def test_lengths_are_utf_16_code_units(text: str, fits: bool) -> None:
    assert (verdict({"type": "string", "maxLength": 4}, text) is None) is fits
    assert (verdict({"type": "string", "minLength": 5}, text) is None) is not fits


def test_a_nested_choice_that_fails_is_not_an_error() -> None:
    schema = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct").input_schema
    body = {"messages": [{"role": "user", "content": "a"}], "tools": [{"type": 1}]}
    assert verdict(schema, body) is None


def test_an_enum_names_what_it_got_and_what_it_wants() -> None:
    schema = {"properties": {"mode": {"enum": ["a", 1]}}}
    assert verdict(schema, {"mode": None}) == "enum null not in a,1 at '/mode'"
    assert verdict(schema, {"mode": True}) == "enum true not in a,1 at '/mode'"
    assert verdict(schema, {"mode": 1.0}) is None


def test_a_closed_schema_names_what_is_too_much() -> None:
    schema = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    assert verdict(schema, {"a": 1, "seed": 1}) == (
        "Additional or unevaluated properties '/seed' at '/' not allowed"
    )


def test_a_keyword_that_would_go_unheeded_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown schema keywords: patternProperties"):
        Validator({"type": "object", "patternProperties": {}})


@pytest.mark.parametrize("card", Catalog.load(), ids=lambda card: card.name)
def test_the_schemas_of_every_card_compile(card: Any) -> None:
    assert Validator(card.input_schema).verdict({"prompt": "a"}) is None
    assert Validator(card.output_schema).verdict({"response": "a"}) is None
