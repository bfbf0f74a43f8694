"""Gzip for those who ask for it."""

from __future__ import annotations

import gzip
import re

_LEVEL = 6
_GZIP = re.compile(r"\s*(gzip|x-gzip|\*)\s*(;\s*q\s*=\s*(?P<q>[0-9.]+)\s*)?", re.IGNORECASE)


def wants_gzip(accept_encoding: str) -> bool:
    """Whether a request's ``Accept-Encoding`` names gzip and does not weigh it 0 (RFC 9110)."""
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        match = _GZIP.fullmatch(part)
        if match:
            weights[match[1].lower()] = _weight(match["q"])
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def compressed(body: bytes, level: int = _LEVEL) -> bytes:
    """The same bytes for the same ``body``, whenever it is compressed."""
    return gzip.compress(body, level, mtime=0)


def _weight(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0
