"""A JSON schema as a tree for people: fields with their types, bounds, defaults and meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_CHOICES = ("oneOf", "anyOf", "allOf")
_RANGES = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
)
_OTHERS = (
    ("exclusiveMinimum", "above"),
    ("exclusiveMaximum", "below"),
    ("pattern", "pattern"),
    ("format", "format"),
    ("contentType", "as"),
    ("contentMediaType", "as"),
)
_REFERENCE = "#/components/schemas/"
_WORDS = {"oneOf": "one of", "anyOf": "any of", "allOf": "all of"}


@dataclass(frozen=True, slots=True)
class Field:
    """One place in a schema. ``facts`` are its bounds and default, as people read them.

    ``reference`` names a schema of the OpenAPI document that stands in this place.
    """

    name: str
    type: str
    required: bool
    facts: tuple[str, ...]
    description: str
    children: tuple[Field, ...]
    reference: str = ""


def forms(schema: Schema) -> list[Field]:
    """The alternatives at the top of a schema, or the schema itself as the only one.

    A form without a title is called by what it cannot do without.
    """
    alternatives = next((schema[key] for key in _CHOICES if schema.get(key)), None)
    if alternatives is None:
        return [field(_title(schema, "Object"), schema)]
    return [field(_title(form, _kind(form)), form) for form in alternatives]


def _title(form: Schema, otherwise: str) -> str:
    named = form.get("title") or next(iter(form.get("required", ())), "")
    return f"{named.capitalize()} object" if named and "properties" in form else otherwise


def _kind(form: Schema) -> str:
    stream = form.get("contentType") == "text/event-stream"
    return "Stream" if stream else "Object" if "properties" in form else "Value"


def field(name: str, schema: Schema | bool, required: bool = False) -> Field:
    """``schema`` and everything in it, as what ``name`` holds."""
    if isinstance(schema, bool):
        schema = {}
    return Field(
        name=name,
        type=_type(schema),
        required=required,
        facts=tuple(_facts(schema)),
        description=schema.get("description", ""),
        children=tuple(_children(schema)),
        reference=str(schema.get("$ref", "")).removeprefix(_REFERENCE),
    )


def _type(schema: Schema) -> str:
    for key in _CHOICES:
        if schema.get(key):
            return _WORDS[key]
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(kind)
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REFERENCE)
    if kind is None:
        return _untyped(schema)
    return str(kind)


def _untyped(schema: Schema) -> str:
    if "properties" in schema:
        return "object"
    return "value" if "const" in schema or "enum" in schema else "any"


def _facts(schema: Schema) -> Iterator[str]:
    if "default" in schema:
        yield f"default {_json(schema['default'])}"
    if "const" in schema:
        yield f"always {_json(schema['const'])}"
    if schema.get("enum"):
        yield "one of " + ", ".join(map(_json, schema["enum"]))
    for least, most, unit in _RANGES:
        if least in schema and most in schema:
            yield f"{schema[least]} to {schema[most]}{unit}"
        elif least in schema:
            yield f"at least {schema[least]}{unit}"
        elif most in schema:
            yield f"at most {schema[most]}{unit}"
    for key, words in _OTHERS:
        if key in schema:
            yield f"{words} {schema[key]}"


def _children(schema: Schema) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, child in schema.get("properties", {}).items():
        yield field(name, child, name in required)
    if isinstance(schema.get("items"), Mapping):
        yield field("each item", schema["items"])
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield field("each value", schema["additionalProperties"])
    if isinstance(schema.get("contentSchema"), Mapping):
        yield field("content", schema["contentSchema"])
    for key in _CHOICES:
        for at, form in enumerate(schema.get(key, ()), 1):
            yield field(form.get("title", f"form {at}"), form)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
