"""``functions`` of a native Workers AI body: code for tools, which the server runs itself.

The service has the field in its schemas and says nowhere what it does with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.body_schema import abridge
from understudy.dialects.tools import MAX_TOOLS, TOOL_NAME_SAID, ToolFields
from understudy.errors import InvalidField, UnsupportedField
from understudy.request import TOOL_NAME, ToolSpec

_NOT_ALLOWED = (
    "is not supported by this server: it would run code that clients send, which its owner can "
    "allow with the setting 'run_functions' (UNDERSTUDY_RUN_FUNCTIONS=true)"
)
_ANY_OBJECT: Mapping[str, Any] = {"type": "object"}


def functions_of(body: Mapping[str, Any], *, allowed: bool) -> dict[str, str]:
    """Code by the name of its tool. Raises InvalidField, and UnsupportedField where there is some
    and it is not ``allowed``."""
    entries = body.get("functions")
    if not allowed and entries not in (None, []):
        raise UnsupportedField("functions", _NOT_ALLOWED)
    if entries is None:
        return {}
    if not isinstance(entries, list) or len(entries) > MAX_TOOLS:
        raise InvalidField("functions", f"'functions' must be an array of up to {MAX_TOOLS}.")
    found: dict[str, str] = {}
    for at, entry in enumerate(entries):
        where = f"functions[{at}]"
        if not isinstance(entry, dict):
            raise InvalidField(where, f"'{where}' must be an object.")
        name, code = entry.get("name"), entry.get("code")
        if not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
            text = f"'{where}.name' must be {TOOL_NAME_SAID}."
            raise InvalidField(f"{where}.name", text)
        if not isinstance(code, str) or not code.strip():
            text = f"'{where}.code' must be the JavaScript source of a function."
            raise InvalidField(f"{where}.code", text)
        if not _is_text(code):
            text = f"'{where}.code' has half a surrogate pair, which is no character."
            raise InvalidField(f"{where}.code", text)
        if name in found:
            text = f"'functions' has two functions of the name {abridge(name)!r}."
            raise InvalidField("functions", text)
        found[name] = code
    return found


def with_tools_for(functions: Mapping[str, str], asked: ToolFields) -> ToolFields:
    """``asked`` with a tool for each function that has none. Raises InvalidField."""
    tools = list(asked.tools or ())
    named = {tool.name for tool in tools}
    tools += [ToolSpec(name, "", _ANY_OBJECT) for name in functions if name not in named]
    if len(tools) > MAX_TOOLS:
        text = f"'tools' and 'functions' together must name up to {MAX_TOOLS} tools."
        raise InvalidField("functions", text)
    return asked.model_copy(update={"tools": tools}) if functions else asked


def _is_text(code: str) -> bool:
    try:
        code.encode()
    except UnicodeEncodeError:
        return False
    return True
