"""Schemas, each with values that satisfy it, in its order of properties, and values that do not."""

from __future__ import annotations

from typing import Any

CLOSED = {"type": "object", "additionalProperties": False}
KIND = {"type": "object", "required": ["kind"]}
SCHEMAS: dict[str, tuple[Any, list[Any], list[Any]]] = {
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
