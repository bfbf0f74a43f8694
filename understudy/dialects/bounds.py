"""What is hopeless by its count alone, refused before anything looks at the pieces."""

from __future__ import annotations

from typing import Any

from understudy.catalog.card import ModelCard
from understudy.errors import PromptTooLong

_PIECES = ("content", "tool_calls")
_NAMES = ("properties", "required")


def refuse_hopeless(body: Any, card: ModelCard) -> None:
    """Raise PromptTooLong for an input of more pieces than the card's context has tokens.

    Pieces are messages, their parts and past tool calls, tools and their parameters, or token
    ids: each is a token at least, so their number is the least that the input can come to. (A
    text part may be empty; but nobody means as many of those.)
    """
    match body:
        case {"tools": list() as tools}:
            _refuse_more_than(card.context_limit - 1, len(tools) + _parameters(tools))
    match body:
        case {"messages": list() as pieces}:
            limit = card.context_limit - 1
            _refuse_more_than(limit, len(pieces))
            _refuse_more_than(limit, len(pieces) + _sum(pieces, _PIECES))
        case {"prompt": [int(), *_] as ids} | {"prompt": [[int(), *_] as ids]}:
            _refuse_more_than(card.context_limit - 1, len(ids))


def _parameters(tools: list[Any]) -> int:
    """How many names the parameters of ``tools`` have, in both shapes of a tool."""
    flat = [tool for tool in tools if isinstance(tool, dict)]
    both = flat + [tool.get("function") for tool in flat]
    return _sum([tool.get("parameters") for tool in both if isinstance(tool, dict)], _NAMES)


def _sum(entries: list[Any], keys: tuple[str, ...]) -> int:
    """How many pieces ``entries`` have under ``keys``."""
    found = [entry.get(key) for entry in entries if isinstance(entry, dict) for key in keys]
    return sum(len(pieces) for pieces in found if isinstance(pieces, list | dict))


def _refuse_more_than(limit: int, count: int) -> None:
    if count > limit:
        raise PromptTooLong(count, limit)
