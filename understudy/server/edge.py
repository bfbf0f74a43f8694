"""The outermost layer: one Exchange per request, one way to answer errors, one log line."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.dialects.base import CallMeta, Dialect
from understudy.errors import UnderstudyError
from understudy.server.exchange import Disconnected, Exchange

log = logging.getLogger("understudy.server")
access = logging.getLogger("understudy.access")

Handler = Callable[[Exchange], Awaitable[None]]

_EXCHANGE = "understudy.exchange"
_PROBES = ("/health", "/ready")
"""Asked every few seconds by whoever watches the server; not worth a line each."""

_LAST_WORDS = 5.0
_CLIENT_CLOSED = 499
"""The status written to the log where the client went away before one was sent."""


class Edge:
    """Makes the Exchange, and writes the log line when it is over.

    A trailing slash on a path means nothing here, so it is taken off before routing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meta = CallMeta(path=scope["path"], method=scope["method"])
        path = scope["path"].rstrip("/") or "/"
        scope = {**scope, "path": path}
        exchange = Exchange(scope, receive, send, meta)
        scope[_EXCHANGE] = exchange
        try:
            await self._app(scope, receive, send)
        finally:
            _log(exchange)


class Endpoint:
    """A handler as an ASGI application: its errors are answered in ``dialect``."""

    def __init__(self, route: str, dialect: Dialect, handler: Handler) -> None:
        self._route = route
        self._dialect = dialect
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[_EXCHANGE]
        # The router has added what it read from the path.
        exchange.scope = scope
        exchange.route = self._route
        try:
            await self._handler(exchange)
        except Disconnected:
            exchange.early_end = "disconnected"
        except UnderstudyError as exc:
            exchange.early_end = type(exc).__name__
            await self._fail(exchange, exc)
        except Exception:
            exchange.early_end = "failed"
            log.exception("request %s failed", exchange.meta.request_id)
            await self._fail(exchange, UnderstudyError("Internal server error."))

    async def _fail(self, exchange: Exchange, exc: UnderstudyError) -> None:
        """A status and a body; where a stream has begun, its last frame."""
        # A client that does not read must not hold the server's shutdown up.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                if not exchange.status:
                    await exchange.refuse(self._dialect.error(exc, exchange.meta))
                elif exchange.reply is not None:
                    await exchange.write(exchange.reply.failure(exc), more=False)


def _log(exchange: Exchange) -> None:
    meta, usage = exchange.meta, exchange.usage
    access.log(
        logging.DEBUG if exchange.route in _PROBES else logging.INFO,
        "%s %s %s model=%s key=%s prompt=%s cached=%s completion=%s ms=%d id=%s%s",
        meta.method,
        exchange.route or "-",
        exchange.status or _CLIENT_CLOSED,
        exchange.model or "-",
        exchange.caller or "-",
        usage.prompt_tokens if usage else "-",
        usage.cached_tokens if usage else "-",
        usage.completion_tokens if usage else "-",
        (time.monotonic() - meta.started) * 1000,
        meta.request_id,
        f" end={exchange.early_end}" if exchange.early_end else "",
    )
