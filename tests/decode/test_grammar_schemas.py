"""What a schema's mask lets through is what the schema means, judged by ``jsonschema``."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decode.constrained import BYTE_LEVEL, MODELS, Model, ids
from understudy.errors import InvalidInput
from understudy.request import JsonObject, JsonSchema

CLOSED = {"type": "object", "additionalProperties": False}
KIND = {"type": "object", "required": ["kind"]}
SCHEMAS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    # name: schema, values that satisfy it in this order of properties, values that do not
    "object": (
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            "required": ["name"],
        },
        [{"name": "Ann"}, {"name": "", "age": -3}, {"name": 'é🦙\n"\\/', "age": 0, "more": [1]}],
        [{}, {"name": 1}, {"name": "x", "age": 1.5}, []],
    ),
    "closed": (
        {**CLOSED, "properties": {"a": {"type": "boolean"}, "b": {"type": "null"}}},
        [{}, {"a": True}, {"b": None}, {"a": False, "b": None}],
        [{"a": None}, {"c": 1}],
    ),
    "map": (
        {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2},
        [{}, {"x": 1}, {"x": 1, "y y": 2}],
        [{"x": "1"}, {"x": 1, "y": 2, "z": 3}],
    ),
    "own and others": (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "additionalProperties": {"type": "string"},
        },
        [{"a": 1}, {"b": "x"}, {"a": 1, "ab": "x"}],
        [{"a": "x"}, {"b": 1}],
    ),
    "at least": (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "required": ["a"],
            "additionalProperties": {"type": "integer"},
            "minProperties": 2,
        },
        [{"a": 1, "b": 2}],
        [{"a": 1}],
    ),
    "required and unlisted": (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "required": ["z"],
            "additionalProperties": {"type": "string"},
        },
        [{"z": "x"}, {"a": 1, "z": "x"}],
        [{"a": 1}, {"z": 1}],
    ),
    "names by pattern": (
        {
            "type": "object",
            "properties": {"i_x": {"maximum": 3}},
            "required": ["i_x"],
            "patternProperties": {"^i_": {"type": "integer"}},
            "additionalProperties": {"type": "boolean"},
        },
        [{"i_x": 2}, {"i_x": 3, "i_y": 9, "other": True}],
        [{"i_x": 4}, {"i_x": 1, "i_y": True}, {"i_x": 1, "other": 1}],
    ),
    "odd names": (
        {
            **CLOSED,
            "properties": {"a/b": {"type": "integer"}, "c~d": {}, "": {}, 'é"\n': {}},
            "required": ["a/b", ""],
        },
        [{"a/b": 1, "": 2}, {"a/b": 1, "c~d": 0, "": 2, 'é"\n': 3}],
        [{"a/b": 1}],
    ),
    "enum": (
        {"enum": ["red", 3, None, True, [1, 2], {"a": "b", "c": []}, -0.25, 'é🦙"\n']},
        ["red", 3, None, True, [1, 2], {"a": "b", "c": []}, -0.25, 'é🦙"\n'],
        ["re", 4, False, [1], {"a": "b"}],
    ),
    "const": ({"const": {"k": [1, {"x": "y z"}]}}, [{"k": [1, {"x": "y z"}]}], [{"k": [1]}]),
    "array": (
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
        [[1, 2], [1, 2, 3]],
        [[1], [1, 2, 3, 4], ["1", 2]],
    ),
    "tuple": (
        {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "items": {"type": "boolean"},
        },
        [[], [1], [1, "x"], [1, "x", True, False]],
        [["x"], [1, 1], [1, "x", 1]],
    ),
    "nested": (
        {
            **CLOSED,
            "properties": {
                "rows": {
                    "type": "array",
                    "items": {
                        **CLOSED,
                        "properties": {"x": {"type": "integer"}, "y": {"enum": ["p", "q"]}},
                        "required": ["x"],
                    },
                    "maxItems": 3,
                }
            },
            "required": ["rows"],
        },
        [{"rows": []}, {"rows": [{"x": 1}, {"x": 2, "y": "p"}]}],
        [{"rows": [{"y": "p"}]}, {"rows": [{"x": 1, "y": "r"}]}],
    ),
    "tree": (
        {
            "$defs": {
                "node": {
                    **CLOSED,
                    "properties": {
                        "v": {"type": "integer"},
                        "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    },
                    "required": ["v"],
                }
            },
            "$ref": "#/$defs/node",
        },
        [{"v": 1}, {"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3}]}],
        [{"kids": []}, {"v": 1, "kids": [2]}],
    ),
    "linked list": (
        {
            **CLOSED,
            "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
            "required": ["next"],
        },
        [{"next": None}, {"next": {"next": {"next": None}}}],
        [{"next": {}}, {}],
    ),
    "reference to a property": (
        {
            **CLOSED,
            "properties": {"a/b %": {"type": "integer"}, "x": {"$ref": "#/properties/a~1b%20%25"}},
            "required": ["x"],
        },
        [{"x": 1}],
        [{"x": "1"}],
    ),
    "reference with more beside it": (
        {"$defs": {"n": {"type": "integer"}}, "$ref": "#/$defs/n", "maximum": 9, "minimum": 0},
        [0, 9],
        [-1, 10, 1.5],
    ),
    "old draft": (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.com/p.json",
            "definitions": {"p": {"type": "integer", "exclusiveMinimum": 0}},
            "type": "object",
            "properties": {"p": {"$ref": "#/definitions/p", "title": "P", "default": 1}},
            "required": ["p"],
        },
        [{"p": 1}],
        [{"p": 0}],
    ),
    "anyOf": (
        {
            "anyOf": [
                {"type": "string", "maxLength": 3},
                {"type": "integer", "minimum": 5},
                {"type": "object", "required": ["z"]},
            ]
        },
        ["", "abc", 5, {"z": []}],
        ["abcd", 4, {}],
    ),
    "anyOf beside properties": (
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        [{"a": 1}, {"b": 1}],
        [{}, {"c": 1}],
    ),
    "oneOf by type": (
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        ["x", 1, None],
        [True, 1.5],
    ),
    "oneOf by constant": (
        {
            "$defs": {
                "a": {**KIND, "properties": {"kind": {"const": "a"}}},
                "b": {**KIND, "properties": {"kind": {"enum": ["b", "c"]}}},
            },
            "oneOf": [
                {"$ref": "#/$defs/a"},
                {"allOf": [{"$ref": "#/$defs/b"}, {"type": "object"}]},
                {**KIND, "properties": {"kind": {"type": "null"}}},
            ],
            "discriminator": {"propertyName": "kind"},
        },
        [{"kind": "a"}, {"kind": "c"}, {"kind": None}],
        [{"kind": "d"}, {}],
    ),
    "allOf": (
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"minimum": 3}}, "required": ["a"]},
                {"properties": {"a": {"type": "integer", "maximum": 9}}},
            ]
        },
        [{"a": 3}, {"a": 9}],
        [{"a": 2}, {"a": 10}, {}],
    ),
    "integers": (
        {"type": "integer", "minimum": -13, "maximum": 1234},
        [-13, -1, 0, 7, 99, 100, 1234],
        [-14, 1235, 0.5],
    ),
    "integers inside": (
        {"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": 4},
        [-2, 0, 3],
        [-3, 4],
    ),
    "numbers": (
        {"type": "number", "minimum": -1.25, "maximum": 3.75},
        [-1.25, -1, 0, 0.5, 3, 3.75],
        [-1.26, 3.76, 4],
    ),
    "numbers just above a whole one": (
        {"type": "number", "exclusiveMinimum": 3, "maximum": 3.25},
        [3.25, 3.125, 3.1],
        [3, 3.3, 2],
    ),
    "numbers just below a whole one": (
        {"type": "number", "minimum": -3.25, "exclusiveMaximum": -3},
        [-3.25, -3.125, -3.1],
        [-3, -2, -3.3],
    ),
    "numbers up to a whole one": (
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        [0.5, 0.9, 0.99, 0.01],
        [0, 1, -0.5, 1.5],
    ),
    "multiples": (
        {"type": "integer", "allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "maximum": 999},
        [0, 12, -24, 996],
        [4, 6, 13],
    ),
    "any number": ({"type": "number"}, [0, -1.5, 1e30, 2.5e-7], ["1"]),
    "several types": (
        {"type": ["integer", "null", "array"], "items": {"type": "boolean"}, "minimum": 3},
        [3, None, [True]],
        [2, [1], "x"],
    ),
    "no type": (
        {"minLength": 2, "minimum": 5, "required": ["a"], "minItems": 1},
        ["ab", 5, {"a": 1}, [1], None, True],
        ["a", 4, {}, []],
    ),
    "anything": ({}, [1, "x", {"a": [None]}, []], []),
    "pattern": (
        {"pattern": "^[A-Z]{2}-\\d{3}$", "type": "string"},
        ["AB-123"],
        ["AB-12", "xAB-123"],
    ),
    "pattern inside": ({"pattern": "b+c", "type": "string", "maxLength": 6}, ["abcd"], ["ac"]),
    "pattern of escapes": (
        {"pattern": '^["\\\\/\\n\\t]{1,4}$', "type": "string"},
        ['"\\/\n', "\t"],
        ["n", "\r"],
    ),
    "length": ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "é🦙é"], ["a", "abcd"]),
    "uuid": (
        {"type": "string", "format": "uuid"},
        ["123e4567-e89b-12d3-a456-426614174000"],
        ["123e4567"],
    ),
    "date": ({"type": "string", "format": "date"}, ["2024-02-29", "1999-12-31"], ["2024-13-01"]),
    "date-time": (
        {"type": "string", "format": "date-time"},
        ["2024-05-06T07:08:09Z", "2024-05-06T07:08:09.5+02:00"],
        [5],
    ),
    "ipv4": ({"type": "string", "format": "ipv4"}, ["127.0.0.1"], ["256.0.0.1", "1.2.3"]),
    "email": (
        {"type": "string", "format": "email", "maxLength": 20},
        ["a.b@example.com"],
        ["a", 1],
    ),
    "only endless ways on": (
        {
            "$defs": {
                "endless": {"type": "array", "items": {"$ref": "#/$defs/endless"}, "minItems": 1}
            },
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/endless"}, "b": {"type": "integer"}},
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/endless"}, {"type": "null"}]},
        },
        [{}, {"b": 1}, {"c": None}],
        [{"a": [[]]}, {"c": [[]]}],
    ),
}
STYLES: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {},
    {"indent": 2},
    {"indent": 4},
    {"indent": "\t"},
    {"separators": (" , ", " : ")},
]


def satisfies(value: Any, schema: Any) -> bool:
    validator = jsonschema.Draft202012Validator
    return validator(schema, format_checker=validator.FORMAT_CHECKER).is_valid(value)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_every_answer_under_a_schema_satisfies_it(name: str, model: Model) -> None:
    schema = SCHEMAS[name][0]
    for seed in range(2):
        text = model.walk(JsonSchema(schema), seed)
        assert satisfies(json.loads(text), schema), text


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_whatever_satisfies_a_schema_can_be_answered(name: str, model: Model) -> None:
    """In the tokens that the tokenizer itself would choose, each of them in the mask."""
    schema, good, _ = SCHEMAS[name]
    for value in good:
        assert satisfies(value, schema), value
        for style in STYLES:
            text = json.dumps(value, ensure_ascii=False, **style)
            matcher = model.compile(JsonSchema(schema)).matcher()
            for token in model.tokens(text):
                assert token in ids(matcher), text
                assert matcher.accept(token)
            assert matcher.accept(model.eos[0]), text
            assert matcher.complete


@pytest.mark.parametrize("name", SCHEMAS)
def test_nothing_else_can_be_answered(name: str) -> None:
    schema, _, bad = SCHEMAS[name]
    for value in bad:
        assert not satisfies(value, schema), value
        assert not BYTE_LEVEL.takes(JsonSchema(schema), json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_json_object_may_hold_anything(model: Model) -> None:
    for seed in range(5):
        assert isinstance(json.loads(model.walk(JsonObject(), seed)), dict)
    assert model.takes(JsonObject(), '{"a": [1, "x", {"b": null}]}')
    for text in ("[]", "1", "", "{}{}", '{"a":}', "{'a': 1}"):
        assert not model.takes(JsonObject(), text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ('{"a": 1}', True),
        ('{\n        "a" : 1\n}', True),
        ('{"a":\n\t1}', True),
        ('{  "a":1}', False),
        ('{"a":1\n\n}', False),
        ('{"a":1 \n}', False),
        (' {"a":1}', False),
        ('{"a":1}\n', False),
        ('{"a":\r\n1}', False),
        ("{" + "\n" + " " * 33 + '"a":1}', False),
    ],
)
def test_blanks_between_the_parts_are_bounded(text: str, taken: bool) -> None:
    assert BYTE_LEVEL.takes(JsonObject(), text) is taken


@pytest.mark.parametrize("text", ['{"\\u0061": "x"}', '{"a": 1, "a": 2}', '{"a": "\\u00e9"}'])
def test_a_property_has_one_spelling_and_comes_once(text: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert not BYTE_LEVEL.takes(JsonSchema(schema), text)


bounds = st.one_of(
    st.integers(-20, 20), st.integers(-200, 200).map(lambda n: n / 8), st.sampled_from([0, 1e-7])
)


@given(st.data())
def test_ranges_of_numbers_are_kept(data: st.DataObject) -> None:
    keywords = data.draw(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["integer", "number"])},
            optional={
                "minimum": bounds,
                "maximum": bounds,
                "exclusiveMinimum": bounds,
                "exclusiveMaximum": bounds,
            },
        )
    )
    near = [bound for name, bound in keywords.items() if name != "type"] or [0]
    steps = st.sampled_from([0, 1, -1, 0.125, -0.125, 0.5, -0.5, 0.001])
    value = data.draw(st.sampled_from(near)) + data.draw(steps)
    try:
        taken = BYTE_LEVEL.takes(JsonSchema(keywords), format(value, "f").rstrip("0").rstrip("."))
    except InvalidInput:
        taken = False
    assert not taken or satisfies(value, keywords)
