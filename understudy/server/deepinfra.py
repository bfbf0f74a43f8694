"""DeepInfra's routes that generate nothing: what models there are, whose the key is, and what it
has that is not here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects import deepinfra_models as wire
from understudy.dialects.deepinfra_refusals import (
    DEPLOYMENT,
    NotServed,
    UnknownDeployment,
    check_version,
)
from understudy.dialects.openai_models import Adapter, adapter_object, model_list, model_object
from understudy.dialects.sse import to_json
from understudy.errors import AdapterIncomplete, UnknownModel, UnsupportedField
from understudy.models.finetune import Finetune
from understudy.server import naming
from understudy.server.auth import deepinfra as credentials
from understudy.server.exchange import Exchange
from understudy.server.listing import Listing
from understudy.server.pipeline import Services

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

OPENAI_UNSERVED = {
    "assistants": "assistants",
    "audio": "audio",
    "batches": "batches",
    "containers": "containers",
    "conversations": "conversations",
    "embeddings": "embeddings",
    "evals": "evals",
    "files": "files",
    "fine_tuning": "fine-tuning",
    "images": "images",
    "messages": "Anthropic's messages",
    "moderations": "moderations",
    "realtime": "realtime sessions",
    "rerank": "reranking",
    "responses": "OpenAI's responses",
    "threads": "threads",
    "uploads": "uploads",
    "vector_stores": "vector stores",
    "videos": "videos",
}
"""What OpenAI's clients look for below ``/v1/openai`` and ``/v1``, each with what is below it."""

DEEPINFRA_UNSERVED = {
    "/anthropic": "Anthropic's messages",
    "/deploy": "deployments",
    "/lora-model": "LoRA uploads of DeepInfra's; bring adapters through Cloudflare's finetunes",
    "/v1/api-tokens": "API tokens; keys are made with 'understudy keys'",
    "/v1/deploy": "deployments",
    "/v1/detokenize": "detokenizing",
    "/v1/feedback": "feedback",
    "/v1/lora": "LoRA uploads of DeepInfra's; bring adapters through Cloudflare's finetunes",
    "/v1/model": "LoRA lists of DeepInfra's; adapters are in the list of models",
    "/v1/scoped-jwt": "scoped JWTs",
    "/v1/text-to-speech": "speech",
    "/v1/tokenize": "tokenizing",
    "/v1/user": "LoRA lists of DeepInfra's; adapters are in the list of models",
    "/v1/voices": "speech",
}
"""What is the service's own."""


@dataclass(frozen=True, slots=True)
class _Slow(Listing):
    """A listing that reads finetunes from the disk."""

    async def __call__(self, exchange: Exchange) -> None:
        exchange.caller = self.caller(exchange)
        await exchange.answer(to_json(await asyncio.to_thread(self.body, exchange)))

    def named(self, exchange: Exchange) -> tuple[ModelCard, Adapter | None]:
        """The model of the path. Raises UnknownModel."""
        services, caller = self.services, exchange.caller or ""
        name = exchange.path_params["model"]
        try:
            found = naming.deepinfra(services.catalog, services.finetunes, name, caller)
        except AdapterIncomplete:
            # No list has it either, until it can answer.
            raise UnknownModel(name) from None
        if found.finetune is None:
            return found.card, None
        finetune = services.finetunes.get(found.finetune, caller)
        return found.card, _adapter(finetune, caller)


class OpenAIModels(_Slow):
    """``GET …/models``: the cards, then the finetunes that the caller may use."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        cards = map(model_object, self.services.catalog)
        found = adapters(self.services, exchange.caller or "")
        return model_list([*cards, *(adapter_object(adapter, card) for adapter, card in found)])


class OpenAIModel(_Slow):
    """``GET …/models/{model}``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        card, adapter = self.named(exchange)
        return model_object(card) if adapter is None else adapter_object(adapter, card)


class Models(_Slow):
    """``GET /models/list``."""

    def body(self, exchange: Exchange) -> list[dict[str, Any]]:
        cards = map(wire.list_entry, self.services.catalog)
        found = adapters(self.services, exchange.caller or "")
        return [*cards, *(wire.list_entry(card, adapter) for adapter, card in found)]


class Model(_Slow):
    """``GET /models/{model}``, also with ``?version=``."""

    def body(self, exchange: Exchange) -> dict[str, Any]:
        card, adapter = self.named(exchange)
        if version := exchange.query.get("version"):
            check_version(card, version, "version")
        host = exchange.request_headers.get("host", "localhost")
        return wire.info(card, adapter, f"{exchange.scope['scheme']}://{host}")


@dataclass(frozen=True, slots=True)
class Me:
    """``GET /v1/me``; any key may ask."""

    services: Services

    async def __call__(self, exchange: Exchange) -> None:
        keys = self.services.keys
        caller = keys.verify(credentials(exchange.request_headers))
        exchange.caller = caller.id
        if exchange.query.get("checklist", "false") != "false":
            raise UnsupportedField("checklist", "other than false is not supported by this server")
        names = {key.id: key.name for key in keys.list()}
        await exchange.answer(to_json(wire.me(caller, names.get(caller.id, caller.id))))


@dataclass(frozen=True, slots=True)
class Unserved(Listing):
    """A route of the service's for ``what``."""

    what: str = ""

    def body(self, exchange: Exchange) -> Any:
        raise NotServed(self.what, exchange.meta.method, exchange.meta.path)


class Deployment(Listing):
    """``/v1/inference/deploy/{deploy_id}``."""

    def body(self, exchange: Exchange) -> Any:
        raise UnknownDeployment(DEPLOYMENT + exchange.path_params["deploy_id"])


def adapters(services: Services, caller: str) -> Iterator[tuple[Adapter, ModelCard]]:
    """The finetunes that ``caller`` (the id of a key) may use and that can answer, with their
    models: its own, then others' public ones."""
    store = services.finetunes
    own = store.owned(caller)
    others = (finetune for finetune in store.public() if finetune.owner != caller)
    for finetune in (*own, *others):
        try:
            card = services.catalog.get(finetune.model)
        except UnknownModel:
            continue
        if not finetune.missing:
            yield _adapter(finetune, caller), card


def _adapter(finetune: Finetune, caller: str) -> Adapter:
    own = finetune.owner == caller
    return Adapter(
        name=finetune.name if own else finetune.public_name,
        description=finetune.description,
        created_at=finetune.created_at,
        public=finetune.public,
        own=own,
    )
