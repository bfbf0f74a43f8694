"""What is hopeless by its count alone, refused before anything looks at the pieces."""

from __future__ import annotations

from typing import Any

from understudy.catalog.card import ModelCard
from understudy.errors import PromptTooLong

_PIECES = ("content", "tool_calls")


def refuse_hopeless(body: Any, card: ModelCard) -> None:
    """Raise PromptTooLong for an input of more pieces than the card's context has tokens.

    Pieces are messages, their parts and past tool calls, or token ids: each is a token at
    least, so their number is the least that the input can come to. (A text part may be empty;
    but nobody means as many of those.)
    """
    match body:
        case {"messages": list() as pieces}:
            _refuse_more_than(card.context_limit - 1, pieces)
        case {"prompt": [int(), *_] as pieces} | {"prompt": [[int(), *_] as pieces]}:
            _refuse_more_than(card.context_limit - 1, pieces)


def _refuse_more_than(limit: int, entries: list[Any]) -> None:
    count = len(entries)
    if count <= limit:
        pieces = (entry.get(key) for entry in entries if isinstance(entry, dict) for key in _PIECES)
        count += sum(len(piece) for piece in pieces if isinstance(piece, list))
    if count > limit:
        raise PromptTooLong(count, limit)
