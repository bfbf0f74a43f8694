"""Images and sounds as bodies hold them: data URIs and links, judged and never fetched."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

_LONGEST_HEAD = 1024
"""Characters; a type and its parameters come to some tens."""

_HEAD = re.compile(r"data:([a-z]+)/[a-z0-9.+-]+((?:;[a-z0-9-]+=[^;,]*)*);base64,", re.IGNORECASE)


def check_base64(text: str) -> str:
    """``text``, which is base64. Raises PydanticCustomError."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("base64", "Input should be valid base64") from None
    return text


def check_data_uri(text: str, kind: str) -> str:
    """``text``, which is a data URI in base64 of the kind ``image``, ``audio`` or ``video``."""
    head = _HEAD.match(text, 0, _LONGEST_HEAD)
    if head is None or head[1].lower() != kind or head.end() == len(text):
        wrong = "Input should be a data URI such as 'data:{kind}/…;base64,…'"
        raise PydanticCustomError("data_uri", wrong, {"kind": kind})
    check_base64(text[head.end() :])
    return text


def check_link(text: str, kind: str) -> str:
    """``text``, which is a data URI or an address on the web. Raises PydanticCustomError."""
    if text[:5].lower() == "data:":
        return check_data_uri(text, kind)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise PydanticCustomError(
            "url",
            "Input should be an http or https URL, or a data URI of the kind '{kind}/…'",
            {"kind": kind},
        )
    return text
