"""The connections to an upstream, and the stream of one response."""

from __future__ import annotations

import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from understudy import __version__
from understudy.backends.upstream_sse import EventReader
from understudy.errors import ConfigError, UpstreamFailed
from understudy.upstreams import Upstream

BROKEN_OFF = "The server that computes this model broke off."
_DONE = b"[DONE]"
_TRAILER_BYTES = 64 << 10
"""What may follow the end of a stream."""


class BrokenOff(UpstreamFailed):
    """There is no connection, or it ended early."""


class AnswerStream:
    """The events of one response, up to the one that says that it is complete."""

    def __init__(self, response: httpx2.Response, reader: EventReader) -> None:
        self._pieces = response.aiter_raw()
        self._reader = reader
        self.ended = False

    async def read(self) -> list[bytes]:
        """What has come next: comments are nothing, so that they hide no stall."""
        while True:
            piece = await anext(self._pieces, None)
            ends = piece is None
            events = list(self._reader.flush() if piece is None else self._reader.feed(piece))
            if _DONE in events:
                self.ended = True
                return events[: events.index(_DONE)]
            if ends:
                raise BrokenOff(BROKEN_OFF)
            if events:
                return events

    async def finish(self) -> None:
        """Take what may follow the end, so that the connection can be used again."""
        size = 0
        async for piece in self._pieces:
            size += len(piece)
            if size > _TRAILER_BYTES:
                return


def check_address(upstream: Upstream) -> None:
    """Raises ConfigError for an address that the HTTP client does not take."""
    try:
        httpx2.URL(upstream.url)
    except httpx2.InvalidURL as exc:
        raise ConfigError(f"The upstream of {upstream.model}: 'url' is no address: {exc}.") from exc


def connect(upstream: Upstream, key: str | None) -> httpx2.AsyncClient:
    """Of a plain address nothing is verified, and reading certificates takes long."""
    headers = {
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "user-agent": f"understudy/{__version__}",
    }
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    plain = upstream.url.startswith("http:")
    return httpx2.AsyncClient(
        headers=headers,
        # A cookie of one caller's answer has no place in the next one's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx2.Timeout(None, connect=upstream.connect_timeout),
        limits=httpx2.Limits(max_connections=None),
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
    )
