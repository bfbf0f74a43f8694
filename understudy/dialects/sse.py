"""Server-sent events as every service here writes them: ``data: ``, compact JSON, a blank line."""

from __future__ import annotations

import json
import uuid
from typing import Any

DONE = b"data: [DONE]\n\n"

_PREFIX = b"data: "
_END = b"\n\n"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode

# Python clients split streams with str.splitlines (httpx does), which also breaks lines at
# these three; escaped, they are the same JSON and survive.
_LINE_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_HOLE = uuid.uuid4().hex


def to_json(value: Any) -> bytes:
    """Compact UTF-8 JSON of ``value``, on one line for every reader.

    Characters stay as they are, but a lone surrogate is escaped, because UTF-8 cannot hold
    it. Raises ValueError for NaN and infinity, which JSON cannot hold.
    """
    return _on_one_line(_encode(value))


def json_on_one_line(text: str) -> bytes:
    """``text``, which is JSON, as it was written but for its line breaks: between its parts they
    become blanks, and characters of its strings that some readers break lines at are escaped."""
    return _on_one_line(text.replace("\r", " ").replace("\n", " "))


def _on_one_line(text: str) -> bytes:
    if not text.isascii():
        for character, escape in _LINE_BREAKS.items():
            if character in text:
                text = text.replace(character, escape)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join(map(_escape_surrogate, text)).encode()


def frame(value: Any) -> bytes:
    """One event that carries ``value`` as JSON."""
    return json_frame(to_json(value))


def json_frame(line: bytes) -> bytes:
    """One event that carries JSON on one line."""
    return _PREFIX + line + _END


class TextFrame:
    """A frame in which one string changes from call to call; all else is encoded once.

    ``TextFrame({"response": TextFrame.HOLE})("Hi")`` is ``frame({"response": "Hi"})``.
    """

    HOLE = _HOLE
    __slots__ = ("_after", "_before")

    def __init__(self, value: Any) -> None:
        parts = frame(value).split(to_json(_HOLE))
        if len(parts) != 2:
            raise ValueError("a text frame has exactly one hole")
        self._before, self._after = parts

    def __call__(self, text: str) -> bytes:
        return self._before + to_json(text) + self._after


def _escape_surrogate(character: str) -> str:
    return f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else character
