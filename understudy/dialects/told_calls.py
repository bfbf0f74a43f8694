"""Tool calls as answers tell them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

from understudy.dialects.base import CallMeta
from understudy.dialects.sse import json_on_one_line, to_json
from understudy.request import ToolCall


def call_id(meta: CallMeta, choice: int, position: int, given: str | None) -> str:
    """The id of a call; where an upstream gave none, the same one in a stream and in a body."""
    return given or f"call_{meta.request_id}_{choice}_{position}"


def native_calls(meta: CallMeta, calls: Sequence[ToolCall]) -> bytes | None:
    """The calls of a native answer as a JSON array on one line, None where there is none.

    Each is told twice over, in the service's flat form, whose arguments are an object, and in
    OpenAI's, where they are its text: clients read the one or the other. A call that was cut off
    before its arguments were whole has no object, so it is left out.
    """
    told = []
    for position, call in enumerate(calls):
        arguments = call.arguments.strip() or "{}"
        if not _is_object(arguments):
            continue
        rest = {
            "id": call_id(meta, 0, position, call.id),
            "type": "function",
            "index": position,
            "function": {"name": call.name, "arguments": arguments},
        }
        flat = b'{"name":' + to_json(call.name) + b',"arguments":' + json_on_one_line(arguments)
        told.append(flat + b"," + to_json(rest)[1:])
    return b"[" + b",".join(told) + b"]" if told else None


def _is_object(text: str) -> bool:
    try:
        # Numbers stay text: Python reads none of thousands of digits.
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
