"""A JSON schema as a tree for people: fields with their types, bounds, defaults and meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_CHOICES = ("oneOf", "anyOf", "allOf")
_BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "above"),
    ("maximum", "at most"),
    ("exclusiveMaximum", "below"),
    ("minLength", "min length"),
    ("maxLength", "max length"),
    ("minItems", "min items"),
    ("maxItems", "max items"),
    ("pattern", "pattern"),
    ("format", "format"),
    ("contentType", "as"),
)
_WORDS = {"oneOf": "one of", "anyOf": "any of", "allOf": "all of"}


@dataclass(frozen=True, slots=True)
class Field:
    """One place in a schema. ``facts`` are its bounds and default, as people read them."""

    name: str
    type: str
    required: bool
    facts: tuple[str, ...]
    description: str
    children: tuple[Field, ...]


def forms(schema: Schema) -> list[Field]:
    """The alternatives at the top of a schema, or the schema itself as the only one.

    A form without a title is called by what it cannot do without.
    """
    alternatives = next((schema[key] for key in _CHOICES if schema.get(key)), None)
    if alternatives is None:
        return [_field(_title(schema, "Object"), schema, False)]
    return [_field(_title(form, _kind(form)), form, False) for form in alternatives]


def _title(form: Schema, otherwise: str) -> str:
    named = form.get("title") or next(iter(form.get("required", ())), "")
    return f"{named.capitalize()} object" if named and "properties" in form else otherwise


def _kind(form: Schema) -> str:
    stream = form.get("contentType") == "text/event-stream"
    return "Stream" if stream else "Object" if "properties" in form else "Value"


def _field(name: str, schema: Schema, required: bool) -> Field:
    return Field(
        name=name,
        type=_type(schema),
        required=required,
        facts=tuple(_facts(schema)),
        description=schema.get("description", ""),
        children=tuple(_children(schema)),
    )


def _type(schema: Schema) -> str:
    for key in _CHOICES:
        if schema.get(key):
            return _WORDS[key]
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind is None:
        return "object" if "properties" in schema else "any"
    return str(kind)


def _facts(schema: Schema) -> Iterator[str]:
    if "default" in schema:
        yield f"default {_json(schema['default'])}"
    if "const" in schema:
        yield f"always {_json(schema['const'])}"
    if schema.get("enum"):
        yield "one of " + ", ".join(map(_json, schema["enum"]))
    for key, words in _BOUNDS:
        if key in schema:
            yield f"{words} {schema[key]}"


def _children(schema: Schema) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, child in schema.get("properties", {}).items():
        yield _field(name, child, name in required)
    if isinstance(schema.get("items"), Mapping):
        yield _field("each item", schema["items"], False)
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield _field("each value", schema["additionalProperties"], False)
    for key in _CHOICES:
        for at, form in enumerate(schema.get(key, ()), 1):
            yield _field(form.get("title", f"form {at}"), form, False)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
