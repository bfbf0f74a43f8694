"""Conversations from a user's own JSON lines, each checked; what is wrong is named with its line.

A line is ``{"messages": [...]}`` with an optional ``"tools"``, as in the files that chat
fine-tuning services take, or ``{"prompt": "...", "completion": "..."}``, which stands for one
message of the user and its answer. An assistant's message may have a ``"weight"`` of 0: it is
read, but not learnt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .corpus.pen import Message, Tool
from .tokenizer import SPECIAL

SHOWN = 20
"""Bad lines that one refusal lists."""

_ROLES = ("system", "user", "assistant", "tool")
_KEYS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "weight"},
    "tool": {"role", "content", "tool_call_id"},
}


class BadLine(ValueError):
    """One line cannot be learnt from; the text says why."""


class BadData(ValueError):
    """A file cannot be learnt from; the text lists its bad lines by number."""


@dataclass(frozen=True)
class Conversation:
    """Messages and tools as the chat template takes them.

    ``unlearnt`` are the answers, counted from 0 among those of the assistant, without loss.
    """

    messages: list[Message]
    tools: list[Tool] | None = None
    unlearnt: frozenset[int] = field(default=frozenset())


def read(path: Path) -> Iterator[tuple[int, Conversation | BadLine]]:
    """The lines of a file with their numbers from 1; blank ones are passed over.

    Raises BadData when the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise BadData(f"{path} cannot be read: {exc.strerror}.") from exc
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield number, conversation(_object(line))
            except BadLine as exc:
                yield number, exc


def refusal(path: Path, bad: list[tuple[int, BadLine]]) -> BadData:
    """One error that lists the bad lines."""
    listed = [f"  line {number}: {why}" for number, why in bad[:SHOWN]]
    if len(bad) > SHOWN:
        listed.append(f"  and {len(bad) - SHOWN} more")
    noun = "line" if len(bad) == 1 else "lines"
    return BadData("\n".join([f"{path}: {len(bad)} {noun} cannot be learnt from.", *listed]))


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as exc:
        raise BadLine("is not UTF-8") from exc
    except json.JSONDecodeError as exc:
        raise BadLine(f"is not JSON: {exc.msg} at character {exc.pos + 1}") from exc
    except (ValueError, RecursionError) as exc:  # numbers too long, nesting too deep
        raise BadLine("is not JSON that can be read") from exc
    if not isinstance(value, dict):
        raise BadLine("is not a JSON object")
    return value


def conversation(line: dict[str, Any]) -> Conversation:
    """The conversation of one line. Raises BadLine."""
    if "messages" in line:
        _only(line, {"messages", "tools"}, "the line")
        messages = line["messages"]
    elif "prompt" in line or "completion" in line:
        _only(line, {"prompt", "completion"}, "the line")
        messages = [
            {"role": "user", "content": _text(line.get("prompt"), "'prompt'")},
            {"role": "assistant", "content": _text(line.get("completion"), "'completion'")},
        ]
    else:
        raise BadLine("has neither 'messages' nor 'prompt' and 'completion'")
    if not isinstance(messages, list) or not messages:
        raise BadLine("'messages' must be a list that is not empty")
    checked = [_message(message, f"messages[{i}]") for i, message in enumerate(messages)]
    _in_order(messages)
    tools = _tools(line.get("tools"), [message["role"] for message in checked])
    answers = [message for message in checked if message["role"] == "assistant"]
    unlearnt = frozenset(i for i, answer in enumerate(answers) if answer.pop("weight", 1) == 0)
    if len(unlearnt) == len(answers):
        raise BadLine("every answer has weight 0, so there is nothing to learn")
    return Conversation(checked, tools, unlearnt)


def _message(message: Any, place: str) -> Message:
    if not isinstance(message, dict):
        raise BadLine(f"{place} must be an object")
    role = message.get("role")
    if role not in _ROLES:
        raise BadLine(f"{place}.role must be one of {', '.join(_ROLES)}, not {_shown(role)}")
    _only(message, _KEYS[role], place)
    clean: Message = {"role": role}
    if "tool_calls" in message:
        if message.get("content"):
            raise BadLine(f"{place} has both 'content' and 'tool_calls'; the template writes one")
        calls = message["tool_calls"]
        if not isinstance(calls, list) or not calls:
            raise BadLine(f"{place}.tool_calls must be a list that is not empty")
        clean["content"] = ""
        clean["tool_calls"] = [
            _call(call, f"{place}.tool_calls[{i}]") for i, call in enumerate(calls)
        ]
    else:
        clean["content"] = _text(message.get("content"), f"{place}.content")
    if "weight" in message:
        if type(message["weight"]) is not int or message["weight"] not in (0, 1):
            raise BadLine(f"{place}.weight must be 0 or 1, not {_shown(message['weight'])}")
        clean["weight"] = message["weight"]
    return clean


def _call(call: Any, place: str) -> dict[str, Any]:
    """A call with its arguments as an object, so that all are written in one way."""
    if not isinstance(call, dict):
        raise BadLine(f"{place} must be an object")
    _only(call, {"id", "type", "function"}, place)
    function = call.get("function")
    if not isinstance(function, dict):
        raise BadLine(f"{place}.function must be an object")
    _only(function, {"name", "arguments"}, f"{place}.function")
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError) as exc:
            raise BadLine(f"{place}.function.arguments is not JSON") from exc
    if not isinstance(arguments, dict):
        raise BadLine(f"{place}.function.arguments must be a JSON object")
    _unmarked(arguments, f"{place}.function.arguments")
    name = _text(function.get("name"), f"{place}.function.name")
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def _tools(tools: Any, roles: list[str]) -> list[Tool] | None:
    if tools is None or tools == []:
        return None
    if not isinstance(tools, list):
        raise BadLine("'tools' must be a list")
    for i, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict):
            raise BadLine(f"tools[{i}].function must be an object")
        _text(function.get("name"), f"tools[{i}].function.name")
    if "user" not in roles:
        raise BadLine("has tools but no user message, which is where the template shows them")
    _unmarked(tools, "'tools'")
    return tools


def _in_order(messages: list[Message]) -> None:
    """Results stand behind the calls they answer, and an answer ends it all."""
    if messages[-1]["role"] != "assistant":
        raise BadLine("the last message must be the assistant's: it is what is learnt")
    called: list[Any] = []
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            if not called:
                raise BadLine(f"messages[{i}] is a tool's result, but no call stands before it")
            wanted = message.get("tool_call_id")
            if wanted is not None and wanted not in called:
                raise BadLine(f"messages[{i}].tool_call_id names no call before it")
        else:
            called = [call.get("id") for call in message.get("tool_calls", ())]


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise BadLine(f"{place} must be a string, not {_shown(value)}")
    if not value.strip():
        raise BadLine(f"{place} is empty")
    _unmarked(value, place)
    return value


def _unmarked(value: Any, place: str) -> None:
    """Refuse text that would be read as the end of a turn, and halves of characters."""
    text = json.dumps(value, ensure_ascii=False)
    for mark in SPECIAL:
        if mark in text:
            raise BadLine(f"{place} holds {mark}, a mark of the chat template")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadLine(f"{place} holds half a surrogate pair, which is no text")


def _only(value: dict[str, Any], known: set[str], place: str) -> None:
    for key in value:
        if key not in known:
            raise BadLine(f"{place} has {_shown(key)}, which is not used here")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
