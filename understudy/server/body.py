"""Request bodies: bytes within a limit, unpacked within the same limit, then strict JSON."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.types import Receive

from understudy.errors import BodyTooLarge, MalformedBody, MissingBody, UnsupportedEncoding
from understudy.server.exchange import Disconnected
from understudy.strict_json import MAX_DEPTH, too_deep

_BUFFERED = 64 * 1024
"""Bytes that the socket's own buffer takes before anyone reads."""

_BOM = b"\xef\xbb\xbf"
_GZIP = 16 + zlib.MAX_WBITS
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def check_headers(headers: Mapping[str, str], *, limit: int, gzip: bool) -> None:
    """What can be refused before a byte is read.

    Raises BodyTooLarge and UnsupportedEncoding.
    """
    encoding = _encoding(headers)
    if encoding not in ("identity", "") and not (gzip and encoding == "gzip"):
        raise UnsupportedEncoding(encoding, ("gzip",) if gzip else ())
    if (_declared(headers) or 0) > limit:
        raise BodyTooLarge(limit)


def may_be_large(headers: Mapping[str, str]) -> bool:
    """Whether reading the body may take memory beyond the socket's own buffer."""
    declared = _declared(headers)
    return "transfer-encoding" in headers if declared is None else declared > _BUFFERED


async def read_body(receive: Receive, headers: Mapping[str, str], *, limit: int) -> bytes:
    """The whole body, unpacked, in at most ``limit`` bytes before and after unpacking.

    The headers have passed ``check_headers``. Raises BodyTooLarge, MalformedBody (broken gzip)
    and Disconnected.
    """
    body = await _received(receive, limit)
    return _unpacked(body, limit) if _encoding(headers) == "gzip" else body


def _encoding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "identity").strip().lower()


def _declared(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text[:19]) if text.isdecimal() else None


async def _received(receive: Receive, limit: int) -> bytes:
    parts = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise BodyTooLarge(limit)
        more = message.get("more_body", False)
    return bytes(parts)


def _unpacked(packed: bytes, limit: int) -> bytes:
    if not packed:
        return b""
    stream = zlib.decompressobj(_GZIP)
    try:
        body = stream.decompress(packed, limit + 1)
    except zlib.error:
        raise MalformedBody("The body is not valid gzip.") from None
    if len(body) > limit:
        raise BodyTooLarge(limit)
    if not stream.eof or stream.unused_data:
        raise MalformedBody("The body is not one whole gzip stream.")
    return body


def parse_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it: UTF-8, finite numbers, at most MAX_DEPTH levels.

    A byte order mark at the start is ignored, as the RFC allows: editors add it unasked. Raises
    MissingBody and MalformedBody.
    """
    body = body.removeprefix(_BOM)
    if not body.strip(b" \t\r\n"):
        raise MissingBody("The request has no body.")
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as exc:
        raise MalformedBody(f"The body is not valid UTF-8 (byte {exc.start}).") from None
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as exc:
        raise MalformedBody(f"The body is not valid JSON: {exc}.") from None
    except ValueError:
        # The interpreter refuses to read integers of thousands of digits.
        raise MalformedBody("The body has a number that is too long.") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and too_deep(value):
        raise _too_deep()
    if _SURROGATE_ESCAPE.search(body):
        _check_surrogates(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(f"The body is not valid JSON: {name} is not a number there.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedBody("The body has a number that is too large.")
    return number


def _too_deep() -> MalformedBody:
    return MalformedBody(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _check_surrogates(value: Any) -> None:
    """Half a surrogate pair is no character: no tokenizer and no answer could hold it."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedBody("The body has half a surrogate pair in a string.") from None
