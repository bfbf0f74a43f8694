"""The doors of ``env.AI``: for Cloudflare's own runtime, with or without a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.catalog.card import ModelCard
from understudy.openapi import workers
from understudy.openapi.catalogue import search_parameters, searched
from understudy.openapi.operation import (
    NO_KEY,
    Answer,
    Operation,
    Service,
    generated,
    in_header,
    in_query,
)
from understudy.openapi.shape import Shape
from understudy.openapi.workers_run import ANY_INPUT, INPUTS, NativeFrame, NativeResult

TAG = "env.AI"
_REFUSALS = (400, 403, 404, 405, 408, 413, 429, 500, 502, 503)
_PARTS = (400, 403, 500)


class BindingFault(Shape):
    """What went wrong, as the binding's other methods read it."""

    message: str
    code: int


class BindingError(Shape):
    """A refusal, as the runtime's own class reads it."""

    internalCode: int
    httpCode: int
    name: Literal["AiError"]
    message: str
    description: str
    requestId: str
    errors: Annotated[list[BindingFault], Field(min_length=1, max_length=1)]
    success: Literal[False]


_BODY = {
    "type": "object",
    "properties": {"inputs": ANY_INPUT, "options": {"type": ["object", "null"]}},
    "required": ["inputs"],
}

_BODIES = {name: {"inputs": value, "options": {}} for name, value in INPUTS.items()}


def operations(
    cards: Iterable[ModelCard], aliases: Iterable[str], *, keyless: bool
) -> list[Operation]:
    """Calls that carry the runtime's address in a header; those without a key where they are
    ``keyless``."""
    names = [card.name for card in cards]
    errors = dict.fromkeys(_REFUSALS, BindingError)
    below = "/client/v4/accounts/{account}/ai"
    headers = workers.REFUSAL_HEADERS
    forwarded = Service(TAG, below, workers.KEYS, errors, (workers.account(aliases),), headers)
    direct = Service(TAG, "", NO_KEY, errors, headers=headers)
    return [*_forwarded(forwarded, names), *(_direct(direct, names) if keyless else ())]


def _answer() -> Answer:
    return generated(NativeResult, NativeFrame, *workers.HEADERS)


def _model(names: list[str], required: bool) -> dict[str, Any]:
    return in_header("cf-consn-model-id", "The model.", required, minLength=1, examples=names)


def _direct(door: Service, names: list[str]) -> list[Operation]:
    version = in_query("version", "Of the binding.", required=True, enum=["3"])
    found = []
    for path in ("/run", "/ai-gateway/run"):
        run = door.operation(
            "POST",
            path,
            "Ask a model",
            _answer(),
            _model(names, True),
            version,
            body=_BODY,
            examples=_BODIES,
            refusals=_REFUSALS,
        )
        socket = door.operation("GET", path, "Not played: a WebSocket", None, refusals=_PARTS)
        found += [run, socket]
    search = door.operation(
        "GET",
        "/ai-api/models/search",
        "Search the models",
        searched(),
        *search_parameters(),
        refusals=_PARTS,
    )
    return [*found, search]


def _forwarded(door: Service, names: list[str]) -> list[Operation]:
    address = in_header(
        "X-Forwarded",
        "Address of the binding, with its query string.",
        examples=["https://workers-binding.ai/run?version=3"],
    )
    found = searched()
    return [
        door.operation(
            "POST",
            "/run/proxy",
            "Ask a model, with a key",
            _answer(),
            address,
            _model(names, False),
            body=_BODY,
            examples=_BODIES,
            refusals=_REFUSALS,
        ),
        door.operation(
            "GET",
            "/run/proxy",
            "Search the models, with a key",
            found,
            address,
            refusals=_REFUSALS,
        ),
    ]
