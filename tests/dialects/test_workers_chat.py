"""OpenAI's chat under Workers AI: its limits, its defaults, its errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from understudy.catalog.registry import Catalog
from understudy.decode.fold import Answer
from understudy.dialects.base import CallMeta
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import (
    InvalidField,
    RequestError,
    SchemaViolation,
    StepFailed,
    UnsupportedField,
)
from understudy.events import FinishEvent, FinishReason, PromptEvent, TextEvent, Usage, UsageEvent
from understudy.request import ChatInput, Message, TokenLimits

CARDS = Catalog.load()
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


def test_the_model_is_named_in_the_body() -> None:
    assert CHAT.model_name(BODY) == LLAMA_2.name
    with pytest.raises(SchemaViolation):
        CHAT.model_name({"messages": BODY["messages"]})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"options": {"rejectIfBusy": True}}, UnsupportedField),
        ({"options": "fast"}, InvalidField),
        ({"tools": [{"type": "function", "function": {"name": "a"}}]}, UnsupportedField),
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
    events = [TextEvent(0, "Hi."), FinishEvent(0, FinishReason.STOP), UsageEvent(Usage(3, 2))]
    answer.add(events)
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
