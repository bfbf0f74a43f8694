"""OpenAI's answers, as the doors of every service send them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.openapi.shape import OPTIONAL, Count, Shape

Reason = Literal["stop", "length", "tool_calls"]
EndOfText = Literal["stop", "length"]


def completion_examples(model: str) -> dict[str, Any]:
    """Bodies of ``POST …/completions``."""
    return {
        "whole": {"model": model, "prompt": "Once upon a time", "max_tokens": 16},
        "streamed": {"model": model, "prompt": "Once upon a time", "max_tokens": 8, "stream": True},
        "scored": {
            "model": model,
            "prompt": "Once upon a time",
            "max_tokens": 1,
            "echo": True,
            "logprobs": 2,
        },
    }


def chat_examples(model: str) -> dict[str, Any]:
    """Bodies of ``POST …/chat/completions``."""
    said = [{"role": "user", "content": "What is the capital of France?"}]
    return {
        "whole": {"model": model, "messages": said, "max_tokens": 16},
        "streamed": {"model": model, "messages": said, "max_tokens": 8, "stream": True},
    }


class CachedTokens(Shape):
    """The share of the input that was not computed again."""

    cached_tokens: Count


class Usage(Shape):
    """Tokens of one request."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: CachedTokens


class PricedUsage(Usage):
    """Tokens of one request, and what they cost."""

    estimated_cost: Annotated[float, Field(ge=0)]
    """US dollars, at the prices of the model's card."""


class Head(Shape):
    """What an answer and its chunks begin with."""

    id: str
    created: int
    """Seconds since 1970."""
    model: str
    """As the request names it."""


class CompletionLogprobs(Shape):
    """Four lists of one length, an entry for each token."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None]
    text_offset: list[Count]


class CompletionChoice(Shape):
    """One answer."""

    index: Count
    text: str
    logprobs: CompletionLogprobs | None
    finish_reason: EndOfText


class Completion(Head):
    """``POST …/completions``."""

    object: Literal["text_completion"]
    choices: Annotated[list[CompletionChoice], Field(min_length=1)]
    usage: Usage


class PricedCompletion(Completion):
    """``POST …/completions``, with what it cost."""

    usage: PricedUsage


class CompletionPiece(Shape):
    """A piece of one answer."""

    index: Count
    text: str
    logprobs: CompletionLogprobs | None
    finish_reason: EndOfText | None
    """Null until the answer has ended."""


class CompletionChunk(Head):
    """One event of a streamed completion."""

    object: Literal["text_completion"]
    choices: list[CompletionPiece]
    usage: Usage | PricedUsage = OPTIONAL


class Logprob(Shape):
    """One token and its log-probability."""

    token: str
    logprob: Annotated[float, Field(le=0)]
    bytes: list[Annotated[int, Field(ge=0, le=255)]] | None
    """UTF-8, which may be a part of a character; null for a token without text."""


class TokenLogprob(Logprob):
    """One token of an answer, and the likeliest ones in its place."""

    top_logprobs: list[Logprob]


class ChatLogprobs(Shape):
    """An entry for each token of the answer."""

    content: list[TokenLogprob]
    refusal: None


class FunctionCall(Shape):
    """Which function to call, and with what."""

    name: str
    arguments: str
    """An object, as JSON text."""


class ToolCall(Shape):
    """A call that the model asks for."""

    id: str
    type: Literal["function"]
    function: FunctionCall


class AssistantMessage(Shape):
    """What the model says."""

    role: Literal["assistant"]
    content: str | None
    """Null where there are only calls."""
    tool_calls: list[ToolCall] = OPTIONAL


class ChatChoice(Shape):
    """One answer."""

    index: Count
    message: AssistantMessage
    logprobs: ChatLogprobs | None
    finish_reason: Reason


class ChatCompletion(Head):
    """``POST …/chat/completions``."""

    object: Literal["chat.completion"]
    choices: Annotated[list[ChatChoice], Field(min_length=1)]
    usage: Usage


class PricedChatCompletion(ChatCompletion):
    """``POST …/chat/completions``, with what it cost."""

    usage: PricedUsage


class FunctionCallPiece(Shape):
    """A piece of a call's arguments; the first also has the name."""

    name: str = OPTIONAL
    arguments: str


class ToolCallPiece(Shape):
    """A piece of a call."""

    index: Count
    id: str = OPTIONAL
    type: Literal["function"] = OPTIONAL
    function: FunctionCallPiece


class Delta(Shape):
    """What an event adds to a message."""

    role: Literal["assistant"] = OPTIONAL
    content: str = OPTIONAL
    tool_calls: list[ToolCallPiece] = OPTIONAL


class ChatPiece(Shape):
    """A piece of one answer."""

    index: Count
    delta: Delta
    logprobs: ChatLogprobs | None
    finish_reason: Reason | None
    """Null until the answer has ended."""


class ChatChunk(Head):
    """One event of a streamed chat completion."""

    object: Literal["chat.completion.chunk"]
    choices: list[ChatPiece]
    usage: Usage | PricedUsage = OPTIONAL


class Pricing(Shape):
    """US dollars per million tokens."""

    input_tokens: float
    output_tokens: float


class ModelMetadata(Shape):
    """What the catalogue knows of a model."""

    description: str
    context_length: Count
    max_tokens: Count
    pricing: Pricing
    tags: list[str]


class Model(Shape):
    """One model of a list."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    root: str
    parent: str | None
    metadata: ModelMetadata | None


class ModelList(Shape):
    """``GET …/models``."""

    object: Literal["list"]
    data: list[Model]


class ErrorDetails(Shape):
    """An error as OpenAI's clients read it."""

    message: str
    type: str
    param: str | None
    code: str | None


class StreamError(Shape):
    """The last event of a stream that broke off."""

    error: ErrorDetails
