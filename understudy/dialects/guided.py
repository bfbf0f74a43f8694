"""The form of an answer as vLLM's clients ask for it: ``guided_…`` and ``structured_outputs``.

Each is a constraint that ``response_format`` has too, or a choice among texts, which is a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from understudy import strict_json
from understudy.dialects.body_schema import Body, Text, encodable
from understudy.errors import InvalidField, UnsupportedField
from understudy.request import Constraint, JsonObject, JsonSchema, Regex

MAX_CHOICES = 1024
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def _schema(given: Any) -> Any:
    """A schema stands for itself, or is its JSON text."""
    if isinstance(given, str):
        try:
            given = strict_json.loads(given)
        except ValueError:
            raise PydanticCustomError("json_invalid", "Input should be a valid JSON text") from None
    if not isinstance(given, Mapping):
        raise PydanticCustomError(
            "json_schema", "Input should be a JSON schema, which is an object"
        )
    return given


Schema = Annotated[Any, AfterValidator(lambda given: None if given is None else _schema(given))]
Choice = Annotated[str, Field(min_length=1), AfterValidator(encodable)]
Choices = Annotated[list[Choice], Field(min_length=1, max_length=MAX_CHOICES, fail_fast=True)]


class StructuredOutputs(Body):
    """vLLM's newer spelling; those of its fields that are no form of ours are refused."""

    json_: Schema = Field(default=None, alias="json")
    regex: Text | None = None
    choice: Choices | None = None
    json_object: bool | None = None
    grammar: Any = None
    structural_tag: Any = None
    whitespace_pattern: Any = None
    disable_any_whitespace: bool | None = None
    disable_additional_properties: bool | None = None
    disable_fallback: bool | None = None


_NOT_OURS = (
    *("grammar", "structural_tag", "whitespace_pattern"),
    *("disable_any_whitespace", "disable_additional_properties"),
)


class GuidedFields(Body):
    """The fields of a body."""

    guided_json: Schema = None
    guided_regex: Text | None = None
    guided_choice: Choices | None = None
    structured_outputs: StructuredOutputs | None = None

    def guided(self) -> dict[str, Constraint]:
        """What the answer must be, by the field that says it; there may be several yet.

        Raises UnsupportedField.
        """
        found: dict[str, Constraint | None] = {
            "guided_json": _json(self.guided_json),
            "guided_regex": _pattern(self.guided_regex),
            "guided_choice": _one_of(self.guided_choice),
        }
        if (asked := self.structured_outputs) is not None:
            for field in _NOT_OURS:
                if getattr(asked, field):
                    raise UnsupportedField(f"structured_outputs.{field}")
            found |= {
                "structured_outputs.json": _json(asked.json_),
                "structured_outputs.regex": _pattern(asked.regex),
                "structured_outputs.choice": _one_of(asked.choice),
                "structured_outputs.json_object": JsonObject() if asked.json_object else None,
            }
        return {field: form for field, form in found.items() if form is not None}


@dataclass(frozen=True, slots=True)
class Form:
    """What the answer must be, and the field that says so."""

    constraint: Constraint | None = None
    field: str = "response_format"


def only_form(forms: Mapping[str, Constraint]) -> Form:
    """The one of ``forms``, by their fields, that is asked for, if one is.

    Raises InvalidField where several are: an answer has one form.
    """
    if len(forms) > 1:
        first, second, *_ = forms
        raise InvalidField(second, f"'{first}' and '{second}' both say what form the answer has.")
    return next((Form(form, field) for field, form in forms.items()), Form())


def _json(schema: Mapping[str, Any] | None) -> Constraint | None:
    return None if schema is None else JsonSchema(schema)


def _pattern(pattern: str | None) -> Constraint | None:
    return None if pattern is None else Regex(pattern)


def _one_of(texts: list[str] | None) -> Constraint | None:
    if texts is None:
        return None
    return Regex("|".join(_SPECIAL.sub(r"\\\g<0>", text) for text in texts))
