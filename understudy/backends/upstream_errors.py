"""What an upstream's refusals and failures are to a caller of ours, who is never shown its key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from understudy.errors import (
    ServerBusy,
    UnderstudyError,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamUnavailable,
)

LONGEST_MESSAGE = 500
_SHORT_KEY = 8
_WHO = "The server that computes this model"
_REFUSED = (400, 413, 422)
_BUSY, _UNAVAILABLE = 429, 503
RETRIED = (_BUSY, _UNAVAILABLE)
_LONGEST_WAIT = 3600


def status_error(
    status: int, body: bytes, retry_after: int | None, secret: str | None
) -> UnderstudyError:
    """The error that an answer of ``status`` is. ``secret`` never appears in its text."""
    said = message_of(body, secret)
    if status in _REFUSED:
        return UpstreamRefused(said or "The server that computes this model refused the request.")
    if status == _BUSY:
        return ServerBusy(retry_after or 1)
    if status == _UNAVAILABLE:
        return UpstreamUnavailable(_sentence("takes no calls now", said), retry_after or 1)
    if status in (401, 403):
        # Not passed on: the caller's own key is good, and these texts may spell out the other.
        return UpstreamFailed("The server that computes this model does not take our key.")
    if status == 404:
        return UpstreamFailed(_sentence("has no such model or route", said))
    return UpstreamFailed(_sentence(f"failed with status {status}", said))


def stream_error(said: Any, secret: str | None) -> UpstreamFailed:
    """The error that a stream ended with."""
    return UpstreamFailed(_sentence("failed while it answered", shown(_found(said), secret)))


def message_of(body: bytes, secret: str | None) -> str:
    """The sentence in the body of an error, in whichever of the usual places it stands."""
    text = body.decode(errors="replace")
    try:
        found = _found(json.loads(text))
    except (ValueError, RecursionError):
        found = "" if "<" in text else text
    return shown(found, secret)


def shown(text: str, secret: str | None) -> str:
    """``text`` on one line, of bounded length, and without ``secret``."""
    if secret:
        # What is found in the middle of words would spell a short key out, and the words no more.
        alone = r"(?<!\w){}(?!\w)" if len(secret) < _SHORT_KEY else "{}"
        text = re.sub(alone.format(re.escape(secret)), "[key]", text)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST_MESSAGE else line[:LONGEST_MESSAGE] + "…"


def retry_after(value: str | None) -> int | None:
    """Seconds, from a header that has seconds or a date; None where it makes no sense."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(0, round(seconds)), _LONGEST_WAIT)


def _sentence(what: str, said: str) -> str:
    # One of ours that has an upstream itself: the end of the chain says what went wrong.
    if said.startswith(_WHO):
        return said
    return f"{_WHO} {what}{': ' + said if said else '.'}"


def _found(value: Any, depth: int = 4) -> str:
    if isinstance(value, str):
        return value
    if depth == 0:
        return ""
    if isinstance(value, list):
        return _found(value[0], depth - 1) if value else ""
    if isinstance(value, Mapping):
        for name in ("error", "message", "msg", "detail", "errors", "description"):
            if found := _found(value.get(name), depth - 1):
                return found
    return ""
