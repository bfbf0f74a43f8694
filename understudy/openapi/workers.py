"""Workers AI's generation routes, and the envelope that all its routes share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.catalog.card import ModelCard
from understudy.dialects.workers_chat import WorkersChatBody
from understudy.dialects.workers_completions import WorkersCompletionsBody
from understudy.openapi import openai
from understudy.openapi.deepinfra import model_in_path
from understudy.openapi.operation import (
    Operation,
    Schema,
    Security,
    Service,
    generated,
    in_path,
    in_query,
    told,
)
from understudy.openapi.shape import OPTIONAL, Count, Shape

KEYS: Security = ({"bearer": []}, {"x-auth-email": [], "x-auth-key": []})
LISTING = (400, 401, 404, 500)
GENERATION = (400, 401, 404, 405, 408, 413, 429, 500, 503)
HEADERS = ("cf-ai-req-id", "cf-ai-neurons", "x-understudy-stand-in")


class Fault(Shape):
    """What went wrong, in the service's numbers and words."""

    code: int
    message: str
    error_chain: list[dict[str, Any]] = OPTIONAL


class Nothing(Shape):
    """An object without keys."""


class WorkersError(Shape):
    """A refusal, in the envelope of the API or that of the models behind it."""

    result: Nothing | None
    success: Literal[False]
    errors: Annotated[list[Fault], Field(min_length=1, max_length=1)]
    messages: Annotated[list[Any], Field(max_length=0)]


class WorkersOpenAIError(WorkersError):
    """The same, and the error as OpenAI's clients read it."""

    error: openai.ErrorDetails


class NativeFunction(Shape):
    """A call in OpenAI's form."""

    name: str
    arguments: str
    """An object, as JSON text."""


class NativeCall(Shape):
    """A call that the model asks for, in the service's form and in OpenAI's."""

    name: str
    arguments: dict[str, Any]
    id: str
    type: Literal["function"]
    index: Count
    function: NativeFunction


class NativeUsage(Shape):
    """Tokens of one request."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: openai.CachedTokens = OPTIONAL


class NativeResult(Shape):
    """An answer."""

    response: Any
    """Text; in JSON mode the JSON itself."""
    tool_calls: Annotated[list[NativeCall], Field(min_length=1)] = OPTIONAL
    usage: NativeUsage
    finish_reason: openai.Reason = OPTIONAL


class NativeError(Shape):
    """What broke a stream off."""

    code: int
    message: str


class NativeFrame(Shape):
    """One event of a streamed answer; the last has the usage."""

    response: str
    p: str = OPTIONAL
    """Padding that hides how long a token is, where the server is set to send it."""
    tool_calls: Annotated[list[NativeCall], Field(min_length=1)] = OPTIONAL
    usage: NativeUsage = OPTIONAL
    finish_reason: openai.Reason = OPTIONAL
    error: NativeError = OPTIONAL


def enveloped(result: Schema, *, paged: bool = False) -> dict[str, Any]:
    """``result`` in the envelope of the API; ``paged`` says where it stands in a longer list."""
    none = {"type": "array", "maxItems": 0}
    properties = {
        "result": result,
        "success": {"const": True},
        "errors": none,
        "messages": none,
    }
    if paged:
        properties["result_info"] = PageInfo
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


class PageInfo(Shape):
    """Which part of a list a page is."""

    page: Count
    per_page: Count
    count: Count
    total_count: Count


def input_name(card: ModelCard) -> str:
    """What the component with the input of ``card`` is called."""
    return f"Input.{card.name.removeprefix('@').replace('/', '.')}"


def account(aliases: Iterable[str]) -> dict[str, Any]:
    """The parameter of the account that every address of the API begins with."""
    aliases = list(aliases)
    forms = "|".join(["[0-9a-f]{32}", *map(re.escape, aliases)])
    text = "Any id of Cloudflare's form, or an alias that this server has. Here all are one."
    return in_path("account", text, pattern=f"^({forms})$", examples=[*aliases, "0" * 32])


def service(tag: str, path: str, aliases: Iterable[str], *, openai_too: bool = False) -> Service:
    """A part of Workers AI's API, below the account."""
    error = WorkersOpenAIError if openai_too else WorkersError
    return Service(
        f"Workers AI: {tag}",
        "/client/v4/accounts/{account}/ai" + path,
        KEYS,
        dict.fromkeys(GENERATION, error),
        (account(aliases),),
    )


