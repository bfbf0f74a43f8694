"""DeepInfra's routes: OpenAI's formats with its errors and prices, and its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.catalog.card import ModelCard
from understudy.dialects.deepinfra_native import NativeBody
from understudy.dialects.openai_schema import ChatBody, CompletionsBody
from understudy.openapi import deepinfra_catalogue, openai
from understudy.openapi.openai_routes import openai_routes
from understudy.openapi.operation import (
    Operation,
    Security,
    Service,
    generated,
    in_path,
    in_query,
    model_in_path,
)
from understudy.openapi.shape import OPTIONAL, Count, Shape
from understudy.server.deepinfra import DEEPINFRA_UNSERVED, OPENAI_UNSERVED
from understudy.server.pipeline import STAND_IN_HEADER

KEYS: Security = ({"bearer": []}, {"xi-api-key": []}, {"x-api-key": []})
LISTING = (401, 403, 404, 500)
GENERATION = (400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504)


class OldDetail(Shape):
    """An error as the service's older clients read it."""

    error: str


class DeepInfraError(Shape):
    """An error in both of the service's forms at once."""

    error: openai.ErrorDetails
    detail: OldDetail


class Violation(Shape):
    """One fault of a body."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any
    ctx: dict[str, Any] = OPTIONAL


class ValidationError(Shape):
    """A body that does not fit its schema, as FastAPI says it and as OpenAI's clients read it."""

    error: openai.ErrorDetails
    detail: Annotated[list[Violation], Field(min_length=1)]


class InferenceStatus(Shape):
    """How an inference went."""

    status: Literal["succeeded"]
    runtime_ms: Count
    cost: Annotated[float, Field(ge=0)]
    """US dollars, at the prices of the model's card."""
    tokens_generated: Count
    tokens_input: Count


class GeneratedText(Shape):
    """One answer."""

    generated_text: str


class Inference(Shape):
    """``POST /v1/inference/{model}``."""

    request_id: str
    inference_status: InferenceStatus
    results: Annotated[list[GeneratedText], Field(min_length=1)]
    num_tokens: Count
    num_input_tokens: Count


class Token(Shape):
    """A token of a stream."""

    id: int | None
    text: str
    logprob: float | None
    special: bool


class FrameDetails(Shape):
    """How a stream ended."""

    finish_reason: Literal["length", "eos_token", "stop_sequence"]
    generated_tokens: Count
    input_length: Count


class Frame(Shape):
    """One event of a streamed inference; the last has the whole text."""

    token: Token
    generated_text: str | None
    details: FrameDetails | None
    error_type: str = OPTIONAL
    """Only in the last event of a stream that broke off."""
    error_message: str = OPTIONAL


NOT_SERVED = (
    *(f"{prefix}/{name}" for prefix in ("/v1/openai", "/v1") for name in OPENAI_UNSERVED),
    *DEEPINFRA_UNSERVED,
)
"""Paths of the service's that are refused by name, with all below them."""

INPUTS = {
    "whole": {"input": "Once upon a time", "max_new_tokens": 16},
    "streamed": {"input": "Once upon a time", "max_new_tokens": 8, "stream": True},
}
ERRORS = dict.fromkeys(GENERATION, DeepInfraError) | {422: ValidationError}


def operations(cards: Iterable[ModelCard]) -> list[Operation]:
    """Every operation of DeepInfra's doors."""
    names = [card.name for card in cards]
    return [
        *_openai(_service("DeepInfra: OpenAI", "/v1/openai"), names),
        *_openai(_service("DeepInfra: OpenAI, short", "/v1"), names),
        *_own(_service("DeepInfra", ""), names),
    ]


def _service(tag: str, prefix: str) -> Service:
    return Service(tag, prefix, KEYS, ERRORS, headers=(STAND_IN_HEADER,))


def _openai(door: Service, names: list[str]) -> list[Operation]:
    return openai_routes(
        door,
        names,
        (openai.PricedCompletion, CompletionsBody),
        (openai.PricedChatCompletion, ChatBody),
        headers=(STAND_IN_HEADER,),
        generation=GENERATION,
        listing=LISTING,
    )


def _own(door: Service, names: list[str]) -> list[Operation]:
    version = in_query("version", "`latest`, or the revision of the model's weights.")
    deployment = in_path("deploy_id", "Any: there are none here.", minLength=1)
    return [
        door.operation(
            "POST",
            "/v1/inference/{model}",
            "Continue a raw input",
            generated(Inference, Frame, STAND_IN_HEADER),
            model_in_path(names),
            version,
            body=NativeBody,
            examples=INPUTS,
            refusals=GENERATION,
        ),
        door.operation(
            "POST",
            "/v1/inference/deploy/{deploy_id}",
            "Not served: deployments",
            None,
            deployment,
            refusals=LISTING,
        ),
        *deepinfra_catalogue.operations(door, model_in_path(names)),
    ]
