"""Every edge of every range, at each door: a request on it passes, one past it is told why."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.dialects.openai_wire import CARD, DIALECTS, META, MINIMAL, parse
from understudy.errors import InvalidField, InvalidInput, SchemaViolation
from understudy.request import JsonObject, JsonSchema, Regex

COMPLETIONS, CHAT, NATIVE = "openai_completions", "openai_chat", "deepinfra_native"
EVERY = (COMPLETIONS, CHAT, NATIVE)
OPENAI = (COMPLETIONS, CHAT)


def le(bound: float) -> dict[str, Any]:
    return {
        "type": "less_than_equal",
        "msg": f"Input should be less than or equal to {bound:g}",
        "ctx": {"le": bound},
    }


def ge(bound: float) -> dict[str, Any]:
    return {
        "type": "greater_than_equal",
        "msg": f"Input should be greater than or equal to {bound:g}",
        "ctx": {"ge": bound},
    }


def gt(bound: float) -> dict[str, Any]:
    return {
        "type": "greater_than",
        "msg": f"Input should be greater than {bound:g}",
        "ctx": {"gt": bound},
    }


MILLION = {
    "type": "less_than_equal",
    "msg": "Input should be less than or equal to 1000000",
    "ctx": {"le": 1_000_000},
}
# Pydantic words this bound as the service's API reference does, rounded to a double.
SEED_CEILING = {
    "type": "less_than",
    "msg": "Input should be less than 18446744073709552000",
    "ctx": {"lt": 2**64},
}
SEED_FLOOR = {
    "type": "greater_than_equal",
    "msg": f"Input should be greater than or equal to {-(2**63)}",
    "ctx": {"ge": -(2**63)},
}

# doors, field, a value on the edge, a value past it, the entry for the latter
EDGES: list[tuple[tuple[str, ...], str, Any, Any, dict[str, Any]]] = [
    (EVERY, "temperature", 0, -0.01, ge(0.0)),
    (EVERY, "temperature", 2, 2.01, le(2.0)),
    (EVERY, "top_p", 1, 1.01, le(1.0)),
    (EVERY, "min_p", 0, -0.01, ge(0.0)),
    (EVERY, "min_p", 1, 1.01, le(1.0)),
    (EVERY, "top_k", 0, -1, ge(0)),
    (EVERY, "presence_penalty", -2, -2.01, ge(-2.0)),
    (EVERY, "presence_penalty", 2, 2.01, le(2.0)),
    (EVERY, "frequency_penalty", -2, -2.01, ge(-2.0)),
    (EVERY, "frequency_penalty", 2, 2.01, le(2.0)),
    (EVERY, "repetition_penalty", 0.01, 0.009, ge(0.01)),
    (EVERY, "repetition_penalty", 5, 5.01, le(5.0)),
    (EVERY, "seed", -(2**63), -(2**63) - 1, SEED_FLOOR),
    (EVERY, "seed", 2**64 - 1, 2**64, SEED_CEILING),
    (OPENAI, "max_tokens", 1, 0, gt(0)),
    (OPENAI, "max_tokens", 4096, 1_000_001, MILLION),
    ((CHAT,), "max_completion_tokens", 1, 0, gt(0)),
    ((NATIVE,), "max_new_tokens", 1, 0, gt(0)),
    ((NATIVE,), "max_new_tokens", 4096, 1_000_001, MILLION),
    (OPENAI, "n", 1, 0, ge(1)),
    (OPENAI, "n", 4, 5, le(4)),
    ((NATIVE,), "num_responses", 1, 0, ge(1)),
    ((NATIVE,), "num_responses", 4, 5, le(4)),
    ((COMPLETIONS,), "logprobs", 0, -1, ge(0)),
    ((COMPLETIONS,), "logprobs", 20, 21, le(20)),
    ((CHAT,), "top_logprobs", 0, -1, ge(0)),
]


def violation(dialect: str, body: Any) -> list[Any]:
    """The list of entries with which ``body`` is refused."""
    with pytest.raises(SchemaViolation) as refused:
        DIALECTS[dialect].parse(body, CARD)
    reply = DIALECTS[dialect].error(refused.value, META)
    assert reply.status == 422
    assert set(reply.body) == {"error", "detail"}
    detail: list[Any] = reply.body["detail"]
    assert reply.body["error"]["code"] == detail[0]["type"]
    return detail


@pytest.mark.parametrize(
    ("dialect", "field", "on", "past", "expected"),
    [(door, *edge) for doors, *edge in EDGES for door in doors],
)
def test_a_range_ends_where_it_says(
    dialect: str, field: str, on: Any, past: Any, expected: dict[str, Any]
) -> None:
    parse(dialect, **{field: on})
    entry = {**expected, "loc": ["body", field], "input": past}
    assert violation(dialect, {**MINIMAL[dialect], field: past}) == [entry]


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize("top_p", [0, -1.5])
def test_a_nucleus_without_mass_is_greedy(dialect: str, top_p: float) -> None:
    assert parse(dialect, top_p=top_p).request.sampling.top_p == 0.0


@pytest.mark.parametrize("dialect", EVERY)
def test_top_k_has_no_upper_bound(dialect: str) -> None:
    assert parse(dialect, top_k=1000).request.sampling.top_k == 1000
    assert parse(dialect, top_k=10**30).request.sampling.top_k == 2**31 - 1


@pytest.mark.parametrize("dialect", EVERY)
def test_sixteen_stops_and_not_one_more(dialect: str) -> None:
    sixteen = [f"s{i}" for i in range(16)]
    assert parse(dialect, stop=sixteen).request.sampling.stop == tuple(sixteen)
    assert parse(dialect, stop="END").request.sampling.stop == ("END",)
    [entry] = violation(dialect, {**MINIMAL[dialect], "stop": [*sixteen, "s16"]})
    assert (entry["type"], entry["loc"]) == ("too_long", ["body", "stop"])
    for empty, place in (("", []), ([""], [0])):
        [entry] = violation(dialect, {**MINIMAL[dialect], "stop": empty})
        assert (entry["type"], entry["loc"]) == ("string_too_short", ["body", "stop", *place])


@pytest.mark.parametrize("dialect", ["openai_completions", "openai_chat"])
def test_a_bias_is_by_token_id_from_minus_100_to_100(dialect: str) -> None:
    asked = parse(dialect, logit_bias={"5": -100, "31999": 100, "0": 0.5})
    assert asked.request.sampling.logit_bias == ((5, -100.0), (31999, 100.0), (0, 0.5))
    assert parse(dialect, logit_bias={}).request == parse(dialect).request
    for given, kind, place in (
        ({"5": 100.5}, "less_than_equal", ["5"]),
        ({"5": -101}, "greater_than_equal", ["5"]),
        ({"5": "1"}, "float_type", ["5"]),
        ({"the": 1}, "string_pattern_mismatch", ["the"]),
        ({"-5": 1}, "string_pattern_mismatch", ["-5"]),
        ({"7": 1, "07": -1}, "string_pattern_mismatch", ["07"]),
        ({str(i): 1 for i in range(1025)}, "too_long", []),
        ([5], "dict_type", []),
    ):
        entry = violation(dialect, {**MINIMAL[dialect], "logit_bias": given})[0]
        assert (entry["type"], entry["loc"]) == (kind, ["body", "logit_bias", *place])


WRONG_TYPES = [
    ("temperature", "1", "float_type"),
    ("temperature", True, "float_type"),
    ("temperature", [1], "float_type"),
    ("temperature", math.nan, "finite_number"),
    ("temperature", math.inf, "finite_number"),
    ("repetition_penalty", math.nan, "finite_number"),
    ("top_k", "5", "int_type"),
    ("top_k", True, "int_type"),
    ("top_k", 5.5, "int_type"),
    ("seed", True, "int_type"),
    ("seed", math.inf, "int_type"),
    ("stream", "true", "bool_type"),
    ("stream", 1, "bool_type"),
    ("stop", 5, "list_type"),
    ("stop", [5], "string_type"),
    ("stop_token_ids", 5, "list_type"),
    ("stop_token_ids", ["a", "b"], "int_type"),
    ("stop_token_ids", [-1], "greater_than_equal"),
    ("user", 5, "string_type"),
    ("response_format", "text", "model_attributes_type"),
    ("response_format", {"type": "yaml"}, "literal_error"),
    ("response_format", {"type": "json_schema", "json_schema": "{}"}, "dict_type"),
    ("response_format", {"type": "json_schema", "json_schema": {"schema": []}}, "dict_type"),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "a"}}, "missing"),
    ("response_format", {"type": "json_schema"}, "missing"),
    ("response_format", {"type": "regex", "regex": 5}, "string_type"),
    ("response_format", {"type": "regex"}, "missing"),
    ("response_format", {"type": "text", "regex": "a"}, "extra_forbidden"),
    ("response_format", {"type": "json_object", "json_schema": {}}, "extra_forbidden"),
    ("response_format", {"type": "json_object", "schema": {}}, "extra_forbidden"),
    ("response_format", {"type": "json_schema", "schema": {}}, "extra_forbidden"),
]


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize(("field", "value", "kind"), WRONG_TYPES)
def test_types_are_strict(dialect: str, field: str, value: Any, kind: str) -> None:
    [entry] = violation(dialect, {**MINIMAL[dialect], field: value})
    assert entry["type"] == kind
    assert entry["loc"][:2] == ["body", field]


def test_top_logprobs_end_at_twenty_and_need_logprobs() -> None:
    assert parse(CHAT, logprobs=True, top_logprobs=20).request.logprobs == 20
    [entry] = violation(CHAT, {**MINIMAL[CHAT], "logprobs": True, "top_logprobs": 21})
    assert entry == {**le(20), "loc": ["body", "top_logprobs"], "input": 21}
    for off in (None, False):
        assert parse(CHAT, logprobs=off, top_logprobs=0).request.logprobs is None
        with pytest.raises(InvalidField) as refused:
            parse(CHAT, logprobs=off, top_logprobs=1)
        assert refused.value.field == "top_logprobs"


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "text", "json_schema": None, "regex": None}, None),
        ({"type": "json_object"}, JsonObject()),
        ({"type": "regex", "regex": "[a-z]+"}, Regex("[a-z]+")),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}, SCHEMA),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}},
            {},
        ),
    ],
)
def test_the_form_of_the_answer_is_a_constraint(dialect: str, asked: Any, expected: Any) -> None:
    constraint = parse(dialect, response_format=asked).request.constraint
    assert constraint == (JsonSchema(expected) if isinstance(expected, dict) else expected)


@pytest.mark.parametrize("dialect", EVERY)
def test_a_constraint_that_cannot_be_kept_is_named_as_the_caller_wrote_it(dialect: str) -> None:
    reply = DIALECTS[dialect].error(InvalidInput("constraint", "No keyword 'not'."), META)
    assert (reply.status, reply.body["error"]["param"]) == (400, "response_format")
    choices = DIALECTS[dialect].error(InvalidInput("choices", "Too many."), META)
    assert choices.body["error"]["param"] == ("num_responses" if dialect == NATIVE else "n")


@pytest.mark.parametrize("dialect", EVERY)
def test_integers_are_numbers_and_whole_numbers_are_integers(dialect: str) -> None:
    sampling = parse(dialect, temperature=1, top_k=5.0, seed=7.0).request.sampling
    assert (sampling.temperature, sampling.top_k, sampling.seed) == (1.0, 5, 7)
    assert isinstance(sampling.top_k, int)


OPTIONAL = (
    *("stream", "temperature", "top_p", "min_p", "top_k", "seed", "stop", "stop_token_ids"),
    *("presence_penalty", "frequency_penalty", "repetition_penalty", "user", "response_format"),
    *("lora", "n", "logprobs", "echo", "stream_options", "max_tokens", "max_new_tokens"),
    *("tools", "prompt_cache_key", "top_logprobs", "return_tokens_as_token_ids", "num_responses"),
)


@pytest.mark.parametrize("dialect", EVERY)
def test_null_and_unknown_keys_mean_nothing(dialect: str) -> None:
    plain = parse(dialect)
    decorated = parse(dialect, **dict.fromkeys(OPTIONAL), extra_body={"a": 1}, temprature=9)
    assert decorated.request == plain.request
    assert decorated.stream is plain.stream is False


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize("body", [None, 5, "text", [], [1, 2], True])
def test_a_body_is_an_object(dialect: str, body: Any) -> None:
    [entry] = violation(dialect, body)
    assert (entry["type"], entry["loc"]) == ("model_attributes_type", ["body"])


@pytest.mark.parametrize("dialect", EVERY)
def test_an_empty_object_misses_what_is_required(dialect: str) -> None:
    missing = {entry["loc"][-1] for entry in violation(dialect, {})}
    assert missing == set(MINIMAL[dialect])


@pytest.mark.parametrize("dialect", EVERY)
def test_a_verdict_is_short_however_long_the_body(dialect: str) -> None:
    body = {**MINIMAL[dialect], "seed": "x" * 10_000_000, "stop_token_ids": ["y"] * 500_000}
    body["temperature"] = {"deep": [[[[["z" * 1_000_000]]]]] * 100}
    body["stop"] = [7] * 100_000
    reply = str(violation(dialect, body))
    assert len(reply) < 10_000
