"""What is asked of us is asked of an upstream in its words, whole, or refused by name."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from understudy.backends.upstream_body import write_call
from understudy.errors import InvalidInput, NotOffered
from understudy.request import (
    ChatInput,
    GenerationRequest,
    JsonObject,
    JsonSchema,
    Message,
    Regex,
    SamplingParams,
    TextInput,
    TokenInput,
    ToolCall,
    ToolChoice,
    ToolSpec,
)
from understudy.upstreams import OFFERED, Kind, Upstream

TEXT = GenerationRequest("m", TextInput("Once"), SamplingParams(max_tokens=5))
USER = Message("user", "Hé")
TOOL = ToolSpec("f", "Does it.", {"type": "object", "properties": {}})
CHAT = GenerationRequest("m", ChatInput((USER,), (TOOL,)), SamplingParams(max_tokens=5))
PLAIN = {"model": "there", "stream": True, "temperature": 1.0, "top_p": 1.0, "max_tokens": 5}


def upstream(kind: Kind = "vllm", *lacks: str) -> Upstream:
    return Upstream("m", "http://h/v1", "there", kind, capabilities=OFFERED[kind] - set(lacks))


def body(request: GenerationRequest, kind: Kind = "vllm") -> dict[str, Any]:
    written: dict[str, Any] = json.loads(write_call(request, upstream(kind)).body)
    return written


def sampled(**more: Any) -> GenerationRequest:
    return replace(TEXT, sampling=replace(TEXT.sampling, **more))


def test_what_was_not_asked_for_is_not_mentioned() -> None:
    counted = {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}
    assert body(TEXT) == {**PLAIN, **counted, "prompt": "Once"}
    bare = {"stream_options": {"include_usage": True}}
    assert body(TEXT, "openai") == {**PLAIN, **bare, "prompt": "Once"}


def test_prompts_and_chats_have_addresses_of_their_own() -> None:
    assert write_call(TEXT, upstream()).path == "/completions"
    assert write_call(CHAT, upstream()).path == "/chat/completions"
    assert body(replace(TEXT, input=TokenInput((1, 2))))["prompt"] == [1, 2]
    assert body(CHAT)["messages"] == [{"role": "user", "content": "Hé"}]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"temperature": 0.0}, {"temperature": 0, "top_p": 1}),
        ({"top_p": 0.0}, {"temperature": 0, "top_p": 1}),
        ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
        ({"top_k": 4, "min_p": 0.1}, {"top_k": 4, "min_p": 0.1}),
        ({"frequency_penalty": 1.0}, {"frequency_penalty": 1.0}),
        ({"presence_penalty": -1.0}, {"presence_penalty": -1.0}),
        ({"repetition_penalty": 1.5}, {"repetition_penalty": 1.5}),
        ({"seed": 0}, {"seed": 0}),
        ({"seed": 2**64 - 1}, {"seed": -1}),
        ({"stop": ("a", "b"), "stop_token_ids": (3,)}, {"stop": ["a", "b"], "stop_token_ids": [3]}),
        ({"ignore_eos": True}, {"ignore_eos": True}),
    ],
    ids=str,
)
def test_sampling_is_asked_for(asked: dict[str, Any], sent: dict[str, Any]) -> None:
    written = body(sampled(**asked))
    assert {name: written[name] for name in sent} == sent
    assert set(written) == set(body(TEXT)) | set(sent)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"choices": 3}, {"n": 3}),
        ({"logprobs": 0}, {"logprobs": 0}),
        ({"logprobs": 2, "token_ids": True}, {"logprobs": 2, "return_tokens_as_token_ids": True}),
        ({"logprobs": 2, "echo": True}, {"logprobs": 2, "echo": True}),
        ({"constraint": JsonObject()}, {"response_format": {"type": "json_object"}}),
        ({"constraint": Regex("a+")}, {"response_format": {"type": "regex", "regex": "a+"}}),
        ({"cache_namespace": "ab"}, {"prompt_cache_key": "ab"}),
    ],
    ids=str,
)
def test_an_answers_form_is_asked_for(asked: dict[str, Any], sent: dict[str, Any]) -> None:
    written = body(replace(TEXT, **asked), "understudy")
    assert {name: written[name] for name in sent} == sent
    assert set(written) == set(body(TEXT, "understudy")) | set(sent)


def test_vllm_has_words_of_its_own() -> None:
    written = body(replace(TEXT, constraint=Regex("a+"), cache_namespace="ab"))
    assert written["structured_outputs"] == {"regex": "a+"}
    assert written["cache_salt"] == "ab"


def test_a_schema_is_to_be_kept_to() -> None:
    form = body(replace(CHAT, constraint=JsonSchema({"type": "object"})), "openai")
    named = {"name": "answer", "schema": {"type": "object"}, "strict": True}
    assert form["response_format"] == {"type": "json_schema", "json_schema": named}


def test_a_chat_asks_for_log_probabilities_in_its_own_way() -> None:
    written = body(replace(CHAT, logprobs=2))
    assert (written["logprobs"], written["top_logprobs"]) == (True, 2)


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (ToolChoice(), {"tool_choice": "auto"}),
        (ToolChoice("required"), {"tool_choice": "required"}),
        (
            ToolChoice("required", "f"),
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        ),
        (
            ToolChoice("auto", parallel=False),
            {"tool_choice": "auto", "parallel_tool_calls": False},
        ),
    ],
    ids=str,
)
def test_tools_are_shown_with_how_they_may_be_called(
    choice: ToolChoice, sent: dict[str, Any]
) -> None:
    written = body(replace(CHAT, tool_choice=choice))
    function = {"name": "f", "description": "Does it.", "parameters": TOOL.parameters}
    assert written["tools"] == [{"type": "function", "function": function}]
    assert {name: written[name] for name in sent} == sent
    assert ("parallel_tool_calls" in written) == (not choice.parallel)


def test_tools_that_must_not_be_called_are_not_shown() -> None:
    written = body(replace(CHAT, tool_choice=ToolChoice("none")))
    assert "tools" not in written
    assert "tool_choice" not in written


def test_results_are_those_of_the_calls_before_them() -> None:
    made = (ToolCall("f", "{}"), ToolCall("g", "{}", "mine"))
    turns = (
        USER,
        Message("assistant", "", tool_calls=made),
        Message("tool", "1"),
        Message("tool", "2"),
        Message("assistant", "And", tool_calls=(ToolCall("f", "{}"),)),
        Message("tool", "3", name="f", tool_call_id="call_2"),
    )
    _, calls, one, two, more, three = body(replace(CHAT, input=ChatInput(turns)))["messages"]
    assert [call["id"] for call in calls["tool_calls"]] == ["call_0", "mine"]
    assert calls["content"] is None
    assert (one["tool_call_id"], two["tool_call_id"]) == ("call_0", "mine")
    assert (more["content"], more["tool_calls"][0]["id"]) == ("And", "call_2")
    assert (three["tool_call_id"], three["name"]) == ("call_2", "f")


LACKING = [
    ("completions", TEXT, "input"),
    ("chat", CHAT, "input"),
    ("choices", replace(TEXT, choices=2), "choices"),
    ("logprobs", replace(TEXT, logprobs=0), "logprobs"),
    ("logprobs", replace(CHAT, logprobs=0), "logprobs"),
    ("token_ids", replace(TEXT, logprobs=0, token_ids=True), "token_ids"),
    ("echo", replace(TEXT, logprobs=0, echo=True), "echo"),
    ("echo", replace(TEXT, input=TokenInput((1,)), echo=True), "echo"),
    ("running_usage", replace(TEXT, logprobs=0, echo=True), "echo"),
    ("logprobs", replace(TEXT, input=TokenInput((1,)), echo=True), "logprobs"),
    ("json_object", replace(TEXT, constraint=JsonObject()), "constraint"),
    ("json_schema", replace(TEXT, constraint=JsonSchema({})), "constraint"),
    ("regex", replace(TEXT, constraint=Regex("a")), "constraint"),
    ("tools", CHAT, "tools"),
    ("top_k", sampled(top_k=1), "top_k"),
    ("min_p", sampled(min_p=0.1), "min_p"),
    ("penalties", sampled(frequency_penalty=1.0), "frequency_penalty"),
    ("penalties", sampled(presence_penalty=1.0), "presence_penalty"),
    ("repetition_penalty", sampled(repetition_penalty=2.0), "repetition_penalty"),
    ("seed", sampled(seed=0), "seed"),
    ("stop", sampled(stop=("a",)), "stop"),
    ("show_stop", sampled(stop=("a",), show_stop=True), "show_stop"),
    ("stop_token_ids", sampled(stop_token_ids=(1,)), "stop_token_ids"),
    ("logit_bias", sampled(logit_bias=((1, 2.0),)), "logit_bias"),
    ("ignore_eos", sampled(ignore_eos=True), "ignore_eos"),
]


@pytest.mark.parametrize(("capability", "asked", "part"), LACKING)
def test_what_the_upstream_lacks_is_refused_by_name(
    capability: str, asked: GenerationRequest, part: str
) -> None:
    assert write_call(asked, upstream("understudy"))
    with pytest.raises(NotOffered) as refused:
        write_call(asked, upstream("understudy", capability))
    assert refused.value.part == part


def test_every_capability_that_can_be_refused_is_in_the_table() -> None:
    silent = {"cache_namespace"}
    assert {row[0] for row in LACKING} | silent == OFFERED["understudy"]


def test_a_part_that_requests_get_is_not_forgotten_here() -> None:
    """A new field of either has to be asked for, refused or named here as none of an upstream's."""
    settled = {"max_tokens", "temperature", "top_p"} | {row[2] for row in LACKING}
    assert {field.name for field in fields(SamplingParams)} <= settled
    # Whose request it is, what it may use at most, and how it is taken are this server's own; an
    # adapter is refused before a backend is asked. The servers passed are in a header.
    ours = {"model", "limits", "tenant", "weight", "wait", "adapter", "cache_namespace", "hops"}
    settled |= ours | {"sampling", "tool_choice"}
    assert {field.name for field in fields(GenerationRequest)} <= settled


