"""Tools in a native Workers AI body, refused in plain words where they make no sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.body_schema import Body, read
from understudy.dialects.tools import PastCalls, ToolFields, refuse_calls_of
from understudy.errors import InvalidField, SchemaViolation
from understudy.request import ToolCall


class _Turn(Body):
    tool_calls: PastCalls | None = None


def tool_fields(body: Mapping[str, Any]) -> ToolFields:
    """What ``body`` says of tools. Raises InvalidField."""
    try:
        return read(ToolFields, {name: body.get(name) for name in ToolFields.model_fields})
    except SchemaViolation as exc:
        raise _invalid(exc, "") from None


def past_calls(message: Mapping[str, Any], role: str, where: str) -> tuple[ToolCall, ...]:
    """The calls that a message of ``role`` at ``where`` made. Raises InvalidField."""
    try:
        calls = read(_Turn, {"tool_calls": message.get("tool_calls")}).tool_calls
    except SchemaViolation as exc:
        raise _invalid(exc, f"{where}.") from None
    refuse_calls_of(role, calls, f"{where}.tool_calls")
    return tuple(calls or ())


def _invalid(exc: SchemaViolation, where: str) -> InvalidField:
    """The first of FastAPI's entries as one sentence about a field."""
    _, name, *rest = exc.details[0]["loc"]
    path = f"{where}{name}" + "".join(f"[{part}]" for part in rest)
    return InvalidField(path, f"'{path}' is wrong: {exc.details[0]['msg']}.")
