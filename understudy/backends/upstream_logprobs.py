"""Log-probabilities as an OpenAI-compatible server prints them, read into ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from understudy.events import UNKNOWN_TOKEN, TextLogprob

_BY_ID = "token_id:"
_BY_BYTES = "bytes:"


class Unreadable(ValueError):
    """What an upstream sent is not what this format has."""


def read_chat(given: Any, count: int) -> list[TextLogprob]:
    """The entries of ``{"content": […]}``, with ``count`` of the likeliest tokens each. None of
    them has an offset. Raises Unreadable."""
    entries = given.get("content") if isinstance(given, Mapping) else None
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise Unreadable("log-probabilities that are no list")
    return [_chat_entry(entry, count) for entry in entries]


def read_completion(given: Any, count: int) -> list[TextLogprob]:
    """The entries of the four lists of a completion, with the offsets that these tell.

    Raises Unreadable.
    """
    if not isinstance(given, Mapping):
        raise Unreadable("log-probabilities that are no object")
    names, values = _list(given, "tokens"), _list(given, "token_logprobs")
    tops = _list(given, "top_logprobs") or [None] * len(names)
    offsets = _list(given, "text_offset") or [0] * len(names)
    if not len(names) == len(values) == len(tops) == len(offsets):
        raise Unreadable("lists of log-probabilities that differ in length")
    return [
        replace(_token(name, value), offset=_offset(offset), top=_top(top, count))
        for name, value, top, offset in zip(names, values, tops, offsets, strict=True)
    ]


class Offsets:
    """Where tokens stand in the text of a choice, for servers that do not tell it rightly.

    ``known`` is the text that the choice begins with: its tokens are looked for in it, because
    BOS and its like are named there and are no text. After it each token adds what it reads.
    """

    def __init__(self, known: str = "") -> None:
        self._known = known.encode()
        self._at = 0
        self._characters = 0
        self._half = b""

    def place(self, tokens: Sequence[TextLogprob]) -> list[TextLogprob]:
        return list(self._placed(tokens))

    def _placed(self, tokens: Sequence[TextLogprob]) -> Iterator[TextLogprob]:
        for token in tokens:
            top = tuple(replace(one, offset=self._characters) for one in token.top)
            yield replace(token, offset=self._characters, top=top)
            if self._at >= len(self._known) or self._known.startswith(token.piece, self._at):
                self._advance(token.piece)

    def _advance(self, piece: bytes) -> None:
        self._at += len(piece)
        text = self._half + piece
        self._half = _unfinished(text)
        whole = text[: len(text) - len(self._half)]
        self._characters += len(whole.decode(errors="replace"))


def _unfinished(text: bytes) -> bytes:
    """The beginning of a character at the end of ``text``."""
    for length in range(1, min(3, len(text)) + 1):
        lead = text[-length]
        if lead >= 0xC0:
            if lead > 0xF4:
                return b""
            needed = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return text[-length:] if length < needed else b""
        if lead < 0x80:
            break
    return b""


def _chat_entry(entry: Any, count: int) -> TextLogprob:
    if not isinstance(entry, Mapping):
        raise Unreadable("a log-probability that is no object")
    top = entry.get("top_logprobs") or []
    if not isinstance(top, list):
        raise Unreadable("likeliest tokens that are no list")
    return replace(_named(entry), top=tuple(map(_named, top[:count])))


def _named(entry: Any) -> TextLogprob:
    if not isinstance(entry, Mapping):
        raise Unreadable("a likely token that is no object")
    token = _token(entry.get("token"), entry.get("logprob"))
    given = entry.get("bytes")
    if "bytes" in entry and given is None:
        return replace(token, special=True)
    if not isinstance(given, list) or token.token_id != UNKNOWN_TOKEN:
        return token
    try:
        return replace(token, piece=bytes(given))
    except (ValueError, TypeError):
        raise Unreadable("bytes of a token that are none") from None


def _top(given: Any, count: int) -> tuple[TextLogprob, ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise Unreadable("likeliest tokens that are no object")
    tokens = [_token(name, value) for name, value in given.items()]
    tokens.sort(key=lambda token: math.inf if token.logprob is None else -token.logprob)
    return tuple(tokens[:count])


def _token(name: Any, value: Any) -> TextLogprob:
    if not isinstance(name, str):
        raise Unreadable("a token without a name")
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise Unreadable("a log-probability that is no number")
    logprob = None if value is None else float(value)
    number = name.removeprefix(_BY_ID)
    if number != name and number.isascii() and number.isdigit() and len(number) < 12:
        return TextLogprob(int(number), b"", logprob)
    return TextLogprob(UNKNOWN_TOKEN, _piece(name), logprob)


def _piece(name: str) -> bytes:
    """The bytes that a name spells; half a character is spelt byte by byte."""
    if name.startswith(_BY_BYTES):
        try:
            return bytes.fromhex(name.removeprefix(_BY_BYTES).replace("\\x", " "))
        except ValueError:
            pass
    return name.encode(errors="replace")


def _offset(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise Unreadable("an offset that is no number")
    return given


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    values = given.get(name) or []
    if not isinstance(values, list):
        raise Unreadable("log-probabilities that are no list")
    return values
