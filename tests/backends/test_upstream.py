"""An upstream that answers well, late or not to the end: over real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.backends import misbehaving
from tests.backends.misbehaving import Script, Wire, answer, end, event, piece, usage
from tests.backends.talking import ASKED, GOOD, KEY, SHORT, collect, talking, text_of
from understudy.backends.upstream import UpstreamBackend
from understudy.errors import (
    ConfigError,
    EngineClosed,
    UpstreamFailed,
)
from understudy.events import (
    UNKNOWN_TOKEN,
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    Usage,
    UsageEvent,
)
from understudy.request import GenerationRequest, SamplingParams, TextInput, TokenLimits
from understudy.upstreams import Upstream


async def test_an_answer_is_passed_on_with_its_usage_and_its_end() -> None:
    async with talking(answer(*GOOD)) as (server, backend):
        events = await collect(backend)
    assert events == [
        PromptEvent(0),
        TextEvent(0, "Hel"),
        TextEvent(0, "lo"),
        FinishEvent(0, FinishReason.STOP, "x"),
        UsageEvent(Usage(3, 2, 1)),
    ]
    (heard,) = server.heard
    assert heard.path == "/v1/completions"
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.body["model"] == "there"


async def test_running_usage_tells_the_prompts_length_and_counts_tokens() -> None:
    counts = [{"usage": usage(7, count, 4)["usage"]} for count in (1, 3, 3)]
    chunks = [{**piece("a"), **counts[0]}, {**piece("bc"), **counts[1]}, {**end(), **counts[2]}]
    async with talking(answer(*chunks)) as (_, backend):
        opening, first, second, *_ = await collect(backend)
    assert opening == PromptEvent(7, 4)
    assert first == TextEvent(0, "a", (UNKNOWN_TOKEN,))
    assert second == TextEvent(0, "bc", (UNKNOWN_TOKEN,) * 2)


async def test_how_the_stream_is_cut_makes_no_difference() -> None:
    async def bytewise(wire: Wire) -> None:
        sent = b": hello\r\n\r\nevent: x\r\n" + b"".join(map(event, GOOD)) + event(b"[DONE]")
        await wire.send(misbehaving.HEAD)
        for at in range(len(sent)):
            await wire.send(sent[at : at + 1])
            await asyncio.sleep(0)

    async with talking(bytewise, answer(*GOOD)) as (_, backend):
        assert await collect(backend) == await collect(backend)


async def test_of_an_upstream_that_counts_nothing_pieces_are_counted() -> None:
    async with talking(answer(piece("a"), piece("b"), end())) as (_, backend):
        assert (await collect(backend))[-1] == UsageEvent(Usage(0, 2))


async def test_a_connection_serves_again() -> None:
    ports = set()

    async def keep(wire: Wire) -> None:
        ports.add(wire.writer.get_extra_info("peername")[1])
        body = b"".join(map(event, SHORT)) + event(b"[DONE]")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}"
        await wire.send(head.encode() + b"\r\n\r\n" + body)

    async with talking(keep) as (server, backend):
        server.keeps = True
        for _ in range(3):
            assert text_of(await collect(backend)) == "Hi"
    assert len(ports) == 1


@pytest.mark.parametrize(
    ("chunks", "done", "match"),
    [
        ((piece("a"),), False, "broke off"),
        ((piece("a"), end()), False, "broke off"),
        ((piece("a"),), True, "without its end"),
        ((piece("a"), end("abort")), True, "ended with 'abort'"),
        ((piece("a"), end("content_filter")), True, "ended with 'content_filter'"),
        ((piece("a"), end(), piece("b")), True, "more of an answer after its end"),
        ((piece("a"), b"{]"), True, "no JSON"),
        ((piece("a"), b"\xff"), True, "no JSON"),
        ((piece("a"), b"[" * 100_000), True, "no JSON"),
        ((piece("a"), []), True, "no object"),
        ((piece("a"), {"choices": 4}), True, "no list"),
        ((piece("a"), {"choices": [4]}), True, "no object"),
        ((piece("a"), {"choices": [{"text": 4}]}), True, "text that is none"),
        ((piece("a"), piece("b", index=1)), True, "not asked for"),
        ((piece("a"), piece("b", index=-1)), True, "not asked for"),
        ((piece("a"), {"usage": []}), True, "usage that is no object"),
        ((piece("a"), {"usage": {"prompt_tokens": -1}}), True, "count"),
        ((piece("a"), {"usage": {"prompt_tokens": 10**30}}), True, "count"),
        ((piece("a"), {"error": {"message": f"Boom, {KEY}!"}}), False, r"Boom, \[key\]!"),
        ((piece("a"), {"object": "error", "message": "Boom"}), False, "Boom"),
    ],
)
async def test_what_is_no_answer_ends_in_an_error_after_what_came(
    chunks: tuple[Any, ...], done: bool, match: str
) -> None:
    async with talking(answer(*chunks, done=done)) as (server, backend):
        came: list[Event] = []
        with pytest.raises(UpstreamFailed, match=match) as failed:
            await collect(backend, came=came)
        assert text_of(came) in ("", "a")
        assert KEY not in str(failed.value)
        # Some of it came, perhaps, so nobody asks again.
        assert len(server.heard) == 1


async def test_a_cut_after_the_first_token_is_not_asked_again_and_one_before_it_is() -> None:
    async with talking(answer(done=False), answer(*SHORT)) as (server, backend):
        assert text_of(await collect(backend)) == "Hi"
        assert len(server.heard) == 2
    async with talking(answer(piece("a"), done=False), answer(*SHORT)) as (server, backend):
        with pytest.raises(UpstreamFailed, match="broke off"):
            await collect(backend)
        assert len(server.heard) == 1


async def hang(wire: Wire) -> None:
    await wire.gone.wait()


async def stall(wire: Wire) -> None:
    await wire.stream(piece("a"), done=False)
    await wire.gone.wait()


async def chatter(wire: Wire) -> None:
    """Comments for ever, and no token."""
    await wire.stream(piece("a"), done=False)
    while not wire.gone.is_set():
        await wire.send(b": still there\n\n")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("script", [stall, chatter])
async def test_a_pause_between_tokens_is_bounded_and_comments_do_not_end_it(
    script: Script,
) -> None:
    async with talking(script, idle_timeout=0.1) as (server, backend):
        came: list[Event] = []
        with pytest.raises(UpstreamFailed, match=r"sent nothing for 0\.1 seconds"):
            await collect(backend, came=came)
        assert text_of(came) == "a"
        await asyncio.wait_for(server.gone.wait(), 30)


async def test_the_first_token_has_a_time_of_its_own_and_is_not_asked_for_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # On a busy machine the time may be over before the call has been heard at all.
    async with talking(hang, first_token_timeout=0.1) as (server, backend):
        with pytest.raises(UpstreamFailed, match=r"sent nothing for 0\.1 seconds"):
            await collect(backend)
        assert len(server.heard) <= 1
    assert not [line for line in caplog.messages if "asked again" in line]


async def test_closing_the_generator_closes_the_connection() -> None:
    async with talking(stall) as (server, backend):
        steps = backend.generate(ASKED, None)
        assert text_of(await anext(steps)) == "a"
        await steps.aclose()
        await asyncio.wait_for(server.gone.wait(), 30)


async def test_cancelling_who_waits_closes_the_connection() -> None:
    async with talking(stall) as (server, backend):
        waiting = asyncio.create_task(collect(backend))
        await asyncio.wait_for(server.called.wait(), 30)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(server.gone.wait(), 30)


@pytest.mark.parametrize("script", [stall, hang, misbehaving.status(503, retry_after="9")])
async def test_closing_ends_those_who_wait_and_lets_no_more_in(script: Script) -> None:
    async with talking(script) as (server, backend):
        waiting = asyncio.create_task(collect(backend))
        await asyncio.wait_for(server.called.wait(), 30)
        # Whatever it waits for by now: the head, the first token, the next one, or another try.
        for _ in range(50):
            await asyncio.sleep(0)
        await backend.close()
        with pytest.raises(EngineClosed):
            await waiting
        with pytest.raises(EngineClosed):
            await collect(backend)


async def test_closing_may_meet_a_wait_that_is_just_ending() -> None:
    async with talking(stall) as (server, backend):
        waiting = asyncio.create_task(collect(backend))
        await asyncio.wait_for(server.called.wait(), 30)
        closing = asyncio.create_task(backend.close())
        # By now the wait's time is over, and who waits has not been told.
        for _ in range(2):
            await asyncio.sleep(0)
        await backend.close()
        await closing
        with pytest.raises(EngineClosed):
            await waiting


@pytest.mark.parametrize("url", ["http://1.2.3.999/v1", "http://[v1.x]/v1"])
def test_an_address_that_cannot_be_called_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="The upstream of m: 'url' is no address"):
        UpstreamBackend(Upstream("m", url, "there"), None)


async def test_what_an_upstream_would_have_a_browser_keep_is_not_kept() -> None:
    async def set_cookie(wire: Wire) -> None:
        await wire.send(misbehaving.HEAD.replace(b"\r\n\r\n", b"\r\nset-cookie: who=a\r\n\r\n"))
        await wire.send(b"".join(map(event, SHORT)) + event(b"[DONE]"))

    async with talking(set_cookie) as (server, backend):
        for _ in range(2):
            await collect(backend)
        assert not [heard for heard in server.heard if "cookie" in heard.headers]


def unbounded(**more: Any) -> GenerationRequest:
    """Without ``max_tokens``, at a door that bounds such answers at 3 tokens."""
    return GenerationRequest("m", TextInput("Once"), limits=TokenLimits(output=3), **more)


async def test_an_answer_without_max_tokens_ends_at_the_doors_bound() -> None:
    async def endless(wire: Wire) -> None:
        await wire.stream(*map(piece, "abcdef"), done=False)
        await wire.gone.wait()

    async with talking(endless) as (server, backend):
        events = await collect(backend, unbounded())
        await asyncio.wait_for(server.gone.wait(), 30)
    assert text_of(events) == "abc"
    assert events[-2:] == [FinishEvent(0, FinishReason.LENGTH), UsageEvent(Usage(0, 3))]


async def test_each_of_several_answers_ends_at_the_doors_bound_or_by_itself() -> None:
    pieces = [piece(letter, at % 2) for at, letter in enumerate("aAbBcC")]
    chunks = (*pieces[:3], end(index=1), piece("d"), piece("e"), piece("f"))
    async with talking(answer(*chunks, done=False)) as (_, backend):
        events = await collect(backend, unbounded(choices=2))
    said = [
        "".join(e.text for e in events if isinstance(e, TextEvent) and e.choice == i)
        for i in (0, 1)
    ]
    assert said == ["abd", "A"]
    assert {e.choice: e.reason for e in events if isinstance(e, FinishEvent)} == {
        0: FinishReason.LENGTH,
        1: FinishReason.STOP,
    }


async def test_an_answer_that_ends_at_the_bound_has_its_own_reason() -> None:
    chunks = (piece("a"), piece("b"), piece("c", finish_reason="stop"), usage(4, 3))
    async with talking(answer(*chunks)) as (_, backend):
        events = await collect(backend, unbounded())
    assert events[-2:] == [FinishEvent(0, FinishReason.STOP), UsageEvent(Usage(4, 3))]


async def test_with_max_tokens_the_upstream_counts() -> None:
    asked = replace(unbounded(), sampling=SamplingParams(max_tokens=9))
    async with talking(answer(*map(piece, "abcd"), end("length"))) as (_, backend):
        assert text_of(await collect(backend, asked)) == "abcd"
