"""The routes as one ASGI application."""

from __future__ import annotations

import re

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.dialects.base import Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import NoSuchRoute, UnknownAccount, WrongMethod
from understudy.server import routes
from understudy.server.binding import Keyless, is_proxied
from understudy.server.edge import Edge, Endpoint, Handler
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services
from understudy.web.pages import Pages
from understudy.web.site import DIALECT, Site

CLIENT = "/client/v4"

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_ACCOUNT_PATH = re.compile(CLIENT + r"/accounts/([^/]+)")
_OPENAI_PATH = re.compile(CLIENT + r"/accounts/[^/]+/ai/v1(/|$)")


def build_app(services: Services) -> ASGIApp:
    """The whole server. Longer prefixes come first, because the first match answers."""
    site = Site(services)
    services = site.services
    keyless = Keyless(services) if services.settings.env_ai != "off" else None
    ours = _Accounts(services.settings.accounts)
    pages = [(path, routes.Entry(path, DIALECT, found)) for path, found in site.routes().items()]
    every = [*mounted(services, keyless), *pages]
    table = [Route(path, _Methods(path, entry, ours)) for path, entry in every]
    elsewhere = _Elsewhere(ours, site.pages)
    router = Router(table, redirect_slashes=False, default=elsewhere)
    proxied = Endpoint("/", keyless.dialect, keyless.proxied) if keyless else elsewhere
    return Edge(site.sessions.around(_BeforePages(router, proxied)))


def mounted(services: Services, keyless: Keyless | None) -> list[tuple[str, routes.Entry]]:
    """Every route for programs with its whole path, in the order in which they are tried."""
    tables = (
        (CLIENT + "/accounts/{account}", routes.cloudflare(services)),
        ("/v1/inference", routes.inference(services)),
        ("/v1/openai", routes.openai(services)),
        ("/v1", routes.openai(services)),
        ("", routes.deepinfra_own(services)),
        ("", routes.operations(services)),
        ("", routes.binding(keyless) if keyless else []),
    )
    return [(prefix + entry.path, entry) for prefix, entries in tables for entry in entries]


class _BeforePages:
    """Keeps what Miniflare sends to ``/`` from the page that stands there."""

    def __init__(self, app: ASGIApp, proxied: ASGIApp) -> None:
        self._app = app
        self._proxied = proxied

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"] == "/" and is_proxied(scope)
        await (self._proxied if ours else self._app)(scope, receive, send)


class _Accounts:
    """Any id of Cloudflare's form, or a configured alias, is the one account that there is."""

    def __init__(self, aliases: tuple[str, ...]) -> None:
        self._aliases = aliases

    def check(self, exchange: Exchange) -> None:
        """Raises UnknownAccount. Routing comes before keys: such a path leads nowhere."""
        match = _ACCOUNT_PATH.match(exchange.scope["path"])
        if match and match[1] not in self._aliases and not _ACCOUNT_ID.fullmatch(match[1]):
            raise UnknownAccount(match[1], exchange.meta.path)


class _Methods:
    """One path's handlers; another method is refused in the path's dialect."""

    def __init__(self, path: str, entry: routes.Entry, accounts: _Accounts) -> None:
        def endpoint(handler: Handler) -> Endpoint:
            async def checked(exchange: Exchange) -> None:
                accounts.check(exchange)
                await handler(exchange)

            return Endpoint(path, entry.dialect, checked)

        self._endpoints = {name: endpoint(handler) for name, handler in entry.methods.items()}
        if "GET" in self._endpoints:
            self._endpoints["HEAD"] = self._endpoints["GET"]
        self._other = endpoint(self._refuse)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["method"], self._other)
        await endpoint(scope, receive, send)

    async def _refuse(self, exchange: Exchange) -> None:
        raise WrongMethod(exchange.meta.method, exchange.meta.path, tuple(self._endpoints))


class _Elsewhere:
    """No route has this path: said in the dialect that the start of the path belongs to."""

    def __init__(self, accounts: _Accounts, pages: Pages) -> None:
        async def refuse(exchange: Exchange) -> None:
            accounts.check(exchange)
            raise NoSuchRoute(exchange.meta.path)

        by_start: tuple[tuple[re.Pattern[str], Dialect, Handler], ...] = (
            (_OPENAI_PATH, WorkersChat(), refuse),
            (re.compile(CLIENT), WorkersAI(), refuse),
            (re.compile("/v1/inference"), DeepInfraNative(), refuse),
            (re.compile("/v1(/|$)"), OpenAIChat(SERVICE), refuse),
            (re.compile(""), OpenAIChat(SERVICE), pages.instead_of(refuse)),
        )
        self._endpoints = [(start, Endpoint("-", d, handler)) for start, d, handler in by_start]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        endpoint = next(e for start, e in self._endpoints if start.match(path))
        await endpoint(scope, receive, send)
