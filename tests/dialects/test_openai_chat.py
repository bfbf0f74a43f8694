"""OpenAI chat: messages into our form, and answers that OpenAI's own types accept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.dialects.openai_wire import (
    CARD,
    DIALECTS,
    META,
    MINIMAL,
    answer_events,
    parse,
    streamed,
    values,
    whole,
)
from understudy.dialects.base import ErrorReply
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_service import OpenAIService
from understudy.errors import ContextOverflow, SchemaViolation, StepFailed, UnsupportedField
from understudy.request import ChatInput, Message, TokenLimits, ToolCall

CHAT = "openai_chat"


def messages(*sent: dict[str, Any]) -> tuple[Message, ...]:
    parsed = parse(CHAT, messages=list(sent)).request.input
    assert isinstance(parsed, ChatInput)
    assert parsed.tools == ()
    return parsed.messages


def test_roles_names_and_texts_arrive() -> None:
    assert messages(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi", "name": "ada"},
        {"role": "assistant", "content": "", "reasoning_content": "hm", "refusal": None},
        {"role": "user", "content": "Bye", "cache_control": {"type": "ephemeral"}},
    ) == (
        Message("system", "Be brief."),
        Message("user", "Hi", name="ada"),
        Message("assistant", ""),
        Message("user", "Bye"),
    )


def test_the_developer_is_the_system() -> None:
    assert messages({"role": "developer", "content": "x"}) == (Message("system", "x"),)


def test_text_parts_are_joined_as_they_are() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two\n"}]
    assert messages({"role": "user", "content": parts}) == (Message("user", "one two\n"),)


def test_earlier_tool_calls_are_part_of_the_conversation() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    assert messages(
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
    )[1:] == (
        Message("assistant", "", tool_calls=(ToolCall("f", '{"a":1}', "c1"),)),
        Message("tool", "42", tool_call_id="c1"),
    )


@pytest.mark.parametrize(
    ("message", "kind", "where"),
    [
        ({"role": "wizard", "content": "x"}, "literal_error", ["role"]),
        ({"content": "x"}, "missing", ["role"]),
        ({"role": "user"}, "string_type", ["content"]),
        ({"role": "user", "content": None}, "string_type", ["content"]),
        ({"role": "assistant", "content": None}, "string_type", ["content"]),
        ({"role": "assistant", "content": None, "tool_calls": []}, "string_type", ["content"]),
        ({"role": "user", "content": 5}, "text_or_list", ["content"]),
        ({"role": "user", "content": {"text": "x"}}, "text_or_list", ["content"]),
        ({"role": "user", "content": []}, "too_short", ["content"]),
        ({"role": "user", "content": [5]}, "model_attributes_type", ["content", 0]),
        (
            {"role": "user", "content": [{"type": "text", "text": 5}]},
            "string_type",
            ["content", 0, "text"],
        ),
        (
            {"role": "user", "content": [{"type": "picture"}]},
            "literal_error",
            ["content", 0, "type"],
        ),
        ({"role": "user", "content": [{"text": "x"}]}, "missing", ["content", 0, "type"]),
        (
            {"role": "user", "content": [{"type": "text"}]},
            "missing",
            ["content", 0, "text"],
        ),
        (
            {"role": "user", "content": [{"type": "text", "text": "x", "file": {}}]},
            "part",
            ["content", 0],
        ),
        (
            {"role": "user", "content": [{"type": "refusal", "refusal": "x", "text": "x"}]},
            "part",
            ["content", 0],
        ),
        ({"role": "user", "content": "\ud83c"}, "string_unicode", ["content"]),
        (
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": ""}}]},
            "tool_call",
            ["tool_calls", 0],
        ),
        (
            {"role": "assistant", "content": "", "reasoning_content": 5},
            "string_type",
            ["reasoning_content"],
        ),
        (
            {"role": "user", "content": "x", "cache_control": {"type": "forever"}},
            "literal_error",
            ["cache_control", "type"],
        ),
        ("hello", "model_attributes_type", []),
        (None, "model_attributes_type", []),
    ],
)
def test_messages_that_say_nothing_clear_are_refused(
    message: Any, kind: str, where: list[Any]
) -> None:
    with pytest.raises(SchemaViolation) as refused:
        parse(CHAT, messages=[{"role": "user", "content": "fine"}, message])
    [entry] = refused.value.details
    assert (entry["type"], entry["loc"]) == (kind, ["body", "messages", 1, *where])


PNG = "data:image/png;base64,iVBORw0KGgo="
OTHER_PARTS: list[dict[str, Any]] = [
    {"type": "image_url", "image_url": {"url": PNG}},
    {"type": "image_url", "image_url": {"url": "https://host/a.png", "detail": "low"}},
    {"type": "audio_url", "audio_url": {"url": "http://host/a.mp3"}},
    {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    {"type": "file", "file": {"file_id": "f"}},
    {"type": "refusal", "refusal": "No."},
]


@pytest.mark.parametrize("part", OTHER_PARTS, ids=lambda part: part["type"])
def test_parts_other_than_text_are_refused_by_name(part: dict[str, Any]) -> None:
    text = {"type": "text", "text": "Look:", "cache_control": {"type": "ephemeral"}}
    with pytest.raises(UnsupportedField, match=part["type"]) as refused:
        messages({"role": "user", "content": [text, part]})
    assert refused.value.field == "messages.0.content.1"


@pytest.mark.parametrize(
    ("part", "kind", "where"),
    [
        ({"type": "image_url"}, "missing", []),
        ({"type": "image_url", "image_url": None}, "missing", []),
        ({"type": "image_url", "image_url": PNG}, "model_attributes_type", []),
        ({"type": "image_url", "image_url": {}}, "missing", ["url"]),
        ({"type": "image_url", "image_url": {"url": "a.png"}}, "url", ["url"]),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, "url", ["url"]),
        ({"type": "image_url", "image_url": {"url": "https://["}}, "url", ["url"]),
        ({"type": "image_url", "image_url": {"url": "data:image/png,x"}}, "data_uri", ["url"]),
        (
            {"type": "image_url", "image_url": {"url": "data:text/html;base64,AAAA"}},
            "data_uri",
            ["url"],
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            "image_data",
            ["url"],
        ),
        (
            {"type": "image_url", "image_url": {"url": "DATA:image/bmp;base64,AAAA"}},
            "image_type",
            ["url"],
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,%"}},
            "base64",
            ["url"],
        ),
        (
            {"type": "image_url", "image_url": {"url": PNG, "detail": "x"}},
            "literal_error",
            ["detail"],
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "A", "format": "wav"}},
            "base64",
            ["data"],
        ),
        ({"type": "input_audio", "input_audio": {"data": "AAAA"}}, "missing", ["format"]),
    ],
)
def test_parts_other_than_text_are_judged_before_they_are_refused(
    part: dict[str, Any], kind: str, where: list[str]
) -> None:
    with pytest.raises(SchemaViolation) as refused:
        messages({"role": "user", "content": [part]})
    [entry] = refused.value.details
    loc = ["body", "messages", 0, "content", 0, part["type"], *where]
    assert (entry["type"], entry["loc"]) == (kind, loc)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 5),
        ({"max_tokens": 9, "max_completion_tokens": 6}, 6),
        ({"max_tokens": None, "max_completion_tokens": 6}, 6),
    ],
)
def test_both_names_of_the_output_limit_are_honoured(limits: Any, expected: int | None) -> None:
    assert parse(CHAT, **limits).request.sampling.max_tokens == expected


def test_an_output_limit_past_the_context_is_refused() -> None:
    with pytest.raises(ContextOverflow):
        parse(CHAT, max_completion_tokens=4097)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12),
    st.sampled_from([None, {"include_usage": True}, {"continuous_usage_stats": True}]),
    st.sampled_from(["stop", "length"]),
)
def test_a_stream_adds_up_to_the_body_and_suits_openai(
    said: list[str], asked: Any, reason: str
) -> None:
    steps = answer_events(said, reason)
    call = parse(CHAT, stream=True, stream_options=asked)
    body = ChatCompletion.model_validate_json(whole(call, steps), strict=True)
    chunks = [ChatCompletionChunk.model_validate(v) for v in values(streamed(call, steps))]
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == "".join(said)
    assert body.choices[0].message.content == "".join(said)
    assert [choice.delta.role for choice in choices if choice.delta.role] == ["assistant"]
    assert choices[0].delta.role == "assistant"
    assert [c.finish_reason for c in choices if c.finish_reason] == [reason]
    assert choices[-1].finish_reason == body.choices[0].finish_reason == reason
    assert chunks[-1].usage == body.usage
    assert (len(chunks[-1].choices) == 0) is (asked == {"include_usage": True})


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, None),
        ({"logprobs": False}, None),
        ({"logprobs": True}, 0),
        ({"logprobs": True, "top_logprobs": 3}, 3),
    ],
)
def test_log_probabilities_are_a_switch_and_a_number(asked: Any, told: int | None) -> None:
    assert parse(CHAT, n=2, **asked).request.logprobs == told
    assert parse(CHAT, n=2, **asked).request.choices == 2


def test_another_service_has_its_own_limits_ids_usage_and_errors() -> None:
    def error(exc: Exception, meta: Any, spelling: Any) -> ErrorReply:
        return ErrorReply(418, {"errors": [{"message": type(exc).__name__}]})

    service = OpenAIService(
        error=error,
        limits=lambda card: TokenLimits(context=card.context_limit, overflow="refuse"),
        answer_id=lambda prefix, meta: f"id-{meta.created}",
    )
    door = OpenAIChat(service)
    call = door.parse({**MINIMAL[CHAT], "stream": True, "max_tokens": 5000}, CARD)
    assert call.request.limits.overflow == "refuse"
    chunks = values(streamed(call, answer_events(["x"])))
    assert {chunk["id"] for chunk in chunks} == {"id-1700000000"}
    assert "estimated_cost" not in chunks[-1]["usage"]
    assert door.error(StepFailed(""), META).status == 418
    assert call.reply(META).failure(StepFailed("")) == (
        b'data: {"errors":[{"message":"StepFailed"}]}\n\n'
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"max_tokens": 5000}, "max_tokens"),
        ({"max_completion_tokens": 5000}, "max_completion_tokens"),
        ({"max_tokens": 6000, "max_completion_tokens": 5000}, "max_completion_tokens"),
        ({"max_tokens": 5000, "max_completion_tokens": 5000}, "max_tokens"),
    ],
    ids=str,
)
def test_an_output_limit_past_the_context_is_named_as_it_was_written(
    fields: dict[str, int], named: str
) -> None:
    with pytest.raises(ContextOverflow) as refused:
        parse(CHAT, **fields)
    error = DIALECTS[CHAT].error(refused.value, META).body["error"]
    assert error["param"] == named
    assert error["message"].startswith(f"{named}=5000 cannot be greater than")
