"""Requests computed by an OpenAI-compatible server elsewhere."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

import httpx2

from understudy.backends.base import Steps, TokenizedPrompt
from understudy.backends.upstream_body import UpstreamCall, write_call
from understudy.backends.upstream_errors import RETRIED, retry_after, status_error, stream_error
from understudy.backends.upstream_events import ChunkReader, UpstreamError
from understudy.backends.upstream_http import (
    BROKEN_OFF,
    AnswerStream,
    BrokenOff,
    check_address,
    connect,
)
from understudy.backends.upstream_logprobs import Unreadable
from understudy.backends.upstream_sse import EventReader, StreamTooLarge
from understudy.errors import EngineClosed, UnderstudyError, UpstreamFailed
from understudy.events import Event
from understudy.request import ChatInput, GenerationRequest, TextInput
from understudy.upstreams import HOPS_HEADER, MOST_HOPS, Upstream
from understudy.worker import judge

log = logging.getLogger(__name__)

EVENT_BYTES = 1 << 20
ECHO_BYTES = 64 << 20
"""The largest event of a stream: the whole prompt's log-probabilities come as one."""
ANSWER_BYTES = 256 << 20
ERROR_BYTES = 64 << 10

_FIRST_WAIT = 0.5
"""Seconds before the first retry; each later one waits twice as long."""
_LONGEST_WAIT = 10.0
"""Seconds: a caller who is to wait longer is told so instead."""
_LINGER = 1.0
"""Seconds that a stream may take to close after its end, so that its connection serves again."""

T = TypeVar("T")


