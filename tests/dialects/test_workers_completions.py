"""OpenAI's legacy completions under Workers AI: raw prompts, its limits, defaults and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from understudy.catalog.registry import Catalog
from understudy.decode.fold import Answer
from understudy.dialects.base import CallMeta
from understudy.dialects.workers_completions import WorkersCompletions
from understudy.errors import (
    InvalidField,
    InvalidInput,
    PromptTooLong,
    RequestError,
    SchemaViolation,
    UnsupportedField,
)
from understudy.events import FinishEvent, FinishReason, TextEvent, Usage, UsageEvent
from understudy.request import JsonSchema, TextInput, TokenInput, TokenLimits

CARDS = Catalog.load()
LLAMA_3 = CARDS.get("@cf/meta/llama-3.2-1b-instruct")
LLAMA_2 = CARDS.get("@cf/meta/llama-2-7b-chat-fp16")
META = CallMeta(request_id="9f4d0d9e-7a3c-4a6e-9d6a-000000000000", created=1_700_000_000)
DOOR = WorkersCompletions()
BODY: dict[str, Any] = {"model": LLAMA_2.name, "prompt": "Once upon a time"}


def test_the_prompt_is_raw_and_the_limits_are_those_of_workers_ai() -> None:
    request = DOOR.parse(BODY, LLAMA_2).request
    assert request.input == TextInput("Once upon a time")
    assert request.limits == TokenLimits(context=3072, input=2500, output=256, overflow="refuse")
    assert request.sampling.temperature == 0.6
    assert request.wait
    assert DOOR.parse({**BODY, "prompt": [1, 2]}, LLAMA_2).request.input == TokenInput((1, 2))


@pytest.mark.parametrize(
    ("field", "value", "meant"),
    [("temperature", 5, 5.0), ("top_p", 2, 1.0), ("repetition_penalty", 0, 1.0)],
)
def test_ranges_and_their_meaning_are_the_cards(field: str, value: float, meant: float) -> None:
    request = DOOR.parse({**BODY, field: value}, LLAMA_3).request
    assert getattr(request.sampling, field) == meant


@pytest.mark.parametrize(
    ("fields", "said", "kind"),
    [
        ({"temperature": 5.5}, "'/temperature' must be <= 5", InvalidField),
        ({"top_k": 51}, "'/top_k' must be <= 50", InvalidField),
        ({"seed": 0}, "'/seed' must be >= 1", InvalidField),
        ({"n": 5}, "n: ", SchemaViolation),
        ({"suffix": "end"}, "'suffix'", UnsupportedField),
        ({"best_of": 3}, "'best_of'", UnsupportedField),
        ({"prompt": ["a", "b"]}, "A single prompt is supported", SchemaViolation),
        ({"prompt": [5] * 60_000}, "", PromptTooLong),
        ({"options": {"rejectIfBusy": "yes"}}, "rejectIfBusy", InvalidField),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_body_is_refused_in_words_that_both_families_read(
    fields: dict[str, Any], said: str, kind: type[RequestError]
) -> None:
    with pytest.raises(kind) as caught:
        DOOR.parse({**BODY, **fields}, LLAMA_3)
    reply = DOOR.error(caught.value, META)
    assert reply.status == (413 if kind is PromptTooLong else 400)
    assert reply.body["success"] is False
    assert reply.body["error"]["message"] == reply.body["errors"][0]["message"]
    assert said in reply.body["error"]["message"]


def test_the_input_is_called_the_prompt() -> None:
    error = DOOR.error(InvalidInput("input", "No."), META).body["error"]
    assert (error["param"], error["code"]) == ("prompt", "5006")


def test_a_caller_may_refuse_to_wait_and_ask_for_a_form() -> None:
    asked = {"type": "json_schema", "json_schema": {"type": "object"}}
    body = {**BODY, "options": {"rejectIfBusy": True}, "response_format": asked}
    request = DOOR.parse(body, LLAMA_3).request
    assert not request.wait
    assert request.constraint == JsonSchema({"type": "object"})


def test_a_body_and_a_stream_are_openais_with_the_services_headers() -> None:
    events = [TextEvent(0, "ab"), FinishEvent(0, FinishReason.STOP), UsageEvent(Usage(2, 1))]
    call = DOOR.parse({**BODY, "model": LLAMA_3.name}, LLAMA_3)
    reply: Any = call.reply(META)
    answer = Answer()
    answer.add(events)
    body = json.loads(reply.body(answer))
    assert (body["id"], body["object"]) == (f"id-{META.request_id}", "text_completion")
    assert body["choices"] == [
        {"index": 0, "text": "ab", "logprobs": None, "finish_reason": "stop"}
    ]
    headers = reply.headers()
    assert headers == {"cf-ai-req-id": META.request_id, "cf-ai-neurons": "0.02"}
    streaming: Any = call.reply(META)
    stream = (streaming.frames(events) + streaming.end()).decode()
    chunks = [json.loads(line.removeprefix("data: ")) for line in stream.split("\n\n")[:-2]]
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == "ab"
    assert chunks[-1]["usage"]["total_tokens"] == 3
    assert streaming.headers() == {"cf-ai-req-id": META.request_id}
