"""A constraint that cannot be honoured is refused, and the refusal names what is at fault."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decode.constrained import BYTE_LEVEL, mask_of
from understudy.errors import InvalidInput
from understudy.request import CallTools, Constraint, JsonSchema, Regex, ToolSpec


def refusal(constraint: Constraint) -> str:
    with pytest.raises(InvalidInput) as caught:
        BYTE_LEVEL.compile(constraint)
    assert caught.value.part == "constraint"
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 500
    return message


def outcome(constraint: Constraint) -> str:
    """Why ``constraint`` is refused, empty where it is not. Anything else is a fault."""
    try:
        assert mask_of(BYTE_LEVEL.compile(constraint).matcher()).any()
    except InvalidInput as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "keywords",
    [
        {"uniqueItems": True},
        {"contains": {}},
        {"minContains": 1},
        {"maxContains": 1},
        {"not": {}},
        {"if": {}},
        {"then": {}},
        {"else": {}},
        {"dependentRequired": {}},
        {"dependentSchemas": {}},
        {"dependencies": {}},
        {"unevaluatedProperties": False},
        {"unevaluatedItems": False},
        {"propertyNames": {}},
        {"additionalItems": False},
        {"items": [{}]},
        {"contentSchema": {}},
        {"contentEncoding": "base64"},
        {"contentMediaType": "application/json"},
        {"$dynamicRef": "#a"},
        {"$recursiveRef": "#"},
        {"$anchor": "a"},
        {"$vocabulary": {}},
        {"$id": "https://example.com/inner"},
        {"$ref": "https://example.com/other"},
        {"$ref": "#anchor"},
        {"nullable": True},
        {"x-guidance": {"lenient": True}},
        {"additionalProprties": False},
    ],
    ids=str,
)
def test_a_keyword_without_effect_is_refused_by_name_and_place(keywords: dict[str, Any]) -> None:
    message = refusal(JsonSchema({"properties": {"a/b": {"items": keywords}}}))
    assert repr(next(iter(keywords))) in message
    assert "#/properties/a~1b/items" in message


@pytest.mark.parametrize(
    "keywords",
    [
        {"type": "text"},
        {"type": []},
        {"type": 3},
        {"enum": []},
        {"enum": "a"},
        {"required": "a"},
        {"required": [1]},
        {"properties": []},
        {"properties": {"a": 1}},
        {"patternProperties": {"^a": None}},
        {"$defs": 1},
        {"items": 1},
        {"additionalProperties": "no"},
        {"anyOf": []},
        {"anyOf": {}},
        {"prefixItems": {}},
        {"minimum": "3"},
        {"minimum": True},
        {"exclusiveMinimum": True},
        {"multipleOf": 0},
        {"multipleOf": -1},
        {"minLength": -1},
        {"minLength": 1.5},
        {"maxItems": 1e300},
        {"pattern": 1},
        {"format": 1},
        {"format": "int32"},
        {"format": "regex"},
        {"$ref": 1},
        {"$ref": "#/$defs/none"},
        {"$ref": "#/default"},
        {"$schema": "https://example.com/schema"},
    ],
    ids=str,
)
def test_a_keyword_of_the_wrong_form_is_refused(keywords: dict[str, Any]) -> None:
    refusal(JsonSchema(keywords))


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [False]},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "array", "items": {"$ref": "#"}, "minItems": 1},
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"anyOf": [{"$ref": "#"}, False]},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "pattern": "^a", "format": "date"},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"allOf": [{"type": "integer"}, {"type": "string"}]},
        {"const": 1, "type": "string"},
    ],
    ids=str,
)
def test_a_schema_that_nothing_satisfies_is_refused(schema: dict[str, Any]) -> None:
    assert "Nothing satisfies" in refusal(JsonSchema(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "integer"}, {"minimum": 3}]},
        {"oneOf": [{"type": "object"}, {"type": "object", "required": ["a"]}]},
        {"oneOf": [{"enum": [1, 2]}, {"const": 2.0}]},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"oneOf": [{"properties": {"a": {"const": n}}, "required": ["a"]} for n in range(2)]},
    ],
    ids=str,
)
def test_one_of_is_refused_unless_two_never_hold(schema: dict[str, Any]) -> None:
    assert "'oneOf'" in refusal(JsonSchema(schema))


@pytest.mark.parametrize(
    "keywords",
    [{"const": 10**400}, {"enum": [1, {"a": [-(10**400)]}]}, {"multipleOf": 10**400}],
    ids=["const", "enum", "multipleOf"],
)
def test_a_number_beyond_what_readers_hold_is_refused_by_name_and_place(
    keywords: dict[str, Any],
) -> None:
    message = refusal(JsonSchema({"items": keywords}))
    assert repr(next(iter(keywords))) in message
    assert "#/items" in message


@pytest.mark.parametrize("keyword", ["minProperties", "maxProperties"])
def test_counts_beside_optional_properties_are_refused_by_name_and_place(keyword: str) -> None:
    counted = {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a"], keyword: 2}
    closed = {**counted, "additionalProperties": False}
    outer = {"type": "object", "maxProperties": 9, "properties": {"o/p": counted}}
    outer["required"] = ["o/p"]
    message = refusal(JsonSchema(outer))
    assert repr(keyword) in message
    assert "#/properties/o~1p" in message
    assert "'f'" in refusal(CallTools((ToolSpec("f", "", counted),)))
    assert outcome(JsonSchema(closed)) == ""


def test_a_long_one_of_is_compared_in_one_pass_or_said_to_be_too_long() -> None:
    constants = [{"const": f"{number}"} for number in range(400)]
    assert outcome(JsonSchema({"oneOf": constants})) == ""
    kinds = [
        {"type": "object", "properties": {"k": each, "v": {}}, "required": ["v", "k"]}
        for each in constants
    ]
    assert outcome(JsonSchema({"oneOf": kinds})) == ""
    assert "may both hold" in refusal(JsonSchema({"oneOf": [*constants[:300], {"const": "7"}]}))
    indirect = [{"anyOf": [each]} for each in constants]
    assert "too many" in refusal(JsonSchema({"oneOf": indirect}))


def test_more_properties_than_names_are_sure_of_are_refused() -> None:
    assert "'minProperties'" in refusal(JsonSchema({"required": ["a"], "minProperties": 3}))


@pytest.mark.parametrize(
    "schema",
    [
        {"const": "\x01a"},
        {"enum": ["a", {"k": ["\x7f"]}]},
        {"properties": {"a\x00": {}}},
        {"required": ["\x1b"]},
        {"pattern": "^\\x01a$"},
        {"pattern": "a\\u0002"},
        {"pattern": "[\\x01]a"},
        {"patternProperties": {"^\x1f": {}}},
    ],
    ids=str,
)
def test_control_characters_that_json_only_writes_as_escapes_are_refused(
    schema: dict[str, Any],
) -> None:
    assert "control character" in refusal(JsonSchema(schema))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        ("(a)\\1", "backreferences"),
        ("\\ba", "word boundary"),
        ("a$b", "anchor"),
        ("(", "unclosed group"),
        ("[", "unclosed character class"),
        ("(?-u:\\xff)", "invalid UTF-8"),
        ("[a&&b]", "Nothing satisfies"),
    ],
)
def test_a_pattern_that_cannot_be_followed_is_refused_and_told_why(pattern: str, why: str) -> None:
    assert why in refusal(Regex(pattern))
    refusal(JsonSchema({"type": "string", "pattern": pattern}))


def chain(length: int, link: Callable[[Any], Any]) -> Constraint:
    definitions = {f"d{n}": link({"$ref": f"#/$defs/d{n + 1}"}) for n in range(length)}
    return JsonSchema({"$defs": {**definitions, f"d{length}": {}}, "$ref": "#/$defs/d0"})


def nested(depth: int) -> Constraint:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"items": schema}
    return JsonSchema(schema)


TOO_MUCH: dict[str, Constraint] = {
    "bytes": JsonSchema({"description": "x" * 300_000}),
    "properties": JsonSchema({"properties": {f"p{n}": {} for n in range(500)}}),
    "alternatives": JsonSchema({"anyOf": [{}] * 500}),
    "schemas": JsonSchema({"$defs": {f"d{n}": {} for n in range(20_000)}}),
    "patterns": JsonSchema({"patternProperties": {f"^{n}": {} for n in range(100)}}),
    "remainders": JsonSchema({"multipleOf": 99_991}),
    "remainders together": JsonSchema({"allOf": [{"multipleOf": 997}, {"multipleOf": 991}]}),
    "digits": JsonSchema({"multipleOf": 1e-300}),
    "a constant": JsonSchema({"const": "x" * 5000}),
    "a constant of parts": JsonSchema({"enum": [1, {"k": ["é" * 400] * 6}]}),
    "a name": JsonSchema({"properties": {"x" * 5000: {}}}),
    "a required name": JsonSchema({"required": ["é" * 2500]}),
    "numbers": JsonSchema({"minimum": 2**60}),
    "length": JsonSchema({"minLength": 10**9}),
    "pattern": JsonSchema({"pattern": "(a{1000}){1000}"}),
    "expression": Regex("((a{1000}){1000}){1000}"),
    "repetitions": Regex("(a|b){99999}"),
    "nesting": nested(100),
    "deep nesting": nested(900),
    "references": chain(4000, lambda ref: ref),
    "references in properties": chain(4000, lambda ref: {"properties": {"a": ref}}),
    "infinity": JsonSchema({"const": math.inf}),
    "a set": JsonSchema({"const": {1, 2}}),
    "half a character": JsonSchema({"title": "\ud800"}),
    "half a character to match": Regex("\ud800"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_would_take_too_much_or_is_no_json_is_refused(name: str) -> None:
    refusal(TOO_MUCH[name])


@pytest.mark.parametrize(
    "link",
    [
        lambda ref: ref,
        lambda ref: {"allOf": [ref, {"minimum": 1}]},
        lambda ref: {"anyOf": [ref, {"type": "null"}]},
        lambda ref: {"type": "object", "properties": {"a": ref}},
        lambda ref: {"type": "array", "items": ref},
    ],
)
def test_the_longest_chain_of_definitions_that_passes_does_not_overrun_the_stack(
    link: Callable[[Any], Any],
) -> None:
    """In a thread, whose stack is the smaller."""
    lengths: list[int] = []

    def compile_longest() -> None:
        for length in range(1000, 100, -25):
            if "levels" not in outcome(chain(length, link)):
                lengths.append(length)
                return

    thread = threading.Thread(target=compile_longest)
    thread.start()
    thread.join()
    assert lengths


def test_tools_are_refused_by_name() -> None:
    tool = ToolSpec("get_weather", "", {"properties": {"city": {"not": {}}}})
    assert refusal(CallTools((tool,))).startswith("The tool 'get_weather': ")
    assert "'object'" in refusal(CallTools((ToolSpec("f", "", {"type": "string"}),)))
    assert "no tool" in refusal(CallTools(()))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
KEYWORDS = """
    type enum const properties required items prefixItems anyOf oneOf allOf $ref $defs minimum
    multipleOf maxLength minItems pattern format additionalProperties minProperties title
"""
keywords = st.sampled_from(KEYWORDS.split())


@settings(max_examples=300)
@given(st.dictionaries(keywords, json_values, max_size=4))
def test_no_schema_brings_anything_but_a_grammar_or_a_refusal(schema: dict[str, Any]) -> None:
    outcome(JsonSchema(schema))


@settings(max_examples=300)
@given(st.text("ab(){}[]|*+?\\^$.,19-dpP:=<!&\n", max_size=12))
def test_no_pattern_brings_anything_but_a_grammar_or_a_refusal(pattern: str) -> None:
    outcome(Regex(pattern))
    outcome(JsonSchema({"type": "string", "pattern": pattern}))
