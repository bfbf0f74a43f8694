"""A GenerationRequest in the words of OpenAI's API, as a client of it writes them.

The one place below the dialects where field names of a wire format stand. They are not those of
a door of ours: a door may change, and what other servers read does not change with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from understudy.errors import InvalidInput, NotOffered
from understudy.request import (
    ChatInput,
    Constraint,
    GenerationRequest,
    JsonObject,
    JsonSchema,
    Message,
    Regex,
    SamplingParams,
    TextInput,
    ToolChoice,
    ToolSpec,
)
from understudy.upstreams import Capability, Upstream

_MOST_STOPS = {"openai": 4}
_OVER_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """What is sent: ``path`` below the base URL, and the JSON body.

    ``echoes`` says that the answer will begin with the prompt; else an echo is ours to add.
    """

    path: str
    body: bytes
    echoes: bool = False


def write_call(request: GenerationRequest, upstream: Upstream) -> UpstreamCall:
    """``request`` for ``upstream``. Raises NotOffered for a part that it cannot honour, and
    InvalidInput for one that makes no sense."""
    return _Writer(request, upstream).call()


class _Writer:
    def __init__(self, request: GenerationRequest, upstream: Upstream) -> None:
        self._request = request
        self._upstream = upstream

    def call(self) -> UpstreamCall:
        request, chat = self._request, isinstance(self._request.input, ChatInput)
        echoes = self._echoes()
        body: dict[str, Any] = {
            "model": self._upstream.name,
            **(self._chat(request.input) if isinstance(request.input, ChatInput) else self._text()),
            "stream": True,
            "stream_options": self._stream_options(),
            **dict(self._sampling(request.sampling, chat)),
            **dict(self._answer(chat, echoes)),
        }
        try:
            written = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:
            message = "The text has a lone surrogate, which is not a Unicode character."
            raise InvalidInput("input", message) from None
        return UpstreamCall("/chat/completions" if chat else "/completions", written, echoes)

    def _offers(self, capability: Capability) -> bool:
        return capability in self._upstream.capabilities

    def _need(self, capability: Capability, part: str, what: str) -> None:
        if not self._offers(capability):
            raise NotOffered(part, what)

    def _echoes(self) -> bool:
        """Whether the upstream is to repeat the prompt: a text without more we can repeat."""
        request = self._request
        if not request.echo:
            return False
        if isinstance(request.input, TextInput) and request.logprobs is None:
            return False
        self._need("echo", "echo", "an echo of token ids or with log-probabilities")
        if isinstance(request.input, TextInput):
            # Else nothing tells how many of the tokens are the prompt's.
            self._need("running_usage", "echo", "an echo with log-probabilities")
        self._need("logprobs", "logprobs", "log-probabilities")
        return True

    def _stream_options(self) -> dict[str, bool]:
        running = {"continuous_usage_stats": True} if self._offers("running_usage") else {}
        return {"include_usage": True, **running}

    def _text(self) -> dict[str, Any]:
        self._need("completions", "input", "prompts without a chat")
        given = self._request.input
        if isinstance(given, ChatInput):
            raise TypeError("a conversation is no prompt")
        prompt = given.text if isinstance(given, TextInput) else list(given.token_ids)
        if not prompt:
            raise InvalidInput("input", "The prompt is empty.")
        return {"prompt": prompt}

    def _chat(self, chat: ChatInput) -> dict[str, Any]:
        self._need("chat", "input", "chats")
        choice = self._request.tool_choice
        # Told to call none, a model is not to learn of any.
        tools = chat.tools if choice.mode != "none" else ()
        told = {"messages": _messages(chat.messages)}
        if not tools:
            return told
        self._need("tools", "tools", "tools")
        return {**told, "tools": [_tool(tool) for tool in tools], **_tool_choice(choice)}

    def _sampling(self, sampling: SamplingParams, chat: bool) -> Iterator[tuple[str, Any]]:
        """Fields that are off are left out, so that an upstream without them can be asked."""
        yield from self._max_tokens(sampling.max_tokens, chat)
        greedy = sampling.temperature == 0 or sampling.top_p == 0
        yield "temperature", 0 if greedy else sampling.temperature
        yield "top_p", 1 if greedy else sampling.top_p
        if sampling.top_k:
            self._need("top_k", "top_k", "top-k sampling")
            yield "top_k", sampling.top_k
        if sampling.min_p:
            self._need("min_p", "min_p", "min-p sampling")
            yield "min_p", sampling.min_p
        for name in ("frequency_penalty", "presence_penalty"):
            if value := getattr(sampling, name):
                self._need("penalties", name, "penalties")
                yield name, value
        if sampling.repetition_penalty != 1:
            self._need("repetition_penalty", "repetition_penalty", "a repetition penalty")
            yield "repetition_penalty", sampling.repetition_penalty
        if sampling.seed is not None:
            self._need("seed", "seed", "seeds")
            # Many servers read 64 bits with a sign.
            over = sampling.seed >= _OVER_INT64
            yield "seed", sampling.seed - 2 * _OVER_INT64 if over else sampling.seed
        yield from self._stops(sampling)

    def _max_tokens(self, max_tokens: int | None, chat: bool) -> Iterator[tuple[str, Any]]:
        if max_tokens is not None:
            if max_tokens < 1:
                raise InvalidInput("max_tokens", "At least one token must be asked for.")
            yield "max_tokens", max_tokens
        elif not chat and self._upstream.kind == "openai":
            # Left out it would mean 16.
            raise NotOffered("max_tokens", "an answer to a prompt without a bound on its tokens")
        elif not chat:
            yield "max_tokens", None

    def _stops(self, sampling: SamplingParams) -> Iterator[tuple[str, Any]]:
        if sampling.stop:
            self._need("stop", "stop", "stop strings")
            if "" in sampling.stop:
                raise InvalidInput("stop", "A stop string must not be empty.")
            most = _MOST_STOPS.get(self._upstream.kind)
            if most is not None and len(sampling.stop) > most:
                raise NotOffered("stop", f"more than {most} stop strings")
            yield "stop", list(sampling.stop)
            if sampling.show_stop:
                self._need("show_stop", "show_stop", "stop strings that are shown")
                yield "include_stop_str_in_output", True
        if sampling.stop_token_ids:
            self._need("stop_token_ids", "stop_token_ids", "stop tokens")
            yield "stop_token_ids", list(sampling.stop_token_ids)
        if sampling.logit_bias:
            self._need("logit_bias", "logit_bias", "a bias on tokens")
            yield "logit_bias", {str(token): bias for token, bias in sampling.logit_bias}
        if sampling.ignore_eos:
            self._need("ignore_eos", "ignore_eos", "answers beyond their end")
            yield "ignore_eos", True

    def _answer(self, chat: bool, echoes: bool) -> Iterator[tuple[str, Any]]:
        request = self._request
        if request.choices > 1:
            self._need("choices", "choices", "several answers")
            yield "n", request.choices
        if echoes:
            yield "echo", True
        # Of an echo, they tell where the prompt ends.
        if request.logprobs is not None or echoes:
            self._need("logprobs", "logprobs", "log-probabilities")
            if chat:
                yield "logprobs", True
                yield "top_logprobs", request.logprobs or 0
            else:
                yield "logprobs", request.logprobs or 0
        if request.token_ids and request.logprobs is not None:
            self._need("token_ids", "token_ids", "ids of tokens")
            yield "return_tokens_as_token_ids", True
        if request.constraint is not None:
            yield self._constraint(request.constraint)
        if request.cache_namespace and self._offers("cache_namespace"):
            salted = self._upstream.kind == "vllm"
            yield "cache_salt" if salted else "prompt_cache_key", request.cache_namespace

    def _constraint(self, constraint: Constraint) -> tuple[str, Any]:
        name = "response_format"
        match constraint:
            case JsonObject():
                self._need("json_object", "constraint", "JSON objects")
                return name, {"type": "json_object"}
            case JsonSchema(schema):
                self._need("json_schema", "constraint", "answers that a JSON schema describes")
                form = {"name": "answer", "schema": schema, "strict": True}
                return name, {"type": "json_schema", "json_schema": form}
            case Regex(pattern):
                self._need("regex", "constraint", "answers that a pattern describes")
                if self._upstream.kind == "vllm":
                    return "structured_outputs", {"regex": pattern}
                return name, {"type": "regex", "regex": pattern}
            case _:
                raise TypeError(f"{type(constraint).__name__} is no part of a request")


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Calls and results without ids get some: results answer the calls before them in turn."""
    written, unanswered, made = [], list[str](), 0
    for message in messages:
        form: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.name is not None:
            form["name"] = message.name
        if message.tool_calls:
            ids = [call.id or f"call_{made + i}" for i, call in enumerate(message.tool_calls)]
            made += len(ids)
            unanswered = list(ids)
            form["content"] = message.content or None
            form["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call_id, call in zip(ids, message.tool_calls, strict=True)
            ]
        if message.role == "tool":
            answered = message.tool_call_id or next(iter(unanswered), "call_0")
            unanswered = [call_id for call_id in unanswered if call_id != answered]
            form["tool_call_id"] = answered
        written.append(form)
    return written


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _tool_choice(choice: ToolChoice) -> dict[str, Any]:
    alone = {} if choice.parallel else {"parallel_tool_calls": False}
    if choice.mode != "required":
        return {"tool_choice": "auto", **alone}
    if choice.name is None:
        return {"tool_choice": "required", **alone}
    named = {"type": "function", "function": {"name": choice.name}}
    return {"tool_choice": named, **alone}
