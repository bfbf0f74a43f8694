"""Every route on one page: path, method, dialect, handler."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.dialects.base import Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import NoSuchRoute, UnknownAccount, WrongMethod
from understudy.server import auth
from understudy.server.edge import Edge, Endpoint, Handler
from understudy.server.exchange import Exchange
from understudy.server.listing import OpenAIList, OpenAIModel, WorkersSearch
from understudy.server.pipeline import Generation, NameOf, Services

CLIENT = "/client/v4"
ACCOUNT = CLIENT + "/accounts/{account}"

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_ACCOUNT_PATH = re.compile(CLIENT + r"/accounts/([^/]+)")


def build_app(services: Services) -> ASGIApp:
    """The whole server as one ASGI application."""
    return Edge(Router(_routes(services), redirect_slashes=False, default=_Fallback(services)))


def _routes(services: Services) -> list[Route]:
    workers, workers_chat = WorkersAI(padding=services.settings.stream_padding), WorkersChat()
    chat, completions, native = OpenAIChat(SERVICE), OpenAICompletions(SERVICE), DeepInfraNative()

    def cloudflare(dialect: Dialect, name_of: NameOf) -> Handler:
        return _for_account(services, Generation(services, dialect, auth.cloudflare, name_of))

    def deepinfra(dialect: Dialect, name_of: NameOf) -> Handler:
        return Generation(services, dialect, auth.deepinfra, name_of, gzip=True)

    run = cloudflare(workers, _name_in_path)
    account_chat = cloudflare(workers_chat, _name_in_body(workers_chat.model_name))
    search = _for_account(services, WorkersSearch(services, auth.cloudflare))
    account_list = _for_account(services, OpenAIList(services, auth.cloudflare))
    account_model = _for_account(services, OpenAIModel(services, auth.cloudflare))
    complete = deepinfra(completions, _name_in_body(completions.model_name))
    converse = deepinfra(chat, _name_in_body(chat.model_name))
    infer = deepinfra(native, _name_in_path)
    every = OpenAIList(services, auth.deepinfra)
    one = OpenAIModel(services, auth.deepinfra)

    return [
        _route(ACCOUNT + "/ai/run/{model:path}", workers, POST=run),
        _route(ACCOUNT + "/ai/v1/chat/completions", workers_chat, POST=account_chat),
        _route(ACCOUNT + "/ai/v1/models", workers_chat, GET=account_list),
        _route(ACCOUNT + "/ai/v1/models/{model:path}", workers_chat, GET=account_model),
        _route(ACCOUNT + "/ai/models/search", workers, GET=search),
        _route("/v1/openai/completions", completions, POST=complete),
        _route("/v1/openai/chat/completions", chat, POST=converse),
        _route("/v1/openai/models", chat, GET=every),
        _route("/v1/openai/models/{model:path}", chat, GET=one),
        _route("/v1/completions", completions, POST=complete),
        _route("/v1/chat/completions", chat, POST=converse),
        _route("/v1/models", chat, GET=every),
        _route("/v1/models/{model:path}", chat, GET=one),
        _route("/v1/inference/{model:path}", native, POST=infer),
        _route("/health", chat, GET=_health),
        _route("/ready", chat, GET=_Ready(services)),
    ]


def _route(path: str, dialect: Dialect, **handlers: Handler) -> Route:
    return Route(path, _ByMethod(path, dialect, handlers))


class _ByMethod:
    """One path's handlers; another method is refused in the path's dialect."""

    def __init__(self, path: str, dialect: Dialect, handlers: dict[str, Handler]) -> None:
        self._endpoints = {
            method: Endpoint(path, dialect, handler) for method, handler in handlers.items()
        }
        if "GET" in self._endpoints:
            self._endpoints["HEAD"] = self._endpoints["GET"]
        self._wrong = Endpoint(path, dialect, self._refuse)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["method"], self._wrong)
        await endpoint(scope, receive, send)

    async def _refuse(self, exchange: Exchange) -> None:
        raise WrongMethod(exchange.meta.method, exchange.meta.path, tuple(self._endpoints))


class _Fallback:
    """No route has this path: said in the dialect that the start of the path belongs to."""

    def __init__(self, services: Services) -> None:
        def refuse(account: bool) -> Handler:
            async def handler(exchange: Exchange) -> None:
                if account:
                    match = _ACCOUNT_PATH.match(exchange.meta.path)
                    if match:
                        _check_account(services, match[1], exchange)
                raise NoSuchRoute(exchange.meta.path)

            return handler

        self._by_prefix = (
            (CLIENT, Endpoint("-", WorkersAI(), refuse(account=True))),
            ("/v1/inference", Endpoint("-", DeepInfraNative(), refuse(account=False))),
            ("", Endpoint("-", OpenAIChat(SERVICE), refuse(account=False))),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        endpoint = next(e for prefix, e in self._by_prefix if path.startswith(prefix))
        await endpoint(scope, receive, send)


def _for_account(services: Services, handler: Handler) -> Handler:
    """Routing comes before keys: an account that is not ours has no such route."""

    async def checked(exchange: Exchange) -> None:
        _check_account(services, exchange.path_params["account"], exchange)
        await handler(exchange)

    return checked


def _check_account(services: Services, account: str, exchange: Exchange) -> None:
    if account not in services.settings.accounts and not _ACCOUNT_ID.fullmatch(account):
        raise UnknownAccount(account, exchange.meta.path)


def _name_in_path(exchange: Exchange, body: Any) -> str:
    return exchange.path_params["model"]


def _name_in_body(model_name: Callable[[Any], str]) -> NameOf:
    return lambda exchange, body: model_name(body)


async def _health(exchange: Exchange) -> None:
    """Alive: the event loop turns."""
    await exchange.answer(b'{"status":"ok"}')


class _Ready:
    """Whether a request sent now would be answered without waiting for a model to load."""

    def __init__(self, services: Services) -> None:
        self._gate = services.gate

    async def __call__(self, exchange: Exchange) -> None:
        gate = self._gate
        state = "draining" if gate.draining else "ready" if gate.ready else "loading"
        body = json.dumps({"status": state}).encode()
        await exchange.answer(body, 200 if state == "ready" else 503)
