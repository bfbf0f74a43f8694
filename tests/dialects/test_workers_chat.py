"""OpenAI's chat under Workers AI: its limits, its defaults, its errors."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.decode.fold import Answer
from understudy.dialects.base import CallMeta
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import (
    InvalidField,
    InvalidInput,
    RequestError,
    SchemaViolation,
    StepFailed,
    UnsupportedField,
)
from understudy.events import FinishEvent, FinishReason, PromptEvent, TextEvent, Usage, UsageEvent
from understudy.request import ChatInput, JsonSchema, Message, TokenLimits

CARDS = Catalog.load()
LLAMA_3 = CARDS.get("@cf/meta/llama-3.2-1b-instruct")
LLAMA_2 = CARDS.get("@cf/meta/llama-2-7b-chat-fp16")
META = CallMeta(request_id="9f4d0d9e-7a3c-4a6e-9d6a-000000000000", created=1_700_000_000)
BODY: dict[str, Any] = {
    "model": LLAMA_2.name,
    "messages": [{"role": "user", "content": "Hello."}],
}
CHAT = WorkersChat()


def test_limits_and_defaults_are_those_of_workers_ai() -> None:
    request = CHAT.parse(BODY, LLAMA_2).request
    assert request.limits == TokenLimits(context=3072, input=2500, output=256, overflow="refuse")
    assert request.input == ChatInput((Message("user", "Hello."),))
    assert request.sampling.max_tokens is None
    assert request.sampling.temperature == 0.6


@pytest.mark.parametrize("temperature", [0, 0.6, 1])
def test_a_temperature_that_was_asked_for_is_kept(temperature: float) -> None:
    call = CHAT.parse({**BODY, "temperature": temperature}, LLAMA_2)
    assert call.request.sampling.temperature == temperature


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"temperature": 3}, {"temperature": 3.0}),
        ({"top_p": 2}, {"top_p": 1.0}),
        ({"repetition_penalty": 0}, {"repetition_penalty": 1.0}),
        ({"repetition_penalty": 2}, {"repetition_penalty": 2.0}),
        ({"top_k": 50}, {"top_k": 50}),
        ({"seed": 9999999999}, {"seed": 9999999999}),
    ],
    ids=str,
)
def test_what_the_card_allows_means_what_it_means_natively(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    native = WorkersAI().parse({"messages": BODY["messages"], **fields}, LLAMA_3)
    sampling = CHAT.parse({**BODY, **fields}, LLAMA_3).request.sampling
    assert sampling == replace(native.request.sampling, max_tokens=None)
    assert {name: getattr(sampling, name) for name in expected} == expected


OUTSIDE_THE_CARD = [
    ("temperature", 5.5, "'/temperature' must be <= 5"),
    ("top_p", 2.5, "'/top_p' must be <= 2"),
    ("repetition_penalty", 5, "'/repetition_penalty' must be <= 2"),
    ("top_k", 1000, "'/top_k' must be <= 50"),
    ("top_k", 0, "'/top_k' must be >= 1"),
    ("frequency_penalty", -2, "'/frequency_penalty' must be >= 0"),
    ("presence_penalty", -0.5, "'/presence_penalty' must be >= 0"),
    ("seed", 0, "'/seed' must be >= 1"),
]
OUTSIDE_OPENAI = [
    ("temperature", 2.5, "'/temperature' must be <= 2"),
    ("top_p", 1.5, "'/top_p' must be <= 1"),
    ("top_k", -1, "'/top_k' must be >= 0"),
    ("min_p", 1.5, "'/min_p' must be <= 1"),
    ("repetition_penalty", 5, "'/repetition_penalty' must be <= 2"),
    ("frequency_penalty", -2.5, "'/frequency_penalty' must be >= -2"),
    ("presence_penalty", 2.5, "'/presence_penalty' must be <= 2"),
    ("seed", 2**64, "'/seed' must be < 18446744073709551616"),
]


@pytest.mark.parametrize(
    ("card", "field", "value", "text"),
    [(LLAMA_3, *row) for row in OUTSIDE_THE_CARD] + [(LLAMA_2, *row) for row in OUTSIDE_OPENAI],
    ids=lambda value: value.name if isinstance(value, ModelCard) else str(value),
)
def test_ranges_are_the_cards_and_else_openais(
    card: ModelCard, field: str, value: Any, text: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        CHAT.parse({**BODY, field: value}, card)
    error = CHAT.error(caught.value, META).body["error"]
    assert error["message"] == f"AiError: Bad input: Error: {text} ({META.request_id})"
    assert error["param"] == field


def test_openais_own_edges_pass_where_the_card_is_silent() -> None:
    for field, value in (("temperature", 2), ("top_k", 10**6), ("frequency_penalty", -2)):
        assert CHAT.parse({**BODY, field: value}, LLAMA_2)


def test_every_missing_field_is_named_at_once() -> None:
    with pytest.raises(SchemaViolation) as caught:
        CHAT.model_name({})
    reply = CHAT.error(caught.value, META)
    text = "required properties at '/' are 'model,messages'"
    assert reply.body["error"]["message"] == (
        f"AiError: Bad input: Error: {text} ({META.request_id})"
    )


def test_raw_text_is_not_for_a_chat() -> None:
    assert CHAT.parse({**BODY, "raw": False}, LLAMA_2)
    with pytest.raises(UnsupportedField, match="'raw'"):
        CHAT.parse({**BODY, "raw": True}, LLAMA_2)


def test_a_part_of_the_request_has_openais_name() -> None:
    error = CHAT.error(InvalidInput("input", "No."), META).body["error"]
    assert error["param"] == "messages"


def test_the_model_is_named_in_the_body() -> None:
    assert CHAT.model_name(BODY) == LLAMA_2.name
    with pytest.raises(SchemaViolation):
        CHAT.model_name({"messages": BODY["messages"]})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"options": {"rejectIfBusy": 1}}, InvalidField),
        ({"options": "fast"}, InvalidField),
        ({"functions": [{"name": "a", "code": "1"}]}, UnsupportedField),
        ({"tools": [{"type": "function", "function": {}}]}, SchemaViolation),
        ({"tool_choice": "required"}, InvalidField),
        ({"messages": []}, SchemaViolation),
        ({"temperature": "hot"}, SchemaViolation),
    ],
    ids=str,
)
def test_a_bad_body_is_refused_in_the_hybrid_envelope(
    fields: dict[str, Any], kind: type[RequestError]
) -> None:
    with pytest.raises(kind) as caught:
        CHAT.parse({**BODY, **fields}, LLAMA_2)
    reply = CHAT.error(caught.value, META)
    (field,) = fields
    assert reply.status == 400
    assert list(reply.body) == ["errors", "success", "result", "messages", "error"]
    assert reply.body["errors"][0]["code"] == 5006
    assert field in reply.body["error"]["message"]


def test_a_body_is_a_chat_completion_without_an_envelope() -> None:
    answer = Answer()
    answer.add([TextEvent(0, "Hi."), FinishEvent(0, FinishReason.STOP), UsageEvent(Usage(3, 2))])
    value = json.loads(CHAT.parse(BODY, LLAMA_2).reply(META).body(answer))
    assert value["id"] == f"id-{META.request_id}"
    assert value["object"] == "chat.completion"
    assert value["created"] == META.created
    assert value["model"] == LLAMA_2.name
    assert value["choices"][0]["message"] == {"role": "assistant", "content": "Hi."}
    assert value["choices"][0]["finish_reason"] == "stop"
    assert value["usage"]["total_tokens"] == 5


def test_a_failing_stream_ends_with_the_error_and_without_done() -> None:
    reply = CHAT.parse({**BODY, "stream": True}, LLAMA_2).reply(META)
    stream = reply.frames([PromptEvent(3)]) + reply.frames([TextEvent(0, "Hi")])
    stream += reply.failure(StepFailed("secret"))
    frames = stream.decode().split("\n\n")
    assert frames.pop() == ""
    last = json.loads(frames[-1].removeprefix("data: "))
    assert last["error"]["message"] == f"AiError: Internal server error ({META.request_id})"
    assert last["error"]["code"] == "3043"
    assert not any("[DONE]" in frame for frame in frames)


SCHEMA = {"type": "object", "properties": {"schema": {"type": "string"}}}


@pytest.mark.parametrize(
    "given",
    [
        SCHEMA,
        {"name": "answer", "schema": SCHEMA},
        {"name": "answer", "schema": SCHEMA, "strict": True, "description": "What to say."},
    ],
)
def test_a_schema_stands_for_itself_or_in_openais_envelope(given: Any) -> None:
    asked = {"type": "json_schema", "json_schema": given}
    call = CHAT.parse({**BODY, "response_format": asked}, LLAMA_2)
    assert call.request.constraint == JsonSchema(SCHEMA)


# The service's own type of a chat, with a value of each field that asks for something.
TYPED: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "chat_template_kwargs": {"enable_thinking": True},
    "frequency_penalty": 0.5,
    "function_call": {"name": "f"},
    "functions": [{"name": "f", "parameters": {}}],
    "logit_bias": {"5": 1},
    "logprobs": True,
    "max_completion_tokens": 5,
    "max_tokens": 5,
    "modalities": ["text", "audio"],
    "n": 2,
    "prediction": {"type": "content", "content": "Hi."},
    "presence_penalty": 0.5,
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "seed": 5,
    "service_tier": "flex",
    "stop": ["."],
    "store": True,
    "stream": True,
    "temperature": 0.1,
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "required",
    "top_logprobs": 2,
    "top_p": 0.5,
    "web_search_options": {},
}
REFUSED = {
    *("audio", "chat_template_kwargs", "function_call", "functions", "modalities"),
    *("prediction", "reasoning_effort", "service_tier", "store", "web_search_options"),
}
NEEDED = {"top_logprobs": {"logprobs": True}, "tool_choice": {"tools": TYPED["tools"]}}


@pytest.mark.parametrize("field", TYPED)
@pytest.mark.parametrize("card", [LLAMA_2, LLAMA_3], ids=lambda card: card.name)
def test_every_field_of_the_services_type_is_honoured_or_refused_by_name(
    card: ModelCard, field: str
) -> None:
    plain = {**BODY, **NEEDED.get(field, {})}
    without = CHAT.parse(plain, card)
    asked = {**plain, field: TYPED[field]}
    if field in REFUSED:
        with pytest.raises(UnsupportedField) as refused:
            CHAT.parse(asked, card)
        assert refused.value.field == field
        return
    call = CHAT.parse(asked, card)
    assert (call.request, call.stream) != (without.request, without.stream)


def test_answers_and_log_probabilities_are_those_of_openai() -> None:
    call = CHAT.parse({**BODY, "n": 4, "logprobs": True, "top_logprobs": 2}, LLAMA_2)
    assert (call.request.choices, call.request.logprobs) == (4, 2)
