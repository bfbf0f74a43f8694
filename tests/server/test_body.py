"""Bodies: limits hold before and after unpacking, and JSON is what the RFC says."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from understudy.errors import BodyTooLarge, MalformedBody, MissingBody
from understudy.server.body import check_headers, may_be_large, parse_json, read_body
from understudy.server.exchange import Disconnected
from understudy.strict_json import MAX_DEPTH

LIMIT = 100


def receiver(*parts: bytes, then: str = "end") -> Any:
    """An ASGI ``receive`` that gives ``parts``; ``then`` is "end" or "disconnect"."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if then == "disconnect":
        messages.append({"type": "http.disconnect"})
    else:
        messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return receive


async def read(receive: Any, gzip: bool = True, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    check_headers(named, limit=LIMIT, gzip=gzip)
    return await read_body(receive, named, limit=LIMIT)


async def test_parts_are_joined_up_to_the_limit() -> None:
    assert await read(receiver(b"a" * 60, b"b" * 40)) == b"a" * 60 + b"b" * 40


async def test_one_byte_more_is_refused() -> None:
    with pytest.raises(BodyTooLarge) as caught:
        await read(receiver(b"a" * 60, b"b" * 41))
    assert caught.value.limit == LIMIT


async def test_a_declared_length_is_refused_before_anything_is_read() -> None:
    async def receive() -> Any:
        raise AssertionError("read")

    for length in ("101", "9" * 5000):
        with pytest.raises(BodyTooLarge):
            await read(receive, content_length=length)


@pytest.mark.parametrize(
    ("headers", "large"),
    [
        ({}, False),
        ({"content-length": "65536"}, False),
        ({"content-length": "65537"}, True),
        ({"transfer-encoding": "chunked"}, True),
    ],
)
def test_a_body_may_be_large_unless_it_says_otherwise(headers: Any, large: bool) -> None:
    assert may_be_large(headers) is large


async def test_a_client_that_goes_away_halfway_is_noticed() -> None:
    with pytest.raises(Disconnected):
        await read(receiver(b"a", then="disconnect"))


async def test_gzip_is_unpacked_where_the_door_takes_it() -> None:
    packed = gzip.compress(b"hello")
    assert await read(receiver(packed), content_encoding="GZIP") == b"hello"
    with pytest.raises(MalformedBody, match="gzip"):
        await read(receiver(packed), gzip=False, content_encoding="gzip")


async def test_a_body_that_unpacks_beyond_the_limit_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 10_000)
    assert len(bomb) < LIMIT
    with pytest.raises(BodyTooLarge):
        await read(receiver(bomb), content_encoding="gzip")


@pytest.mark.parametrize(
    "packed",
    [b"hello", gzip.compress(b"hello", mtime=0)[:-4], gzip.compress(b"a", mtime=0) + b"rest"],
    ids=["not gzip", "cut short", "more behind"],
)
async def test_broken_gzip_is_refused(packed: bytes) -> None:
    with pytest.raises(MalformedBody, match="gzip"):
        await read(receiver(packed), content_encoding="gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x"])
async def test_other_encodings_are_named_and_refused(encoding: str) -> None:
    with pytest.raises(MalformedBody, match=encoding):
        await read(receiver(b"{}"), content_encoding=encoding)


def test_a_byte_order_mark_is_no_part_of_the_body() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"  \r\n\t", b"\xef\xbb\xbf"])
def test_nothing_is_a_missing_body(body: bytes) -> None:
    with pytest.raises(MissingBody):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", "JSON"),
        (b'{"a": 1,}', "JSON"),
        (b"{} {}", "JSON"),
        (b"{}\xef\xbb\xbf", "JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\uDFFF": 1}', "surrogate"),
        (b"[" * 100_000, "deep"),
        (b"[" * 2000 + b"]" * 2000, "deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "deep"),
    ],
)
def test_what_is_not_json_is_refused_and_said(body: bytes, named: str) -> None:
    with pytest.raises(MalformedBody, match=named):
        parse_json(body)


def test_nesting_up_to_the_limit_passes() -> None:
    parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(MalformedBody):
        parse_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(parse_json(json.dumps([[]] * 1000).encode())) == 1000
    assert parse_json(json.dumps("[" * 1000).encode()) == "[" * 1000


def test_whole_surrogate_pairs_large_integers_and_repeated_keys_pass() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert parse_json(b"18446744073709551616") == 2**64
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}
