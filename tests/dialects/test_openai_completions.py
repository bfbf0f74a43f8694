"""OpenAI completions: what a body means, and what its answer looks like to OpenAI's own types."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion

from tests.dialects.openai_wire import (
    CARD,
    DIALECTS,
    FREE,
    META,
    MINIMAL,
    MODEL,
    answer_events,
    parse,
    streamed,
    values,
    whole,
)
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.errors import ContextOverflow, SchemaViolation
from understudy.events import (
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    TokenEvent,
    Usage,
    UsageEvent,
)
from understudy.request import SamplingParams, TextInput, TokenInput, TokenLimits

COMPLETIONS = "openai_completions"


def test_a_bare_request_has_the_defaults() -> None:
    request = parse(COMPLETIONS).request
    assert request.model == MODEL
    assert request.input == TextInput("Once")
    assert request.sampling == SamplingParams()
    assert request.limits == TokenLimits(4096, 4095, 16384, "clamp")
    assert request.cache_namespace == ""


def test_every_field_reaches_the_engine() -> None:
    request = parse(
        COMPLETIONS,
        max_tokens=9,
        temperature=0.5,
        top_p=0.25,
        top_k=3,
        min_p=0.125,
        repetition_penalty=1.5,
        frequency_penalty=-1,
        presence_penalty=2,
        seed=-5,
        stop=["a", "b"],
        stop_token_ids=[7, 8],
        ignore_eos=True,
        prompt_cache_key="chat 1",
        user="someone",
        n=3,
        logprobs=5,
        echo=True,
        logit_bias={"5": -1.5},
        include_stop_str_in_output=True,
    ).request
    assert (request.choices, request.logprobs, request.echo) == (3, 5, True)
    assert request.sampling == SamplingParams(
        max_tokens=9,
        temperature=0.5,
        top_p=0.25,
        top_k=3,
        min_p=0.125,
        repetition_penalty=1.5,
        frequency_penalty=-1.0,
        presence_penalty=2.0,
        seed=-5,
        stop=("a", "b"),
        stop_token_ids=(7, 8),
        ignore_eos=True,
        logit_bias=((5, -1.5),),
        show_stop=True,
    )
    assert request.cache_namespace == "chat 1"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", TextInput("")),
        ("<s>raw", TextInput("<s>raw")),
        ([1, 2, 3], TokenInput((1, 2, 3))),
        (["one"], TextInput("one")),
        ([[4, 5]], TokenInput((4, 5))),
    ],
)
def test_a_prompt_is_text_or_token_ids_or_a_list_of_one(prompt: Any, expected: Any) -> None:
    assert parse(COMPLETIONS, prompt=prompt).request.input == expected


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        (["a", "b"], "single_prompt"),
        ([[1], [2]], "single_prompt"),
        ([], "too_short"),
        ([[]], "too_short"),
        ([1, "a"], "int_type"),
        ([1, True], "int_type"),
        ([-1], "greater_than_equal"),
        ([2**31], "less_than"),
        ({"text": "a"}, "text_or_list"),
        (None, "text_or_list"),
        ("half \ud83c", "string_unicode"),
    ],
)
def test_other_prompts_are_refused(prompt: Any, kind: str) -> None:
    with pytest.raises(SchemaViolation) as refused:
        parse(COMPLETIONS, prompt=prompt)
    [entry] = refused.value.details
    assert entry["type"] == kind
    assert entry["loc"][:2] == ["body", "prompt"]


def test_max_tokens_alone_may_fill_the_context_but_not_exceed_it() -> None:
    assert parse(COMPLETIONS, max_tokens=4096).request.sampling.max_tokens == 4096
    with pytest.raises(ContextOverflow) as refused:
        parse(COMPLETIONS, max_tokens=4097)
    message = DIALECTS[COMPLETIONS].error(refused.value, META).body["error"]["message"]
    assert message.startswith("max_tokens=4097 cannot be greater than max_model_len=")
    assert "max_total_tokens=4096" in message


def test_the_model_is_named_in_the_body() -> None:
    door = OpenAICompletions(SERVICE)
    assert door.model_name({"model": "any/thing", "prompt": "x"}) == "any/thing"
    with pytest.raises(SchemaViolation) as refused:
        door.model_name({"temperature": 3})
    assert [entry["loc"][1] for entry in refused.value.details] == [
        "temperature",
        "model",
        "prompt",
    ]


def test_the_model_is_echoed_as_it_was_asked_for() -> None:
    call = parse(COMPLETIONS, model=f"{MODEL}:v2", stream=True)
    steps = answer_events(["x"])
    assert {chunk["model"] for chunk in values(streamed(call, steps))} == {f"{MODEL}:v2"}
    assert Completion.model_validate_json(whole(call, steps)).model == f"{MODEL}:v2"


pieces = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12)
options = st.sampled_from(
    [
        None,
        {},
        {"include_usage": True},
        {"include_usage": False},
        {"continuous_usage_stats": True},
        {"include_usage": True, "continuous_usage_stats": True},
    ]
)


@given(pieces, options)
def test_a_stream_adds_up_to_the_body_and_suits_openai(said: list[str], asked: Any) -> None:
    steps = answer_events(said)
    call = parse(COMPLETIONS, stream=True, stream_options=asked)
    body = Completion.model_validate_json(whole(call, steps), strict=True)
    chunks = [
        Completion.model_validate(value, strict=True)
        for value in values(streamed(call, steps))
        if value["choices"] and value["choices"][0]["finish_reason"]
    ]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == ["stop"]
    texts = [c["text"] for value in values(streamed(call, steps)) for c in value["choices"]]
    assert "".join(texts) == body.choices[0].text == "".join(said)


@given(pieces, options)
def test_usage_is_where_it_was_asked_for(said: list[str], asked: Any) -> None:
    asked = asked or {}
    call = parse(COMPLETIONS, stream=True, stream_options=asked)
    chunks = values(streamed(call, answer_events(said)))
    final = {
        "prompt_tokens": 7,
        "completion_tokens": len(said),
        "total_tokens": 7 + len(said),
        "prompt_tokens_details": {"cached_tokens": 4},
        "estimated_cost": round((7 * 0.64 + len(said) * 0.8) / 1e6, 12),
    }
    if asked.get("include_usage") is True:
        extra = chunks.pop()
        assert extra["choices"] == []
        assert extra["usage"] == final
    *texts, finish = chunks
    assert finish["choices"][0]["text"] == ""
    if asked.get("include_usage") is False:
        assert all("usage" not in chunk for chunk in chunks)
        return
    if asked.get("include_usage") is True and not asked.get("continuous_usage_stats"):
        assert all("usage" not in chunk for chunk in chunks)
        return
    assert finish["usage"] == final
    counted = [chunk["usage"]["completion_tokens"] for chunk in texts if "usage" in chunk]
    tokens_until = [i for i, piece in enumerate(said, start=1) if piece]
    assert counted == (tokens_until if asked.get("continuous_usage_stats") else [])


def test_an_answer_of_a_card_without_prices_costs_nothing() -> None:
    call = DIALECTS[COMPLETIONS].parse(MINIMAL[COMPLETIONS], FREE)
    usage = Completion.model_validate_json(whole(call, answer_events(["x"]))).usage
    assert usage is not None
    assert usage.model_dump()["estimated_cost"] == 0.0


def test_a_finish_without_usage_is_sent_at_the_end() -> None:
    reply = parse(COMPLETIONS, stream=True).reply(META)
    assert reply.frames([PromptEvent(3), FinishEvent(0, FinishReason.LENGTH)]) == b""
    [finish] = values(reply.end())
    assert finish["choices"][0]["finish_reason"] == "length"
    assert "usage" not in finish


def test_choices_that_end_at_different_times_each_have_one_finish() -> None:
    reply = parse(COMPLETIONS, stream=True).reply(META)
    sent = reply.frames([PromptEvent(3), FinishEvent(1, FinishReason.STOP)])
    sent += reply.frames([TextEvent(0, "x", (9,)), FinishEvent(0, FinishReason.LENGTH)])
    sent += reply.frames([UsageEvent(Usage(3, 2))]) + reply.end()
    chunks = values(sent)
    finishes = [(c["choices"][0]["index"], "usage" in c) for c in chunks[1:]]
    assert finishes == [(1, False), (0, True)]


def test_undecoded_tokens_are_a_mistake_and_not_silently_dropped() -> None:
    reply = DIALECTS[COMPLETIONS].parse(MINIMAL[COMPLETIONS], CARD).reply(META)
    with pytest.raises(TypeError, match="TokenEvent"):
        reply.frames([TokenEvent(0, 5)])
