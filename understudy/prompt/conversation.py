"""Changes to a conversation before its template sees it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from understudy.request import Constraint, JsonObject, JsonSchema, Message

_SCHEMA = "Answer with JSON only, matching this JSON schema:"
"""The bundled model is trained on these very words."""
_OBJECT = "Answer with one JSON object only."


def with_system(messages: Sequence[Message], text: str) -> list[Message]:
    """``messages`` with ``text`` at the end of the system message, which comes first."""
    if messages and messages[0].role == "system":
        first, *rest = messages
        said = first.content.rstrip()
        return [replace(first, content=f"{said}\n\n{text}" if said else text), *rest]
    return [Message("system", text), *messages]


def form_told(constraint: Constraint | None, room: int) -> str | None:
    """What a model is told of the form of its answer, None where it is told nothing.

    The constraint holds the answer to its form; a model that knows of it fills the form better.
    A schema of more than ``room`` characters would crowd out the conversation, and a pattern helps
    no model.
    """
    match constraint:
        case JsonObject():
            return _OBJECT
        case JsonSchema(schema):
            try:
                text = json.dumps(schema, ensure_ascii=False)
            except (TypeError, ValueError, RecursionError):
                return None  # the grammar says what is wrong with it
            return f"{_SCHEMA}\n{text}" if len(text) <= room else None
    return None


def merged(messages: Sequence[Message]) -> list[Message]:
    """``messages`` with those of one role that follow each other as one, for templates that take
    turns in alternation only."""
    turns: list[Message] = []
    for message in messages:
        last = turns[-1] if turns else None
        if last is None or last.role != message.role or not _is_plain(last, message):
            turns.append(message)
            continue
        parts = [part for part in (last.content, message.content) if part]
        turns[-1] = replace(last, content="\n\n".join(parts))
    return turns


def _is_plain(*messages: Message) -> bool:
    return not any(message.tool_calls or message.role == "tool" for message in messages)
