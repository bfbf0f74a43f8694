"""Schemas of the document's components, read from the classes that describe or judge JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from understudy.dialects.body_schema import Body
from understudy.openapi.fields import meaning

_AT = "#/components/schemas/{model}"

# How pydantic writes a bound behind a validator of ours, and how JSON schema does.
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}


class Components:
    """Collects classes while a document is written; then knows their schemas."""

    def __init__(self) -> None:
        self._classes: dict[type[BaseModel], None] = {}

    def note(self, schema: Any) -> None:
        """Take in every class in ``schema``."""
        match schema:
            case type():
                self._classes.setdefault(schema)
            case Mapping():
                for value in schema.values():
                    self.note(value)
            case list() | tuple():
                for value in schema:
                    self.note(value)

    def schemas(self) -> tuple[dict[type[Any], Any], dict[str, Any]]:
        """The reference to each class, and every component by name."""
        found, whole = models_json_schema(
            [(each, "validation") for each in self._classes],
            ref_template=_AT,
            schema_generator=_Generator,
        )
        references: dict[type[Any], Any] = {each: it for (each, _), it in found.items()}
        components = whole.get("$defs", {})
        return references, {name: _tidy(components[name]) for name in sorted(components)}


class _Generator(GenerateJsonSchema):
    """Says of bodies what their fields mean, in place of what readers of the code are told."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made, owner = super().model_schema(schema), schema["cls"]
        if issubclass(owner, Body):
            made.pop("description", None)
            names = [base.__name__ for base in owner.__mro__]
            for field, value in made["properties"].items():
                if text := meaning(names, field):
                    value["description"] = text
        return made


def resolved(schema: Any, references: Mapping[type[Any], Any]) -> Any:
    """``schema`` with references where classes stood."""
    match schema:
        case type():
            return references[schema]
        case Mapping():
            return {key: resolved(value, references) for key, value in schema.items()}
        case list() | tuple():
            return [resolved(value, references) for value in schema]
    return schema


def _tidy(schema: Any, within: str = "") -> Any:
    """``schema`` as a reader wants it: no title that only repeats a name, no null as a default
    (it means "not given"), every bound in JSON schema's words.

    ``within`` is the keyword that it stands below, whose names are no keywords.
    """
    if isinstance(schema, str):
        return schema.replace("``", "`") if within == "description" else schema
    if isinstance(schema, Sequence):
        return [_tidy(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    if within in ("properties", "$defs"):
        return {name: _tidy(value) for name, value in schema.items()}
    bounded = "type" in schema
    return {
        _BOUNDS.get(key, key) if bounded else key: value
        if key in ("const", "enum", "examples")
        else _tidy(value, key)
        for key, value in schema.items()
        if key != "title" and not (key == "default" and value is None)
    }
