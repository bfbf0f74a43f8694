"""Workers AI's routes that generate: its own and those in OpenAI's form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.catalog.card import ModelCard
from understudy.dialects.workers_chat import WorkersChatBody
from understudy.dialects.workers_completions import WorkersCompletionsBody
from understudy.openapi import openai
from understudy.openapi.openai_routes import openai_routes
from understudy.openapi.operation import (
    Operation,
    Schema,
    Service,
    generated,
    in_query,
    model_in_path,
)
from understudy.openapi.shape import OPTIONAL, Count, Shape
from understudy.openapi.workers import GENERATION, HEADERS, LISTING, enveloped, service

_OWN = "Each model says for itself what it takes; below, each has an entry of its own."
_BESIDE = "The input stands in `input`, or its fields beside `model`."


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


ANY_INPUT: Mapping[str, Any] = {
    "type": "object",
    "description": "What every model takes; each says for itself what else.",
    "properties": {
        "stream": {"type": "boolean", "default": False},
        "max_tokens": {"type": "integer", "minimum": 1},
    },
    "oneOf": [
        {
            "title": "Prompt",
            "properties": {"prompt": {"type": "string", "minLength": 1}},
            "required": ["prompt"],
        },
        {
            "title": "Messages",
            "properties": {
                "messages": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "role": {"enum": ["system", "user", "assistant", "tool"]},
                            "content": {"type": "string"},
                        },
                        "required": ["role", "content"],
                    },
                }
            },
            "required": ["messages"],
        },
    ],
}


_SAID = [{"role": "user", "content": "What is the capital of France?"}]
INPUTS: Mapping[str, Any] = {
    "prompt": {"prompt": "What is the capital of France?", "max_tokens": 16},
    "messages, streamed": {"messages": _SAID, "max_tokens": 8, "stream": True},
}


def input_name(card: ModelCard) -> str:
    """What the component with the input of ``card`` is called."""
    return f"Input.{card.name.removeprefix('@').replace('/', '.')}"


def input_of(card: ModelCard) -> dict[str, Any]:
    """The input of ``card``, as its schema says."""
    return {"$ref": f"#/components/schemas/{input_name(card)}"}


def operations(cards: Iterable[ModelCard], aliases: Iterable[str]) -> list[Operation]:
    """Every operation that generates, and what stands beside them."""
    cards, aliases = list(cards), list(aliases)
    return [
        *_native(service("run", "/run", aliases), cards),
        *_openai(service("OpenAI", "/v1", aliases, openai_too=True), cards),
        *_unserved(service("run", "", aliases)),
    ]


def _native(door: Service, cards: list[ModelCard]) -> list[Operation]:
    answer = generated(enveloped(NativeResult), NativeFrame, *HEADERS)
    busy = in_query("rejectIfBusy", "Refuse rather than wait.", enum=["true", "false"])
    names = [card.name for card in cards]

    def ask(
        path: str,
        summary: str,
        body: Schema,
        description: str,
        *parameters: Mapping[str, Any],
        examples: Mapping[str, Any] = INPUTS,
    ) -> Operation:
        return door.operation(
            "POST",
            path,
            summary,
            answer,
            *parameters,
            busy,
            body=body,
            refusals=GENERATION,
            description=description,
            examples=examples,
        )

    named = {
        "type": "object",
        "properties": {"model": {"type": "string", "examples": names}},
        "required": ["model"],
        "anyOf": [
            {
                "properties": {"input": ANY_INPUT, "options": {"type": ["object", "null"]}},
                "required": ["input"],
            },
            ANY_INPUT,
        ],
    }
    beside = {
        "inside": {"model": names[0], "input": INPUTS["prompt"]},
        "beside": {"model": names[0], **INPUTS["prompt"]},
    }
    return [
        ask("/{model}", "Ask a model", ANY_INPUT, _OWN, model_in_path(names)),
        ask("", "Ask the model that the body names", named, _BESIDE, examples=beside),
        *(
            ask(f"/{card.name}", f"Ask {card.name}", input_of(card), card.description)
            for card in cards
        ),
    ]


def _openai(door: Service, cards: list[ModelCard]) -> list[Operation]:
    return [
        *openai_routes(
            door,
            [card.name for card in cards],
            (openai.Completion, WorkersCompletionsBody),
            (openai.ChatCompletion, WorkersChatBody),
            headers=HEADERS,
            generation=GENERATION,
            listing=LISTING,
        ),
        door.operation("POST", "/embeddings", "Not served", None, refusals=LISTING),
        door.operation("POST", "/responses", "Not served", None, refusals=LISTING),
    ]


def _unserved(door: Service) -> list[Operation]:
    return [
        door.operation("POST", "/tomarkdown", "Not served", None, refusals=LISTING),
        door.operation("GET", "/tomarkdown/supported", "Not served", None, refusals=LISTING),
    ]