def test_an_upstream_without_caches_apart_is_not_told_of_them() -> None:
    assert body(replace(TEXT, cache_namespace="ab"), "openai") == body(TEXT, "openai")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (sampled(max_tokens=None), "max_tokens"),
        (sampled(stop=("a",) * 5), "stop"),
    ],
)
def test_what_openai_itself_does_not_take_is_refused(asked: GenerationRequest, part: str) -> None:
    with pytest.raises(NotOffered) as refused:
        write_call(asked, upstream("openai"))
    assert refused.value.part == part


def test_without_a_bound_a_prompt_says_so_and_a_chat_says_nothing() -> None:
    # Left out, it means 16 in completions; in a chat it means what is left of the context.
    assert body(sampled(max_tokens=None))["max_tokens"] is None
    unbounded = replace(CHAT, sampling=SamplingParams())
    assert "max_tokens" not in body(unbounded)
    assert "max_tokens" not in body(unbounded, "openai")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (sampled(max_tokens=0), "max_tokens"),
        (sampled(stop=("",)), "stop"),
        (replace(TEXT, input=TextInput("")), "input"),
        (replace(TEXT, input=TokenInput(())), "input"),
        (replace(TEXT, input=TextInput("\ud800")), "input"),
    ],
    ids=lambda value: "" if isinstance(value, GenerationRequest) else str(value),
)
def test_what_makes_no_sense_is_not_sent(asked: GenerationRequest, part: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        write_call(asked, upstream())
    assert refused.value.part == part
