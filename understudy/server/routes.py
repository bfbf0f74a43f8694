"""Every route: path, the dialect that answers there, and what each method does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.dialects.base import Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.dialects.workers_completions import WorkersCompletions
from understudy.dialects.workers_openai import Door
from understudy.dialects.workers_run import WorkersRun, with_query
from understudy.server import auth, deepinfra, naming
from understudy.server.binding import METHODS as BINDING_METHODS
from understudy.server.binding import Forwarded, Keyless
from understudy.server.edge import Handler
from understudy.server.exchange import Exchange
from understudy.server.finetunes import Finetunes
from understudy.server.listing import (
    OpenAIList,
    OpenAIModel,
    Unserved,
    WorkersAuthors,
    WorkersSchema,
    WorkersSearch,
    WorkersTasks,
)
from understudy.server.openapi import OpenAPI
from understudy.server.pipeline import Generation, NameOf, Services


@dataclass(frozen=True, slots=True)
class Entry:
    """One path (in Starlette's form), whose errors ``dialect`` words."""

    path: str
    dialect: Dialect
    methods: Mapping[str, Handler]


def cloudflare(services: Services) -> list[Entry]:
    """Workers AI, below ``/client/v4/accounts/{account}``."""
    padding, functions = services.settings.stream_padding, services.settings.run_functions
    workers = WorkersAI(padding=padding, functions=functions, cards=services.catalog)
    unified = WorkersRun(padding=padding, functions=functions)
    chat, completions = WorkersChat(), WorkersCompletions()
    key = auth.cloudflare
    run = Generation(services, workers, key, _in_path, with_query=with_query)

    def named(door: Door) -> Generation:
        return Generation(services, door, key, _in_body(door.model_name), with_query=with_query)

    every, one = OpenAIList(services, key), OpenAIModel(services, key)
    forwarded = Forwarded(services)
    return [
        Entry("/ai/run", unified, {"POST": named(unified)}),
        Entry("/ai/run/proxy", forwarded.dialect, {"GET": forwarded, "POST": forwarded}),
        Entry("/ai/run/{model:path}", workers, {"POST": run}),
        Entry("/ai/models/search", workers, {"GET": WorkersSearch(services, key)}),
        Entry("/ai/models/schema", workers, {"GET": WorkersSchema(services, key)}),
        Entry("/ai/tasks/search", workers, {"GET": WorkersTasks(services, key)}),
        Entry("/ai/authors/search", workers, {"GET": WorkersAuthors(services, key)}),
        *_finetunes(services, workers),
        Entry("/ai/tomarkdown", workers, {"POST": Unserved(services, key, "tomarkdown")}),
        Entry("/ai/tomarkdown/supported", workers, {"GET": Unserved(services, key, "tomarkdown")}),
        Entry("/ai/v1/chat/completions", chat, {"POST": named(chat)}),
        Entry("/ai/v1/completions", completions, {"POST": named(completions)}),
        Entry("/ai/v1/embeddings", chat, {"POST": Unserved(services, key, "embeddings")}),
        Entry("/ai/v1/responses", chat, {"POST": Unserved(services, key, "responses")}),
        Entry("/ai/v1/models", chat, {"GET": every}),
        Entry("/ai/v1/models/{model:path}", chat, {"GET": one}),
    ]


def _finetunes(services: Services, dialect: Dialect) -> list[Entry]:
    """Adapters that callers bring."""
    finetunes = Finetunes(services, auth.cloudflare)
    one = {"GET": finetunes.read, "DELETE": finetunes.delete}
    upload = {"POST": finetunes.upload}
    return [
        Entry("/ai/finetunes", dialect, {"GET": finetunes.every, "POST": finetunes.create}),
        Entry("/ai/finetunes/public", dialect, {"GET": finetunes.public}),
        Entry("/ai/finetunes/{finetune}", dialect, one),
        Entry("/ai/finetunes/{finetune}/finetune-assets", dialect, upload),
    ]


def openai(services: Services) -> list[Entry]:
    """DeepInfra's OpenAI-compatible routes, below ``/v1/openai`` and, for short, ``/v1``."""
    completions, chat = OpenAICompletions(SERVICE), OpenAIChat(SERVICE)
    key = auth.deepinfra

    def generation(door: Door) -> Generation:
        name_of = _in_body(door.model_name)
        return Generation(services, door, key, name_of, gzip=True, naming=naming.deepinfra)

    return [
        Entry("/completions", completions, {"POST": generation(completions)}),
        Entry("/chat/completions", chat, {"POST": generation(chat)}),
        Entry("/models", chat, {"GET": deepinfra.OpenAIModels(services, key)}),
        Entry("/models/{model:path}", chat, {"GET": deepinfra.OpenAIModel(services, key)}),
        *_unserved(services, chat, {f"/{n}": w for n, w in deepinfra.OPENAI_UNSERVED.items()}),
    ]


def inference(services: Services) -> list[Entry]:
    """DeepInfra's own route, below ``/v1/inference``."""
    native, key = DeepInfraNative(), auth.deepinfra
    infer = Generation(services, native, key, _in_path, True, native.with_query, naming.deepinfra)
    deployed = deepinfra.Deployment(services, key)
    return [
        Entry("/deploy/{deploy_id:path}", native, {"POST": deployed}),
        Entry("/{model:path}", native, {"POST": infer}),
    ]


def deepinfra_own(services: Services) -> list[Entry]:
    """What else DeepInfra has, at paths of several kinds."""
    dialect, key = DeepInfraNative(), auth.deepinfra
    return [
        Entry("/models/list", dialect, {"GET": deepinfra.Models(services, key)}),
        Entry("/models/{model:path}", dialect, {"GET": deepinfra.Model(services, key)}),
        Entry("/v1/me", dialect, {"GET": deepinfra.Me(services)}),
        *_unserved(services, dialect, deepinfra.DEEPINFRA_UNSERVED),
    ]


def _unserved(services: Services, dialect: Dialect, paths: Mapping[str, str]) -> list[Entry]:
    """Refusals by name, at each path and all that is below it."""
    found = []
    for path, what in paths.items():
        refused = deepinfra.Unserved(services, auth.deepinfra, what)
        methods = dict.fromkeys(deepinfra.METHODS, refused)
        found += [Entry(path + below, dialect, methods) for below in ("", "/{rest:path}")]
    return found


def binding(keyless: Keyless) -> list[Entry]:
    """``env.AI`` as Cloudflare's runtime calls it; no key."""
    return [
        Entry(path, keyless.dialect, dict.fromkeys(methods, keyless.direct))
        for path, methods in BINDING_METHODS.items()
    ]


def operations(services: Services) -> list[Entry]:
    """For whoever watches the server; no key."""
    dialect = OpenAIChat(SERVICE)
    return [
        Entry("/health", dialect, {"GET": _health}),
        Entry("/ready", dialect, {"GET": _ready(services)}),
        Entry("/openapi.json", dialect, {"GET": OpenAPI(services)}),
    ]


def _in_path(exchange: Exchange, body: Any) -> str:
    return exchange.path_params["model"]


def _in_body(model_name: Callable[[Any], str]) -> NameOf:
    return lambda exchange, body: model_name(body)


async def _health(exchange: Exchange) -> None:
    """Alive: the event loop turns."""
    await exchange.answer(b'{"status":"ok"}')


def _ready(services: Services) -> Handler:
    """Whether the bundled model would answer a request that is sent now."""

    async def handler(exchange: Exchange) -> None:
        gate = services.gate
        ready = gate.ready and services.pool.ready()
        state = "draining" if gate.draining else "ready" if ready else "loading"
        body = json.dumps({"status": state}).encode()
        await exchange.answer(body, 200 if state == "ready" else 503)

    return handler
