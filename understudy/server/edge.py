"""The outermost layer: one Exchange per request, one way to answer errors, one log line."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.dialects.base import CallMeta, Dialect
from understudy.errors import ServerDraining, UnderstudyError
from understudy.server.exchange import Disconnected, Exchange

log = logging.getLogger("understudy.server")
access = logging.getLogger("understudy.access")

Handler = Callable[[Exchange], Awaitable[None]]

_EXCHANGE = "understudy.exchange"
_PROBES = ("/health", "/ready")
"""Asked every few seconds by whoever watches the server; not worth a line each."""

_ORIGIN = re.compile("^https?://[^/]*", re.IGNORECASE)
_LAST_WORDS = 5.0
_CLIENT_CLOSED = 499
"""The status written to the log where the client went away before one was sent."""


class Edge:
    """Makes the Exchange, and writes the log line when it is over.

    A trailing slash on a path means nothing here, so it is taken off before routing. So is the
    scheme and host of a target in absolute form, which every server has to accept (RFC 9112,
    section 3.2.2).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw = _ORIGIN.sub("", scope["raw_path"].decode("latin-1")) or "/"
        meta = CallMeta(path=raw, method=scope["method"])
        path = _ORIGIN.sub("", scope["path"]).rstrip("/") or "/"
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
            await self._refuse(exchange, exc)
        except Exception:
            exchange.early_end = "failed"
            log.exception("request %s failed", exchange.meta.request_id)
            await self._answer(exchange, UnderstudyError("Internal server error."))

    async def _refuse(self, exchange: Exchange, exc: UnderstudyError) -> None:
        status = self._dialect.error(exc, exchange.meta).status
        if status >= 500 and not isinstance(exc, ServerDraining):
            # Its cause is for the owner to mend, so the client is not told.
            log.error("request %s failed: %s", exchange.meta.request_id, _reason(exc))
        await self._answer(exchange, exc)

    async def _answer(self, exchange: Exchange, exc: UnderstudyError) -> None:
        """A status and a body; where a stream has begun, its last frame."""
        # A client that does not read must not hold the server's shutdown up.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                if not exchange.status:
                    await exchange.refuse(self._dialect.error(exc, exchange.meta))
                elif exchange.reply is not None:
                    await exchange.write(exchange.reply.failure(exc), more=False)


def _reason(exc: BaseException) -> str:
    """The error and what caused it, in one line."""
    reason = " ".join(f"{type(exc).__name__}: {exc}".split())
    return reason if exc.__cause__ is None else f"{reason} ({_reason(exc.__cause__)})"


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
