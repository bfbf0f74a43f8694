"""Tools as clients spell them, for every door that takes them.

OpenAI's nested objects and the service's flat ones mean the same, in ``tools`` and in the
``tool_calls`` of past turns alike. The types here are fields of request schemas; what fails is
an entry of a SchemaViolation, at its place in the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from understudy import strict_json
from understudy.dialects.body_schema import Body, abridge, encodable
from understudy.errors import InvalidField, UnsupportedField
from understudy.request import TOOL_NAME, Constraint, ToolCall, ToolChoice, ToolSpec

# OpenAI takes as many parallel calls as tools, and 128 tools.
MAX_TOOLS = 128
TOOL_NAME_SAID = "1 to 128 of the letters a to z, digits and _ - . : /"
_NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


def _read_tool(given: Any) -> ToolSpec:
    spec, where = _function(given, "tool")
    description = spec.get("description")
    if not isinstance(description, str | None):
        raise _wrong("tool", f"'{where}description' must be a string")
    parameters = spec.get("parameters")
    if parameters is None:
        parameters = _NO_PARAMETERS
    if not isinstance(parameters, Mapping):
        raise _wrong("tool", f"'{where}parameters' must be a JSON schema, which is an object")
    if parameters.get("type", "object") != "object":
        raise _wrong("tool", f"'{where}parameters' must be of type 'object'")
    named = _name(spec, "tool", where)
    return ToolSpec(named, encodable(description or ""), {"type": "object", **parameters})


def _read_call(given: Any) -> ToolCall:
    spec, where = _function(given, "tool_call")
    identifier = given.get("id")
    if not isinstance(identifier, str | None):
        raise _wrong("tool_call", "'id' must be a string")
    arguments = _arguments(spec.get("arguments"))
    if arguments is None:
        raise _wrong("tool_call", f"'{where}arguments' must be an object, or one as JSON text")
    name = _name(spec, "tool_call", where)
    return ToolCall(name, encodable(arguments), identifier and encodable(identifier))


def _arguments(given: Any) -> str | None:
    """The JSON text of an object; None where it is none."""
    if isinstance(given, dict):
        return json.dumps(given, ensure_ascii=False)
    text = "" if given is None else given
    if not isinstance(text, str):
        return None
    # Models leave out what a tool without parameters does not need.
    if not text.strip():
        return "{}"
    try:
        return text if isinstance(strict_json.loads(text), dict) else None
    except ValueError:
        return None


def _read_choice(given: Any) -> ToolChoice:
    match given:
        case "auto" | "none" | "required":
            return ToolChoice(given)
        case "any":
            return ToolChoice("required")
        case {"function": {"name": str(name)}} | {"name": str(name)}:
            if given.get("type", "function") == "function":
                return ToolChoice("required", name)
    raise _wrong(
        "tool_choice",
        "Input should be 'auto', 'none', 'required', 'any' or an object that names a function",
    )


def _in_both_forms(function: Mapping[str, Any], **beside: Any) -> WithJsonSchema:
    """How the JSON schema of a body says that ``function`` may stand in OpenAI's object."""
    nested = {"type": {"const": "function"}, "function": function, **beside}
    wrapped = {"type": "object", "properties": nested, "required": ["function"]}
    flat = {**function, "properties": {**function["properties"], **beside}}
    return WithJsonSchema({"anyOf": [wrapped, flat]})


_NAME = {"type": "string", "pattern": f"^{TOOL_NAME.pattern}$"}
_FUNCTION = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "description": {"type": ["string", "null"]},
        "parameters": {"type": ["object", "null"]},
    },
    "required": ["name"],
}
_CALL = {
    "type": "object",
    "properties": {"name": _NAME, "arguments": {"type": ["object", "string", "null"]}},
    "required": ["name"],
}
_NAMED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
_CHOICES = [
    {"enum": ["auto", "none", "required", "any"]},
    {
        "type": "object",
        "properties": {"type": {"const": "function"}, "function": _NAMED},
        "required": ["function"],
    },
    _NAMED,
]

Tool = Annotated[ToolSpec, PlainValidator(_read_tool), _in_both_forms(_FUNCTION)]
Tools = Annotated[list[Tool], Field(max_length=MAX_TOOLS, fail_fast=True)]
Choice = Annotated[ToolChoice, PlainValidator(_read_choice), WithJsonSchema({"anyOf": _CHOICES})]
PastCall = Annotated[
    ToolCall,
    PlainValidator(_read_call),
    _in_both_forms(_CALL, id={"type": ["string", "null"]}),
]
PastCalls = Annotated[list[PastCall], Field(max_length=MAX_TOOLS, fail_fast=True)]


class ToolFields(Body):
    """The fields of a body that are about tools."""

    tools: Tools | None = None
    tool_choice: Choice | None = None
    parallel_tool_calls: bool | None = None

    def choice(self, constraint: Constraint | None, field: str = "response_format") -> ToolChoice:
        """What ``tool_choice`` means for these tools, beside the form of the answer that ``field``
        asks for.

        Raises InvalidField where it means nothing, and UnsupportedField where a call must be
        made and the answer has a form of its own.
        """
        choice = self.tool_choice or ToolChoice()
        names = [tool.name for tool in self.tools or ()]
        if len(set(names)) < len(names):
            twice = next(name for at, name in enumerate(names) if name in names[:at])
            raise InvalidField("tools", f"'tools' has two tools of the name {abridge(twice)!r}.")
        if choice.name is not None and choice.name not in names:
            missing = abridge(choice.name)
            raise InvalidField("tool_choice", f"'tool_choice' names no tool of 'tools': {missing}.")
        if not names:
            if choice.mode == "required":
                raise InvalidField("tool_choice", "'tool_choice' asks for a call without 'tools'.")
            return ToolChoice()
        if choice.mode == "required" and constraint is not None:
            why = "is not supported beside a 'tool_choice' that asks for a call"
            raise UnsupportedField(field, why)
        return replace(choice, parallel=self.parallel_tool_calls is not False)


def refuse_calls_of(role: str, calls: Sequence[Any] | None, where: str) -> None:
    """Raise InvalidField for calls at ``where`` that a role other than the assistant made."""
    if calls and role != "assistant":
        raise InvalidField(where, f"'{where}' is for messages of the role 'assistant'.")


def _function(given: Any, kind: str) -> tuple[Mapping[str, Any], str]:
    """The object that has the name, and what its fields are called from the entry on."""
    if not isinstance(given, dict):
        raise _wrong(kind, "Input should be an object")
    if given.get("type") not in (None, "function"):
        raise _wrong(kind, "Only the type 'function' is supported")
    nested = given.get("function")
    if nested is None:
        return given, ""
    if not isinstance(nested, dict):
        raise _wrong(kind, "'function' must be an object")
    return nested, "function."


def _name(spec: Mapping[str, Any], kind: str, where: str) -> str:
    name = spec.get("name")
    if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
        raise _wrong(kind, f"'{where}name' must be {TOOL_NAME_SAID}")
    return name


def _wrong(kind: str, text: str) -> PydanticCustomError:
    return PydanticCustomError(kind, text)
