"""The whole document: OpenAPI 3.1, of what this server serves as it is set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from understudy import __version__
from understudy.catalog.card import ModelCard
from understudy.openapi import binding, catalogue, deepinfra, health, workers_run
from understudy.openapi.operation import Answer, Operation
from understudy.openapi.schemas import Components, resolved
from understudy.server.pipeline import STAND_IN_HEADER

DESCRIPTION = (
    "A self-hosted stand-in for hosted text-generation APIs. One server speaks as each of the "
    "services does, with its addresses, keys, answers and errors; a tag names the service. What "
    "the services have and this server does not is refused by name: `x-not-served` lists such "
    "paths, each with all below it."
)

_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "xi-api-key": {"type": "apiKey", "in": "header", "name": "xi-api-key"},
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "x-auth-key": {"type": "apiKey", "in": "header", "name": "X-Auth-Key"},
    "x-auth-email": {"type": "apiKey", "in": "header", "name": "X-Auth-Email"},
}

_TEXT = {"type": "string"}
_HEADERS: Mapping[str, Any] = {
    "x-request-id": {
        "description": "Finds the request in the server's log.",
        "required": True,
        "schema": _TEXT,
    },
    "retry-after": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "cf-ai-req-id": {"description": "The request's id.", "schema": _TEXT},
    "cf-ai-neurons": {
        "description": "What a whole answer cost, in the service's unit.",
        "schema": {"type": "number", "minimum": 0},
    },
    STAND_IN_HEADER: {
        "description": "The model that answered in place of one whose weights are not here.",
        "schema": _TEXT,
    },
}


def document(
    cards: Iterable[ModelCard], *, accounts: Iterable[str] = (), keyless: bool = True
) -> dict[str, Any]:
    """The document for the models of ``cards``. ``accounts`` are aliases; ``keyless`` says whether
    the doors of ``env.AI`` without a key are open."""
    cards, accounts = list(cards), list(accounts)
    every = [
        *workers_run.operations(cards, accounts),
        *catalogue.operations(cards, accounts),
        *deepinfra.operations(cards),
        *binding.operations(cards, accounts, keyless=keyless),
        *health.operations(),
    ]
    components = Components()
    for operation in every:
        _note(components, operation)
    references, schemas = components.schemas()
    inputs = {workers_run.input_name(card): card.input_schema for card in cards}
    paths: dict[str, Any] = {}
    for operation in every:
        rendered = resolved(_operation(operation), references)
        paths.setdefault(operation.path, {})[operation.method.lower()] = rendered
    return {
        "openapi": "3.1.0",
        "info": {"title": "Understudy", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in every)],
        "paths": paths,
        "components": {
            "schemas": schemas | inputs,
            "headers": _HEADERS,
            "securitySchemes": _SECURITY,
        },
        "x-not-served": list(deepinfra.NOT_SERVED),
    }


def _note(components: Components, operation: Operation) -> None:
    components.note(operation.body)
    for answer in operation.answers.values():
        components.note(answer.content)


def _operation(operation: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": _identifier(operation),
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": list(operation.security),
        "responses": {str(status): _answer(it) for status, it in operation.answers.items()},
    }
    if operation.description:
        made["description"] = operation.description
    if operation.parameters:
        made["parameters"] = list(operation.parameters)
    if operation.body is not None:
        content: dict[str, Any] = {kind: {"schema": it} for kind, it in operation.body.items()}
        if operation.examples:
            told = {name: {"value": value} for name, value in operation.examples.items()}
            content["application/json"]["examples"] = told
        made["requestBody"] = {"required": True, "content": content}
    return made


def _answer(answer: Answer) -> dict[str, Any]:
    headers = ("x-request-id", *answer.headers)
    return {
        "description": answer.description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {kind: {"schema": schema} for kind, schema in answer.content.items()},
    }


def _identifier(operation: Operation) -> str:
    """``post_v1_openai_completions``."""
    words = re.findall(r"[a-z0-9]+", operation.path.lower())
    return "_".join([operation.method.lower(), *words])