class UpstreamBackend:
    """A Backend that passes requests on to ``upstream``, which templates and tokenises them.

    Every answer is streamed, asked for or not, so that it can be cancelled and a stall be seen.
    ``key`` goes into a header and nowhere else. One event loop's: the connections are. Raises
    ConfigError for an address that cannot be called.
    """

    def __init__(
        self, upstream: Upstream, key: str | None, *, first_wait: float = _FIRST_WAIT
    ) -> None:
        check_address(upstream)
        self._upstream = upstream
        self._key = key
        self._first_wait = first_wait
        self._client: httpx2.AsyncClient | None = None
        self._waits: set[asyncio.Timeout] = set()
        self._closed = False

    async def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        """Events as ``events.py`` has them of an upstream. Stop strings are left to it.

        Retries, with growing pauses or those that it asks for, only while nothing has come. Raises
        NotOffered, InvalidInput and UpstreamRefused before the first list.
        """
        if prompt is not None:
            raise ValueError("an upstream makes its own tokens, and the prompt has some")
        if request.hops >= MOST_HOPS:
            raise UpstreamFailed(
                f"The server that computes this model passes requests on, and so does the next: "
                f"after {request.hops} servers this one was passed on no more."
            )
        call = await judge(partial(write_call, request, self._upstream), _size(request))
        retries = self._upstream.retries if request.wait else 0
        for attempt in range(retries + 1):
            try:
                async with aclosing(self._attempt(call, request)) as steps:
                    async for events in steps:
                        yield events
                    return
            except _Unanswered as failure:
                pause = failure.pause(self._first_wait * 2**attempt)
                if attempt == retries or pause > _LONGEST_WAIT:
                    raise failure.error from failure.__cause__
                log.warning("%s is asked again: %s", self._upstream.model, failure.error)
            with suppress(_TooLate):
                async with self._limit(pause):
                    await asyncio.Event().wait()

    async def close(self) -> None:
        """End all requests with EngineClosed and give the connections up."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            # Of one whose time is just over, who waits will see by itself.
            if not wait.expired():
                wait.reschedule(now)
        client, self._client = self._client, None
        if client is not None:
            # Those who wait run first: they have responses of their own to close.
            await asyncio.sleep(0)
            await client.aclose()

    async def _attempt(self, call: UpstreamCall, request: GenerationRequest) -> Steps:
        """One answer. Raises _Unanswered for what may go better another time."""
        patience, begun = self._upstream.first_token_timeout, False
        reader = ChunkReader(request, self._upstream, call.echoes)
        largest = ECHO_BYTES if call.echoes else EVENT_BYTES
        async with self._response(call, request.hops) as response:
            stream = AnswerStream(response, EventReader(largest, ANSWER_BYTES))
            while not (stream.ended or reader.cut):
                try:
                    chunks = await self._soon(stream.read, patience)
                except BrokenOff as exc:
                    if begun:
                        raise
                    raise _Unanswered(exc) from exc.__cause__
                events = self._read(reader, chunks)
                if events:
                    begun = True
                    yield events
                if begun:
                    patience = self._upstream.idle_timeout
            yield self._read_end(reader)
            if stream.ended:
                with suppress(UnderstudyError):
                    await self._soon(stream.finish, _LINGER)

    def _read(self, reader: ChunkReader, chunks: list[bytes]) -> list[Event]:
        try:
            return [event for chunk in chunks for event in reader.feed(chunk)]
        except UpstreamError as exc:
            raise stream_error(exc.said, self._key) from None
        except Unreadable as exc:
            raise _unreadable(exc) from exc

    def _read_end(self, reader: ChunkReader) -> list[Event]:
        try:
            return reader.end()
        except Unreadable as exc:
            raise _unreadable(exc) from exc

    @asynccontextmanager
    async def _response(self, call: UpstreamCall, hops: int) -> AsyncIterator[httpx2.Response]:
        """A stream that has begun, closed at the end whatever happens."""
        request = self._connected().build_request(
            "POST",
            self._upstream.url + call.path,
            content=call.body,
            headers={HOPS_HEADER: str(hops + 1)},
        )
        patience = self._upstream.first_token_timeout
        try:
            response = await self._soon(lambda: self._send(request), patience)
        except BrokenOff as exc:
            raise _Unanswered(exc) from exc.__cause__
        try:
            if response.status_code != 200:
                raise await self._refusal(response)
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                raise UpstreamFailed("The server that computes this model does not stream.")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise UpstreamFailed("The server that computes this model packs its answers.")
            yield response
        finally:
            await response.aclose()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        return await self._connected().send(request, stream=True)

    async def _refusal(self, response: httpx2.Response) -> Exception:
        body = bytearray()

        async def read() -> None:
            async for piece in response.aiter_raw():
                body.extend(piece[: ERROR_BYTES - len(body)])
                if len(body) >= ERROR_BYTES:
                    return

        with suppress(UpstreamFailed):
            await self._soon(read, self._upstream.idle_timeout)
        wait = retry_after(response.headers.get("retry-after"))
        error = status_error(response.status_code, bytes(body), wait, self._key)
        return _Unanswered(error, wait) if response.status_code in RETRIED else error

    async def _soon(self, work: Callable[[], Awaitable[T]], seconds: float) -> T:
        """What ``work`` gives within ``seconds``. Raises UpstreamFailed and EngineClosed."""
        try:
            async with self._limit(seconds):
                return await work()
        except _TooLate:
            text = f"The server that computes this model sent nothing for {seconds:g} seconds."
            raise UpstreamFailed(text) from None
        except StreamTooLarge:
            raise UpstreamFailed("The server that computes this model sends too much.") from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
            self._raise_if_closed()
            raise BrokenOff("The server that computes this model is not there.") from exc
        except (httpx2.HTTPError, httpx2.StreamError, RuntimeError) as exc:
            self._raise_if_closed()
            raise BrokenOff(BROKEN_OFF) from exc

    @asynccontextmanager
    async def _limit(self, seconds: float) -> AsyncIterator[None]:
        """Raises _TooLate after ``seconds``, and EngineClosed once this backend is closed."""
        self._raise_if_closed()
        try:
            async with asyncio.timeout(seconds) as wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            self._raise_if_closed()
            raise _TooLate from None

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise EngineClosed

    def _connected(self) -> httpx2.AsyncClient:
        self._raise_if_closed()
        if self._client is None:
            self._client = connect(self._upstream, self._key)
        return self._client


class _TooLate(Exception):
    """The time that was given is over."""


class _Unanswered(Exception):
    """Nothing of an answer has come, and another attempt may get one. ``wait``: the seconds after
    which the upstream wants to be asked again."""

    def __init__(self, error: UnderstudyError, wait: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self._wait = wait

    def pause(self, usual: float) -> float:
        # Of many callers who were refused at once, not all come back at once.
        return usual * random.uniform(0.5, 1) if self._wait is None else self._wait  # noqa: S311


def _unreadable(exc: Unreadable) -> UpstreamFailed:
    return UpstreamFailed(f"The server that computes this model sent {exc}.")


def _size(request: GenerationRequest) -> int:
    """Bytes, about, of what there is to write."""
    match request.input:
        case ChatInput(messages, tools):
            # A schema is short beside what is said, or it would not be read.
            return sum(len(message.content) + 64 for message in messages) + 1024 * len(tools)
        case TextInput(text):
            return len(text)
        case _:
            return 8 * len(request.input.token_ids)
