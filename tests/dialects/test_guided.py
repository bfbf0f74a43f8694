"""vLLM's spellings of an answer's form."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_wire import parse
from tests.prompt.tokenizers import KINDS
from understudy.decode.grammar import compile_grammar
from understudy.errors import InvalidField, SchemaViolation, UnsupportedField
from understudy.request import Constraint, JsonObject, JsonSchema, Regex

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORMS: list[tuple[dict[str, Any], Constraint]] = [
    ({"guided_json": SCHEMA}, JsonSchema(SCHEMA)),
    ({"guided_json": json.dumps(SCHEMA)}, JsonSchema(SCHEMA)),
    ({"guided_regex": "[ab]+"}, Regex("[ab]+")),
    ({"guided_choice": ["yes", "no"]}, Regex("yes|no")),
    ({"structured_outputs": {"json": SCHEMA}}, JsonSchema(SCHEMA)),
    ({"structured_outputs": {"json": json.dumps(SCHEMA)}}, JsonSchema(SCHEMA)),
    ({"structured_outputs": {"regex": "[ab]+"}}, Regex("[ab]+")),
    ({"structured_outputs": {"choice": ["yes", "no"]}}, Regex("yes|no")),
    ({"structured_outputs": {"json_object": True}}, JsonObject()),
]
DOORS = ["openai_completions", "openai_chat"]
TOOL = {"name": "f", "parameters": {}}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("asked", "form"), FORMS, ids=str)
def test_a_form_is_the_same_constraint_however_it_is_spelt(
    door: str, asked: dict[str, Any], form: Constraint
) -> None:
    call = parse(door, **asked)
    assert call.request.constraint == form
    [field] = asked
    assert call.spelling["constraint"].split(".")[0] == field


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "nothing",
    [
        {"guided_json": None, "guided_regex": None, "guided_choice": None},
        {"structured_outputs": None},
        {"structured_outputs": {}},
        {"structured_outputs": {"json_object": False, "grammar": None, "disable_fallback": True}},
    ],
    ids=str,
)
def test_no_form_is_asked_for_by_null(door: str, nothing: dict[str, Any]) -> None:
    call = parse(door, **nothing)
    assert call.request.constraint is None
    assert call.spelling == {"constraint": "response_format"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("asked", "second"),
    [
        ({"guided_json": SCHEMA, "guided_regex": "a"}, "guided_regex"),
        (
            {"guided_choice": ["a"], "response_format": {"type": "json_object"}},
            "guided_choice",
        ),
        (
            {"structured_outputs": {"regex": "a", "choice": ["a"]}},
            "structured_outputs.choice",
        ),
    ],
    ids=str,
)
def test_an_answer_has_one_form(door: str, asked: dict[str, Any], second: str) -> None:
    with pytest.raises(InvalidField, match="what form the answer has") as refused:
        parse(door, **asked)
    assert refused.value.field == second


@pytest.mark.parametrize(
    ("asked", "kind", "place"),
    [
        ({"guided_json": "{"}, "json_invalid", ["guided_json"]),
        ({"guided_json": 5}, "json_schema", ["guided_json"]),
        ({"guided_json": "[1]"}, "json_schema", ["guided_json"]),
        ({"guided_regex": 5}, "string_type", ["guided_regex"]),
        ({"guided_choice": "yes"}, "list_type", ["guided_choice"]),
        ({"guided_choice": []}, "too_short", ["guided_choice"]),
        ({"guided_choice": [""]}, "string_too_short", ["guided_choice", 0]),
        ({"guided_choice": ["a"] * 1025}, "too_long", ["guided_choice"]),
        ({"structured_outputs": "x"}, "model_attributes_type", ["structured_outputs"]),
        ({"structured_outputs": {"json": 5}}, "json_schema", ["structured_outputs", "json"]),
    ],
)
def test_a_malformed_form_is_refused_at_its_place(
    asked: dict[str, Any], kind: str, place: list[Any]
) -> None:
    with pytest.raises(SchemaViolation) as refused:
        parse("openai_chat", **asked)
    [entry] = refused.value.details
    assert (entry["type"], entry["loc"]) == (kind, ["body", *place])


@pytest.mark.parametrize("field", ["grammar", "structural_tag", "disable_any_whitespace"])
def test_forms_that_are_none_of_ours_are_refused_by_name(field: str) -> None:
    given = True if field.startswith("disable") else "root ::= x"
    with pytest.raises(UnsupportedField) as refused:
        parse("openai_chat", structured_outputs={field: given})
    assert refused.value.field == f"structured_outputs.{field}"


def test_a_form_beside_a_required_call_is_refused_by_its_own_name() -> None:
    with pytest.raises(UnsupportedField) as refused:
        parse("openai_chat", guided_json=SCHEMA, tools=[TOOL], tool_choice="required")
    assert refused.value.field == "guided_json"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_choice_matches_its_texts_and_nothing_else(texts: list[str]) -> None:
    constraint = parse("openai_chat", guided_choice=texts).request.constraint
    assert isinstance(constraint, Regex)
    assert all(re.fullmatch(constraint.pattern, text) for text in texts)
    stranger = "".join(texts) + "!"
    assert (re.fullmatch(constraint.pattern, stranger) is None) is (stranger not in texts)


def test_a_choice_among_texts_of_every_kind_can_be_kept_to() -> None:
    texts = ["a.b", "(c|d)*", "é 🙂", '"\\d"', "two\nlines", "-x]", "#/ ~&@"]
    constraint = parse("openai_chat", guided_choice=texts).request.constraint
    assert constraint is not None
    tokenizer = KINDS["byte-level"]
    end = tokenizer.special_tokens["<|eot_id|>"]
    grammar = compile_grammar(constraint, tokenizer, [end], tokenizer.vocab_size)
    for text in texts:
        matcher = grammar.matcher()
        assert all(matcher.accept(token) for token in tokenizer.encode_plain(text))
        assert matcher.accept(end)
    matcher = grammar.matcher()
    assert not all(matcher.accept(token) for token in tokenizer.encode_plain("axb"))
