"""``response_format``: what the answer must be, in OpenAI's words and those of its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.body_schema import entry
from understudy.dialects.openai_schema import ResponseFormat
from understudy.errors import SchemaViolation
from understudy.request import Constraint, JsonObject, JsonSchema, Regex

FIELD = "response_format"
_ENVELOPE = {"name", "description", "schema", "strict"}
_FIELD_OF = {"json_schema": "json_schema", "regex": "regex"}


def constraint_of(asked: ResponseFormat | None, *, bare: bool = False) -> Constraint | None:
    """The engine's form of ``asked``, None where any text will do.

    A schema stands in OpenAI's envelope, ``{"name", "schema"}``; where ``bare``, it may also
    stand for itself, and none at all be any object's: the AI SDK asks so for JSON of no schema.
    Raises SchemaViolation for a field that the type needs or that it leaves without a meaning.
    """
    if asked is None:
        return None
    if bare and asked.model_dump(exclude_none=True) == {"type": "json_schema"}:
        return JsonObject()
    needed = _FIELD_OF.get(asked.type)
    given = {
        "schema": asked.elsewhere,
        "json_schema": asked.json_schema,
        "regex": asked.regex,
    }
    for field, value in given.items():
        if field == needed and value is None:
            raise _violation("missing", (field,), "Field required", {"type": asked.type})
        if field != needed and value is not None:
            raise _violation("extra_forbidden", (field,), "Extra inputs are not permitted", value)
    if asked.regex is not None:
        return Regex(asked.regex)
    if asked.json_schema is not None:
        return JsonSchema(_schema(asked.json_schema, bare))
    return JsonObject() if asked.type == "json_object" else None


def unwrapped(given: Mapping[str, Any]) -> Any:
    """The schema in OpenAI's envelope; ``given`` where it is none."""
    enveloped = "schema" in given and given.keys() <= _ENVELOPE
    return given["schema"] if enveloped else given


def _schema(given: Mapping[str, Any], bare: bool) -> Mapping[str, Any]:
    schema = unwrapped(given) if bare else given.get("schema")
    where = ("json_schema", "schema")
    if schema is None:
        raise _violation("missing", where, "Field required", given)
    if not isinstance(schema, Mapping):
        raise _violation("dict_type", where, "Input should be a valid dictionary", schema)
    return schema


def _violation(kind: str, where: tuple[str, ...], text: str, given: Any) -> SchemaViolation:
    loc = (FIELD, *where)
    return SchemaViolation(f"{'.'.join(loc)}: {text}", [entry(kind, loc, text, given)])
