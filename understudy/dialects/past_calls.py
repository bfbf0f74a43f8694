"""Past tool calls that clients put into the text of a message.

Cloudflare's own helper library feeds a call back as the JSON text of an assistant's message, one
message for each call, and the results without ids; some clients send the text beside
``tool_calls``. Left as text, a chat template would show the model an answer and then a result of
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from understudy import strict_json
from understudy.request import Message, ToolCall


def with_calls(messages: Sequence[Message]) -> tuple[Message, ...]:
    """``messages`` with such texts as calls.

    JSON alone may be an answer, so it counts as a call only where a tool's result follows.
    """
    found: list[Message] = []
    run: list[tuple[Message, ToolCall]] = []
    for message in messages:
        call = _told(message)
        if call is not None and not message.tool_calls:
            run.append((message, call))
            continue
        found += _closed(run, message)
        run = []
        repeated = call is not None and any(call.name == made.name for made in message.tool_calls)
        found.append(replace(message, content="") if repeated else message)
    return (*found, *(message for message, _ in run))


def _closed(run: Sequence[tuple[Message, ToolCall]], after: Message) -> list[Message]:
    """A run of texts that are calls, as one turn where ``after`` is a result."""
    if not run or after.role != "tool":
        return [message for message, _ in run]
    return [Message("assistant", "", tool_calls=tuple(call for _, call in run))]


def _told(message: Message) -> ToolCall | None:
    """The call that the text of an assistant's message spells, if it does."""
    text = message.content.strip()
    if message.role != "assistant" or not (text.startswith("{") and text.endswith("}")):
        return None
    match _parsed(text):
        case {"name": str(name), "arguments": arguments, **rest}:
            identifier = rest.get("id")
        case {"name": str(name), "parameters": arguments}:
            identifier = None
        case {"type": "function", "function": {"name": str(name), "arguments": arguments}, **rest}:
            identifier = rest.get("id")
        case _:
            return None
    if isinstance(arguments, str):
        arguments = _parsed(arguments)
    if not name or not isinstance(arguments, dict):
        return None
    given = identifier if isinstance(identifier, str) else None
    return ToolCall(name, json.dumps(arguments, ensure_ascii=False), given)


def _parsed(text: str) -> Any:
    """None for what is no JSON."""
    try:
        return strict_json.loads(text)
    except ValueError:
        return None