def operations(cards: Iterable[ModelCard], aliases: Iterable[str]) -> list[Operation]:
    """Every operation that generates, and what stands beside them."""
    cards, aliases = list(cards), list(aliases)
    return [
        *_native(service("run", "/run", aliases), cards),
        *_openai(service("OpenAI", "/v1", aliases, openai_too=True), cards),
        *_unserved(service("run", "", aliases)),
    ]


def inputs(cards: Iterable[ModelCard]) -> list[dict[str, str]]:
    """References to the schema of each card's input."""
    return [{"$ref": f"#/components/schemas/{input_name(card)}"} for card in cards]


def _native(door: Service, cards: list[ModelCard]) -> list[Operation]:
    answer = generated(enveloped(NativeResult), NativeFrame, *HEADERS)
    busy = in_query("rejectIfBusy", "Refuse rather than wait.", enum=["true", "false"])
    return [
        door.operation(
            "POST",
            "/{model}",
            "Ask a model",
            answer,
            model_in_path(card.name for card in cards),
            busy,
            body={"anyOf": inputs(cards)},
            refusals=GENERATION,
            description="The body is the model's own: a prompt or messages, and how to answer.",
        ),
        door.operation(
            "POST",
            "",
            "Ask the model that the body names",
            answer,
            busy,
            body={"anyOf": [_named(card) for card in cards]},
            refusals=GENERATION,
            description="The input stands in `input`, or its fields beside `model`.",
        ),
    ]


def _named(card: ModelCard) -> dict[str, Any]:
    """A body that names the model of ``card``."""
    (ref,) = inputs([card])
    model = {"model": {"const": card.name}}
    wrapped = {
        "type": "object",
        "properties": {**model, "input": ref, "options": {"type": ["object", "null"]}},
        "required": ["model", "input"],
        "additionalProperties": False,
    }
    beside = {"type": "object", "properties": model, "required": ["model"]}
    return {"title": card.name, "anyOf": [wrapped, {"allOf": [beside, ref]}]}


def _openai(door: Service, cards: list[ModelCard]) -> list[Operation]:
    completion = generated(
        openai.Completion, {"anyOf": [openai.CompletionChunk, openai.StreamError]}, *HEADERS
    )
    chat = generated(
        openai.ChatCompletion, {"anyOf": [openai.ChatChunk, openai.StreamError]}, *HEADERS
    )
    names = [card.name for card in cards]
    return [
        door.operation(
            "POST",
            "/chat/completions",
            "Answer in a conversation",
            chat,
            body=WorkersChatBody,
            refusals=GENERATION,
        ),
        door.operation(
            "POST",
            "/completions",
            "Continue a raw prompt",
            completion,
            body=WorkersCompletionsBody,
            refusals=GENERATION,
        ),
        door.operation(
            "GET",
            "/models",
            "List the models",
            told("Every model.", openai.ModelList),
            refusals=LISTING,
        ),
        door.operation(
            "GET",
            "/models/{model}",
            "Read one model",
            told("The model.", openai.Model),
            model_in_path(names),
            refusals=LISTING,
        ),
        door.operation("POST", "/embeddings", "Not served", None, refusals=LISTING),
        door.operation("POST", "/responses", "Not served", None, refusals=LISTING),
    ]


def _unserved(door: Service) -> list[Operation]:
    return [
        door.operation("POST", "/tomarkdown", "Not served", None, refusals=LISTING),
        door.operation("GET", "/tomarkdown/supported", "Not served", None, refusals=LISTING),
    ]
