"""The doors of ``env.AI``: who may pass them without a key, and the ways that lead there.

Cloudflare's runtime calls the binding at ``https://workers-binding.ai``. Such a call arrives here
as it is; below the path of an account, with the address in ``X-Forwarded``; or at ``/``, with the
address and every header renamed, which is how Miniflare passes calls on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.types import Scope

from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_binding import WorkersBinding, check_query, model_name
from understudy.errors import InvalidField, NotLocal, UnsupportedField, WrongMethod
from understudy.keys import Caller, KeyStore
from understudy.server import auth
from understudy.server.edge import Handler
from understudy.server.exchange import Exchange
from understudy.server.listing import WorkersSearch
from understudy.server.local import LOOPBACK_NAMES, stranger
from understudy.server.pipeline import Generation, Services

_RUNS = ("/run", "/ai-gateway/run")
_SEARCH = "/ai-api/models/search"
METHODS = {**dict.fromkeys(_RUNS, ("GET", "POST")), _SEARCH: ("GET",)}
"""What may be asked of each part of the binding."""

_HOST = "workers-binding.ai"
_LOCAL = re.compile(rf"({LOOPBACK_NAMES.pattern}|workers-binding\.ai(:[0-9]+)?)")

_BINDING, _ADDRESS, _RENAMED = b"mf-binding", "mf-url", "mf-header-"
_OUTER = ("host", "origin", "content-length", "transfer-encoding", "connection", "te")
"""Headers of the way to this server, and not of the call that went it."""


class Doors:
    """What stands at workers-binding.ai, by path and method. Also a Handler itself."""

    def __init__(self, services: Services, credentials: auth.Credentials) -> None:
        settings = services.settings
        native = WorkersAI(padding=settings.stream_padding, functions=settings.run_functions)
        dialect = WorkersBinding(native)
        run = Generation(
            services, dialect, credentials, lambda exchange, _: model_name(exchange.request_headers)
        )
        search = WorkersSearch(services, credentials)
        checked = _checked(run)
        self._table: dict[str, dict[str, Handler]] = {
            path: {"GET": _refuse_socket, "POST": checked} for path in _RUNS
        } | {_SEARCH: {"GET": search}}
        self.dialect = dialect

    async def __call__(self, exchange: Exchange) -> None:
        """Raises UnsupportedField for parts of the binding that are not played here."""
        path, method = exchange.scope["path"], exchange.scope["method"]
        handlers = self._table.get(path)
        if handlers is None:
            raise UnsupportedField(path, "is a part of env.AI that this server does not play")
        if method not in handlers:
            raise WrongMethod(method, path, tuple(handlers))
        await handlers[method](exchange)


class Keyless:
    """The doors without a key: for programs of this machine, or for whom the owner says.

    Nothing that a web page can make a browser send passes, wherever the page is from.
    """

    def __init__(self, services: Services) -> None:
        everyone = replace(services, keys=_Everyone(services.settings.home))
        self._anywhere = services.settings.env_ai == "anywhere"
        self._doors = Doors(everyone, lambda headers: "")
        self.dialect = self._doors.dialect

    async def direct(self, exchange: Exchange) -> None:
        """The call as the runtime makes it. Raises NotLocal."""
        self._check(exchange)
        await self._doors(exchange)

    async def proxied(self, exchange: Exchange) -> None:
        """The call as Miniflare passes it on; it first looks whether anyone is there."""
        self._check(exchange)
        headers = exchange.request_headers
        if _ADDRESS not in headers:
            await exchange.answer(b'{"status":"ok"}')
            return
        name = headers.get(_BINDING.decode(), "")
        exchange.scope = _as_called(exchange.scope, headers[_ADDRESS], name)
        await self._doors(exchange)

    def _check(self, exchange: Exchange) -> None:
        headers = exchange.request_headers
        _refuse_pages(headers)
        if not self._anywhere:
            _refuse_others(exchange.scope, headers)


class Forwarded:
    """The same doors for who has a key, with the runtime's address in a header."""

    def __init__(self, services: Services) -> None:
        self._doors = Doors(services, auth.cloudflare)
        self.dialect = self._doors.dialect

    async def __call__(self, exchange: Exchange) -> None:
        """Raises InvalidField where the header is missing."""
        address = exchange.request_headers.get("x-forwarded")
        if not address:
            raise InvalidField("X-Forwarded", "The header 'X-Forwarded' does not name an address.")
        exchange.scope = _at(exchange.scope, address, "X-Forwarded")
        await self._doors(exchange)


def is_proxied(scope: Scope) -> bool:
    """Whether a request to ``/`` is Miniflare's and not for a page that stands there."""
    query = parse_qsl(scope["query_string"], keep_blank_values=True)
    return any(name.lower() == _BINDING for name, _ in (*scope["headers"], *query))


class _Everyone(KeyStore):
    """Knows whoever comes: who may has been looked at before."""

    def verify(self, key: str) -> Caller:
        return Caller("env.AI", frozenset({"run"}))


def _checked(run: Generation) -> Handler:
    async def handler(exchange: Exchange) -> None:
        check_query(exchange.query)
        await run(exchange)

    return handler


async def _refuse_socket(exchange: Exchange) -> None:
    raise UnsupportedField("options.websocket")


def _as_called(scope: Scope, address: str, binding: str) -> Scope:
    """``scope`` with the address and headers that the Worker's call had."""
    inner, outer = [], []
    for name, value in scope["headers"]:
        lower = name.decode("latin-1").lower()
        if not lower.startswith("mf-"):
            outer.append((name, value))
        elif lower.startswith(_RENAMED) and lower.removeprefix(_RENAMED) not in _OUTER:
            inner.append((lower.removeprefix(_RENAMED).encode("latin-1"), value))
    return {**_at(scope, address, binding), "headers": [*outer, *inner]}


def _at(scope: Scope, address: str, source: str) -> Scope:
    """``scope`` at an address of the binding. Raises UnsupportedField for any other."""
    try:
        url = urlsplit(address)
        ours = url.scheme in ("http", "https") and url.hostname == _HOST
    except ValueError:
        ours = False
    if not ours:
        raise UnsupportedField(source, "does not lead to env.AI, the only binding played here")
    path = unquote(url.path)
    return {**scope, "path": path, "query_string": url.query.encode("latin-1", "replace")}


def _refuse_pages(headers: Mapping[str, str]) -> None:
    """Browsers say that a page asks, and pages cannot keep them from it.

    A page of this very address is refused too: a stranger's name may have been made to lead here.
    """
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        raise NotLocal("web pages may not call it")


def _refuse_others(scope: Scope, headers: Mapping[str, str]) -> None:
    why = stranger(scope, headers, _LOCAL)
    if why is not None:
        raise NotLocal(f"{why} need 'env_ai' set to 'anywhere'")
