"""An upstream that is busy, gone, refuses, or sends what is no answer: over real sockets."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from tests.backends import misbehaving
from tests.backends.misbehaving import Wire, answer
from tests.backends.talking import ASKED, KEY, SHORT, collect, fails, talking, text_of
from understudy.backends.upstream import UpstreamBackend
from understudy.backends.upstream_errors import shown
from understudy.errors import (
    ServerBusy,
    UnderstudyError,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamUnavailable,
)
from understudy.events import (
    TextEvent,
)
from understudy.request import GenerationRequest, SamplingParams, TextInput
from understudy.upstreams import HOPS_HEADER, MOST_HOPS


@pytest.mark.parametrize("code", [429, 503])
async def test_a_busy_upstream_is_asked_again(code: int) -> None:
    busy = misbehaving.status(code)
    async with talking(busy, busy, answer(*SHORT)) as (server, backend):
        assert text_of(await collect(backend)) == "Hi"
        assert len(server.heard) == 3


async def test_how_long_to_wait_is_the_upstreams_to_say() -> None:
    soon = misbehaving.status(429, retry_after="0")
    async with talking(soon, answer(*SHORT)) as (_, backend):
        # Its own pauses would never end.
        backend._first_wait = 1e9
        assert text_of(await collect(backend)) == "Hi"


async def test_who_stays_busy_is_said_to_be() -> None:
    error = await fails(misbehaving.status(429), ServerBusy, "Capacity", calls=3)
    assert isinstance(error, ServerBusy)
    late = misbehaving.status(429, retry_after="77")
    error = await fails(late, ServerBusy, "Capacity")
    assert isinstance(error, ServerBusy)
    assert error.retry_after == 77
    down = misbehaving.status(503, {"error": "Loading."}, retry_after="600")
    error = await fails(down, UpstreamUnavailable, "takes no calls now: Loading.")
    assert isinstance(error, UpstreamUnavailable)
    assert error.retry_after == 600


async def test_who_does_not_want_to_wait_is_refused_at_once() -> None:
    async with talking(misbehaving.status(429)) as (server, backend):
        with pytest.raises(ServerBusy):
            await collect(backend, GenerationRequest("m", TextInput("a"), wait=False))
        assert len(server.heard) == 1


async def test_an_upstream_that_is_not_there_is_looked_for_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with talking(answer(*SHORT)) as (server, backend):
        upstream = server.upstream()
    backend = UpstreamBackend(upstream, KEY, first_wait=0.001)
    with caplog.at_level(logging.WARNING), pytest.raises(UpstreamFailed, match="not there"):
        await collect(backend)
    await backend.close()
    assert len([line for line in caplog.messages if "asked again" in line]) == 2
    assert KEY not in caplog.text


OPENAI = {"error": {"message": f"No, {KEY}.", "type": "x", "code": None}}
FASTAPI = {"detail": [{"loc": ["body"], "msg": "Too long", "type": "x"}]}


@pytest.mark.parametrize(
    ("code", "body", "kind", "match"),
    [
        (400, OPENAI, UpstreamRefused, r"^No, \[key\]\.$"),
        (422, FASTAPI, UpstreamRefused, "^Too long$"),
        (413, {"detail": {"error": "Large"}}, UpstreamRefused, "^Large$"),
        (400, b"plain\x00text", UpstreamRefused, "^plain text$"),
        (400, b"", UpstreamRefused, "refused the request"),
        (400, b"<html>proxy</html>", UpstreamRefused, "refused the request"),
        (400, b"[" * 70_000, UpstreamRefused, r"^\[{500}…$"),
        (401, OPENAI, UpstreamFailed, "does not take our key.$"),
        (403, OPENAI, UpstreamFailed, "does not take our key.$"),
        (404, {"message": "What?"}, UpstreamFailed, "no such model or route: What"),
        (500, {"errors": [{"message": "Oh"}]}, UpstreamFailed, "failed with status 500: Oh"),
        (307, b"", UpstreamFailed, "failed with status 307"),
    ],
)
async def test_a_refusal_is_passed_on_without_the_key(
    code: int, body: Any, kind: type[UnderstudyError], match: str
) -> None:
    await fails(misbehaving.status(code, body, location="http://127.0.0.1:1/"), kind, match)


async def test_an_endless_line_is_not_read_to_its_end() -> None:
    async def endless(wire: Wire) -> None:
        await wire.send(misbehaving.HEAD + b"data: ")
        while not wire.gone.is_set():
            await wire.send(b"x" * 65536)

    await fails(endless, UpstreamFailed, "sends too much")


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ({"content_type": "application/json"}, "does not stream"),
        ({"content_type": "text/event-stream", "content_encoding": "gzip"}, "packs its answers"),
    ],
)
async def test_what_is_no_plain_stream_is_not_read(header: dict[str, str], match: str) -> None:
    await fails(misbehaving.status(200, {"choices": []}, **header), UpstreamFailed, match)


def test_a_short_key_is_not_looked_for_inside_of_words() -> None:
    assert shown("max_tokens=9 is no key, k is: 'k'", "k") == (
        "max_tokens=9 is no key, [key] is: '[key]'"
    )
    assert shown(f"Bearer{KEY}x", KEY) == "Bearer[key]x"


async def test_a_request_says_how_many_servers_it_has_passed_and_is_passed_on_a_few_times() -> None:
    async with talking(answer(*SHORT)) as (server, backend):
        for hops in range(MOST_HOPS):
            await collect(backend, replace(ASKED, hops=hops))
        with pytest.raises(UpstreamFailed, match="passes requests on"):
            await collect(backend, replace(ASKED, hops=MOST_HOPS))
        told = [heard.headers[HOPS_HEADER] for heard in server.heard]
    assert told == [str(hops + 1) for hops in range(MOST_HOPS)]


async def test_the_end_of_a_chain_of_servers_says_what_went_wrong() -> None:
    said = {"error": {"message": "The server that computes this model is not there."}}
    match = "^The server that computes this model is not there.$"
    await fails(misbehaving.status(502, said), UpstreamFailed, match)


async def test_a_plain_echo_is_ours_to_add() -> None:
    asked = GenerationRequest("m", TextInput("Once "), SamplingParams(max_tokens=2), echo=True)
    async with talking(answer(*SHORT), kind="openai") as (server, backend):
        _, echo, said, *_ = await collect(backend, asked)
    assert "echo" not in server.heard[0].body
    assert echo == TextEvent(0, "Once ", echo=True)
    assert said == TextEvent(0, "Hi")


async def test_the_key_is_in_nothing_that_is_shown() -> None:
    async with talking(answer(*SHORT)) as (server, backend):
        assert KEY not in repr(backend)
        assert KEY not in repr(server.upstream())
