"""Pages: templates, and how they and what goes wrong on the way to them are sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from understudy import __version__
from understudy.errors import RequestError, RouteError, UnderstudyError, UnknownModel
from understudy.server.edge import Handler
from understudy.server.exchange import Exchange
from understudy.web.compression import compressed, wants_gzip
from understudy.web.headers import GUARDED
from understudy.web.session import Sessions
from understudy.web.static_files import StaticFiles

TEMPLATES = Path(__file__).with_name("templates")

_HTML = {"content-type": "text/html; charset=utf-8", "cache-control": "private, no-cache"}
_ASKS_FOR_HTML = re.compile(r"(^|,)\s*text/html\s*(;|,|$)", re.IGNORECASE)
_REFUSALS: tuple[tuple[type[UnderstudyError], int, str], ...] = (
    (UnknownModel, 404, "No such model"),
    (RouteError, 404, "No such page"),
    (RequestError, 400, "That cannot be shown"),
)

Context = Mapping[str, Any]
"""What a template is given by name."""


class Pages:
    """Shows templates. Every page is escaped, compressed for those who ask, and guarded."""

    def __init__(self, static: StaticFiles, sessions: Sessions) -> None:
        self._sessions = sessions
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"static": static.url, "version": __version__}

    def handler(self, template: str, context: Callable[[Exchange], Context]) -> Handler:
        """A Handler that shows ``template`` with what ``context``, which a thread calls, returns.

        What ``context`` raises of UnderstudyError becomes a page, too.
        """

        async def show(exchange: Exchange) -> None:
            try:
                found = await asyncio.to_thread(context, exchange)
            except UnderstudyError as exc:
                await self._refuse(exchange, exc)
                return
            await self.show(exchange, template, found)

        return show

    async def show(
        self, exchange: Exchange, template: str, context: Context, status: int = 200
    ) -> None:
        """Send ``template``. Besides ``context`` it knows ``session`` (whether this browser needs
        no key), ``here`` (the path asked for), ``static(name)`` and ``version``."""
        headers = exchange.request_headers
        offered = self._sessions.offered(exchange.scope, headers)
        path = exchange.scope["path"]
        gzip = wants_gzip(headers.get("accept-encoding", ""))

        def rendered() -> bytes:
            found = self._templates.get_template(template)
            body = found.render({**context, "session": offered, "here": path}).encode()
            return compressed(body) if gzip else body

        sent = {**_HTML, **GUARDED, "vary": "accept-encoding"}
        if gzip:
            sent["content-encoding"] = "gzip"
        cookie = self._sessions.cookie(exchange.scope, headers)
        if cookie is not None:
            sent["set-cookie"] = cookie
        await exchange.answer(await asyncio.to_thread(rendered), status, sent)

    def instead_of(
        self, refuse: Callable[[Exchange], Awaitable[None]]
    ) -> Callable[[Exchange], Awaitable[None]]:
        """``refuse``, with its errors shown as a page to browsers that look for one."""

        async def shown(exchange: Exchange) -> None:
            try:
                await refuse(exchange)
            except UnderstudyError as exc:
                if not _looks_for_a_page(exchange):
                    raise
                await self._refuse(exchange, exc)

        return shown

    async def _refuse(self, exchange: Exchange, exc: UnderstudyError) -> None:
        exchange.early_end = type(exc).__name__
        for kind, status, title in _REFUSALS:
            if isinstance(exc, kind):
                context = {"title": title, "why": str(exc)}
                await self.show(exchange, "error.html", context, status)
                return
        raise exc


def _looks_for_a_page(exchange: Exchange) -> bool:
    asked = exchange.meta.method in ("GET", "HEAD")
    return asked and bool(_ASKS_FOR_HTML.search(exchange.request_headers.get("accept", "")))
