"""What the native route refuses, and what it takes although the hosted service would not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.catalog.card import ModelCard
from understudy.catalog.fields import CardError
from understudy.catalog.registry import Catalog
from understudy.decode.fold import Answer
from understudy.dialects.base import CallMeta
from understudy.dialects.workers_ai import WorkersAI
from understudy.errors import InvalidField, RequestError, SchemaViolation, UnsupportedField
from understudy.events import Usage
from understudy.request import (
    ChatInput,
    JsonObject,
    JsonSchema,
    Message,
    Regex,
    SamplingParams,
    TextInput,
)

CARDS = Catalog.load()
TINYLLAMA = CARDS.get("@cf/tinyllama/tinyllama-1.1b-chat-v1.0")
LLAMA_2 = CARDS.get("@cf/meta/llama-2-7b-chat-fp16")
LLAMA_3 = CARDS.get("@cf/meta/llama-3.2-1b-instruct")
WORKERS = WorkersAI()

UNSUPPORTED: list[tuple[str, Any]] = [
    ("functions", [{"name": "a", "code": "b"}]),
    ("n", 2),
    ("n", True),
    ("best_of", 3),
    ("echo", True),
    ("logprobs", True),
    ("logprobs", 0),
    ("top_logprobs", 1),
    ("logit_bias", {"5": 1}),
    ("guided_json", {}),
    ("guided_choice", ["a"]),
    ("chat_template_kwargs", {"enable_thinking": True}),
    ("reasoning_effort", "low"),
    ("image", [1, 2]),
    ("suffix", "end"),
]
NEUTRAL: list[dict[str, Any]] = [
    {"tools": [], "functions": [], "tool_choice": "auto"},
    {"tools": None, "functions": None, "tool_choice": None, "tool_calls": None},
    {"tool_choice": "none", "n": 1, "best_of": 1, "echo": False, "logprobs": False},
    {"response_format": {"type": "text"}, "top_logprobs": 0, "logit_bias": {}},
    {"response_format": None, "n": None, "logprobs": None, "guided_json": None, "image": None},
    {"stop": None, "min_p": None, "stop_token_ids": None, "max_completion_tokens": None},
    {"options": {"rejectIfBusy": False}, "stream_options": None, "suffix": None},
    {"options": None, "user": "me", "anything": [1, {"else": None}]},
]
INVALID: list[tuple[str, dict[str, Any]]] = [
    ("max_tokens", {"max_tokens": 0}),
    ("max_tokens", {"max_tokens": -1}),
    ("max_tokens", {"max_tokens": 1e300}),
    ("max_completion_tokens", {"max_completion_tokens": "5"}),
    ("max_completion_tokens", {"max_tokens": 5, "max_completion_tokens": 6}),
    ("temperature", {"temperature": 5.1}),
    ("temperature", {"temperature": "0"}),
    ("top_p", {"top_p": -0.1}),
    ("top_p", {"top_p": 2.1}),
    ("top_k", {"top_k": -1}),
    ("top_k", {"top_k": 1.5}),
    ("min_p", {"min_p": 1.1}),
    ("min_p", {"min_p": True}),
    ("seed", {"seed": 2**64}),
    ("repetition_penalty", {"repetition_penalty": 2.1}),
    ("frequency_penalty", {"frequency_penalty": -2.1}),
    ("presence_penalty", {"presence_penalty": [1]}),
    ("stop", {"stop": ""}),
    ("stop", {"stop": ["a", ""]}),
    ("stop", {"stop": ["a", 1]}),
    ("stop", {"stop": {"a": 1}}),
    ("stop", {"stop": ["a"] * 17}),
    ("stop_token_ids", {"stop_token_ids": 5}),
    ("stop_token_ids", {"stop_token_ids": [-1]}),
    ("stop_token_ids", {"stop_token_ids": [True]}),
    ("stop_token_ids", {"stop_token_ids": [1] * 129}),
    ("options", {"options": "fast"}),
    ("stream_options", {"stream_options": [1]}),
    ("include_usage", {"stream_options": {"include_usage": 1}}),
]
BAD_MESSAGES: list[tuple[str, Any]] = [
    ("messages", []),
    ("messages", {"first": {"role": "user", "content": "a"}}),
    ("messages[0]", ["a"]),
    ("messages[0]", [1, 2]),
    ("messages[0]", [None]),
    ("messages[0].role", [{"role": "narrator", "content": "a"}]),
    ("messages[1].role", [{"role": "user", "content": "a"}, {"role": "", "content": "a"}]),
    ("messages[0].name", [{"role": "user", "content": "a", "name": 1}]),
    ("messages[0].tool_call_id", [{"role": "tool", "content": "a", "tool_call_id": []}]),
]


@pytest.mark.parametrize(("field", "value"), UNSUPPORTED, ids=str)
def test_a_wish_that_cannot_be_granted_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(UnsupportedField, match=f"^'{field}' .*is not supported") as caught:
        WORKERS.parse({"prompt": "a", field: value}, LLAMA_2)
    assert caught.value.field == field


@pytest.mark.parametrize("given", [None, False, True])
def test_a_caller_may_refuse_to_wait(given: bool | None) -> None:
    call = WORKERS.parse({"prompt": "a", "options": {"rejectIfBusy": given}}, TINYLLAMA)
    assert call.request.wait is (given is not True)
    with pytest.raises(InvalidField, match=r"options\.rejectIfBusy"):
        WORKERS.parse({"prompt": "a", "options": {"rejectIfBusy": "yes"}}, TINYLLAMA)


@pytest.mark.parametrize("fields", NEUTRAL, ids=str)
@pytest.mark.parametrize("card", [TINYLLAMA, LLAMA_3], ids=lambda card: card.name)
def test_a_value_that_asks_for_nothing_is_no_wish(card: ModelCard, fields: dict[str, Any]) -> None:
    body = {"messages": [{"role": "user", "content": "a"}]}
    assert WORKERS.parse({**body, **fields}, card).request == WORKERS.parse(body, card).request


@pytest.mark.parametrize(("field", "fields"), INVALID, ids=str)
def test_a_value_that_makes_no_sense_is_refused_by_name(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidField) as caught:
        WORKERS.parse({"prompt": "a", **fields}, LLAMA_2)
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize(("field", "messages"), BAD_MESSAGES, ids=str)
def test_a_bad_conversation_is_refused_at_the_message_at_fault(field: str, messages: Any) -> None:
    with pytest.raises(InvalidField) as caught:
        WORKERS.parse({"messages": messages}, TINYLLAMA)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt'"),
        ({"prompt": "a", "messages": []}, "oneOf at '/' not met, 2 matches"),
        ({"prompt": "a", "raw": "yes"}, "Type mismatch of '/raw', 'boolean' not in 'string'"),
        ([], "oneOf at '/' not met"),
        (None, "oneOf at '/' not met"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
            "Type mismatch of '/messages/0/content', 'string' not in 'array'",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "x" * 6145}]}]},
            "Length of '/messages/0/content' must be <= 6144",
        ),
        ({"messages": [{"role": "user"}]}, "required properties at '/messages/0' are"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_body_outside_the_schema_gets_the_validators_words(body: Any, text: str) -> None:
    with pytest.raises(SchemaViolation) as caught:
        WORKERS.parse(body, TINYLLAMA)
    assert text in str(caught.value)


def test_a_verdict_never_sends_a_large_body_back() -> None:
    choice = {"type": "string", "enum": ["a", "b"]}
    schema = {"type": "object", "properties": {"mode": choice, "prompt": {"type": "string"}}}
    card = _with_schema(TINYLLAMA, schema)
    with pytest.raises(SchemaViolation) as caught:
        WORKERS.parse({"prompt": "a", "mode": "x" * 1_000_000}, card)
    assert len(str(caught.value)) < 5000


def test_prompt_beside_messages_is_refused_where_the_schema_lets_it_through() -> None:
    messages = [{"role": "user", "content": "a"}]
    with pytest.raises(InvalidField, match="mutually exclusive"):
        WORKERS.parse({"prompt": 1, "messages": messages}, TINYLLAMA)
    with pytest.raises(InvalidField, match="mutually exclusive"):
        WORKERS.parse({"prompt": "a", "messages": [{}]}, TINYLLAMA)
    empty = WORKERS.parse({"prompt": "", "messages": messages}, TINYLLAMA)
    assert empty.request.input == ChatInput((Message("user", "a"),))


@pytest.mark.parametrize("raw", [True, "true"])
def test_raw_text_goes_to_the_tokenizer_as_it_is(raw: Any) -> None:
    call = WORKERS.parse({"prompt": "[INST] a", "raw": raw}, TINYLLAMA)
    assert call.request.input == TextInput("[INST] a")


@pytest.mark.parametrize("raw", [False, "false", None])
def test_a_prompt_is_one_user_message(raw: Any) -> None:
    fields = {} if raw is None else {"raw": raw}
    call = WORKERS.parse({"prompt": "a", **fields}, TINYLLAMA)
    assert call.request.input == ChatInput((Message("user", "a"),))


def test_an_empty_prompt_passes_where_the_schema_allows_it() -> None:
    assert WORKERS.parse({"prompt": ""}, LLAMA_2).request.input == ChatInput((Message("user", ""),))
    with pytest.raises(SchemaViolation):
        WORKERS.parse({"prompt": ""}, TINYLLAMA)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"temperature": 0}, {"temperature": 0.0}),
        ({"temperature": 5}, {"temperature": 5.0}),
        ({"top_p": 0}, {"top_p": 0.0}),
        ({"top_p": 1.5}, {"top_p": 1.0}),
        ({"top_p": 0.9}, {"top_p": 0.9}),
        ({"repetition_penalty": 0}, {"repetition_penalty": 1.0}),
        ({"repetition_penalty": 1.1}, {"repetition_penalty": 1.1}),
        ({"max_tokens": 12.0}, {"max_tokens": 12}),
        ({"max_completion_tokens": 12}, {"max_tokens": 12}),
        ({"max_tokens": 12, "max_completion_tokens": 12}, {"max_tokens": 12}),
        ({"seed": 9999999999}, {"seed": 9999999999}),
        ({"stop": "."}, {"stop": (".",)}),
        (
            {"stop": ["a", "b"], "stop_token_ids": [0, 3]},
            {"stop": ("a", "b"), "stop_token_ids": (0, 3)},
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_sampling_fields_mean_the_same_on_every_card(
    card: ModelCard, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    defaults = {"max_tokens": 256, "temperature": 0.6}
    call = WORKERS.parse({"prompt": "a", **fields}, card)
    assert call.request.sampling == SamplingParams(**{**defaults, **expected})


def test_defaults_come_from_the_schema_of_the_card() -> None:
    prompt = {"prompt": {"type": "string"}, "max_tokens": {"type": "integer", "default": 2000}}
    messages = {
        "messages": {"type": "array", "items": {}},
        "temperature": {"type": "number", "default": 0.15},
    }
    schema = {
        "type": "object",
        "oneOf": [
            {"properties": prompt, "required": ["prompt"]},
            {"properties": messages, "required": ["messages"]},
        ],
    }
    card = _with_schema(TINYLLAMA, schema)
    by_prompt = WORKERS.parse({"prompt": "a"}, card).request.sampling
    by_messages = WORKERS.parse({"messages": [{"role": "user", "content": "a"}]}, card)
    assert (by_prompt.max_tokens, by_prompt.temperature) == (2000, 0.6)
    assert by_messages.request.sampling == SamplingParams(max_tokens=256, temperature=0.15)


def test_a_body_says_what_it_cost_in_neurons_and_a_stream_does_not() -> None:
    reply = WORKERS.parse({"prompt": "a"}, LLAMA_3).reply(CallMeta(request_id="abc"))
    assert reply.headers() == {"cf-ai-req-id": "abc"}  # type: ignore[attr-defined]
    reply.body(Answer(usage=Usage(1_000_000, 1_000_000)))
    # The service's price list has 2457 and 18252 neurons per million tokens, in whole neurons.
    cost = float(reply.headers()["cf-ai-neurons"])  # type: ignore[attr-defined]
    assert cost == pytest.approx(2457 + 18252, abs=40)


@pytest.mark.parametrize(
    ("schema", "what"),
    [
        ({"properties": {"prompt": {"type": "string", "pattern": "a"}}}, "pattern"),
        ({"oneOf": [{"allOf": []}]}, "allOf"),
        ({"oneOf": 5}, "int"),
        ({"properties": {"prompt": 5}}, "int"),
    ],
    ids=str,
)
def test_a_card_whose_schema_cannot_be_judged_by_stops_the_start(
    schema: dict[str, Any], what: str
) -> None:
    good = _with_schema(TINYLLAMA, {"properties": {"prompt": {"type": "string"}}})
    WorkersAI(cards=[good, *CARDS])
    with pytest.raises(CardError, match=rf"^{TINYLLAMA.name}: json_schema.input: .*{what}"):
        WorkersAI(cards=[good, _with_schema(TINYLLAMA, schema)])


ANY_KEY = st.text(max_size=5)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_KEY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_KEY, inner, max_size=3),
    max_leaves=6,
)
KNOWN = st.sampled_from(
    [
        "prompt",
        "messages",
        "raw",
        "stream",
        "max_tokens",
        "temperature",
        "top_k",
        "seed",
        "stop",
        "stop_token_ids",
        "min_p",
        "options",
        "stream_options",
        "lora",
        "tools",
        "response_format",
    ]
)
MESSAGES = st.lists(
    st.dictionaries(st.sampled_from(["role", "content", "name", "tool_calls"]), ANY_JSON)
)


@given(ANY_JSON | st.dictionaries(KNOWN, ANY_JSON | MESSAGES), st.sampled_from(list(CARDS)))
def test_any_body_is_parsed_or_refused(body: Any, card: ModelCard) -> None:
    try:
        call = WORKERS.parse(body, card)
    except RequestError as error:
        reply = WORKERS.error(error, CallMeta())
        assert reply.status in (400, 405)
    else:
        assert call.request.model == card.name


def _with_schema(card: ModelCard, schema: dict[str, Any]) -> ModelCard:
    return replace(card, input_schema=schema)


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ({}, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, JsonObject()),
        ({"type": "json_schema"}, JsonObject()),
        ({"type": "json_schema", "json_schema": {}}, JsonSchema({})),
        ({"type": "json_schema", "json_schema": SCHEMA}, JsonSchema(SCHEMA)),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}},
            JsonSchema(SCHEMA),
        ),
        ({"type": "regex", "regex": "a+"}, Regex("a+")),
    ],
)
def test_the_form_of_the_answer_is_a_constraint(asked: Any, expected: Any) -> None:
    call = WorkersAI().parse({"prompt": "a", "response_format": asked}, LLAMA_3)
    assert call.request.constraint == expected


@pytest.mark.parametrize("asked", ["json", [], 5, True])
def test_a_form_that_is_no_object_is_called_so(asked: Any) -> None:
    with pytest.raises(InvalidField, match=r"^'response_format' must be an object\.$"):
        WorkersAI().parse({"prompt": "a", "response_format": asked}, LLAMA_3)


@pytest.mark.parametrize(
    "asked",
    [
        *({"type": "yaml"}, {"type": "regex"}, {"type": "text", "regex": "a"}),
        *({"type": "json_schema", "schema": SCHEMA}, {"type": "json_object", "schema": SCHEMA}),
    ],
)
def test_a_form_that_says_nothing_clear_is_refused(asked: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        WorkersAI().parse({"prompt": "a", "response_format": asked}, LLAMA_3)
    assert refused.value.field == "response_format"
