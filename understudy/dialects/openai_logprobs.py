"""Log-probabilities as OpenAI prints them: completions in four lists, chat in one of objects.

Both tell every token that counts as completion, the one that ended the answer included, because
clients that score a prompt take the last entry for the answer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from understudy.events import TextLogprob

LOWEST = -9999.0
"""What is told in place of less: JSON has no infinity."""


def completion_logprobs(tokens: Sequence[TextLogprob], as_ids: bool) -> dict[str, Any]:
    """The lists of a completion. ``as_ids`` spells every token ``token_id:<id>``."""
    return {
        "tokens": [_name(token, as_ids, "bytes:") for token in tokens],
        "token_logprobs": [_value(token) for token in tokens],
        "top_logprobs": [_likeliest(token, as_ids) for token in tokens],
        "text_offset": [token.offset for token in tokens],
    }


def chat_logprobs(tokens: Iterable[TextLogprob], as_ids: bool) -> dict[str, Any]:
    """The objects of a chat's answer; ``bytes`` is null for a control token, which has no text."""
    content = [
        {**_entry(token, as_ids), "top_logprobs": [_entry(likely, as_ids) for likely in token.top]}
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _entry(token: TextLogprob, as_ids: bool) -> dict[str, Any]:
    return {
        "token": _name(token, as_ids),
        "logprob": _value(token),
        "bytes": None if token.special else list(token.piece),
    }


def _likeliest(token: TextLogprob, as_ids: bool) -> dict[str, float] | None:
    """The likeliest tokens and the one that stands there, likeliest first.

    Two tokens may read the same; the likelier one stands for both.
    """
    value = _value(token)
    if value is None:
        return None
    found: dict[str, float] = {}
    for likely in token.top:
        found.setdefault(_name(likely, as_ids, "bytes:"), _value(likely) or 0.0)
    found.setdefault(_name(token, as_ids, "bytes:"), value)
    return found


def _value(token: TextLogprob) -> float | None:
    return None if token.logprob is None else max(token.logprob, LOWEST)


def _name(token: TextLogprob, as_ids: bool, prefix: str = "") -> str:
    """What a token reads; half a character is spelled as OpenAI does, byte by byte."""
    if as_ids:
        return f"token_id:{token.token_id}"
    try:
        return token.piece.decode()
    except UnicodeDecodeError:
        return prefix + "".join(f"\\x{byte:02x}" for byte in token.piece)
