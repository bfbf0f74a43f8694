"""Grammars as the engine and the server meet them: matchers, tool calls, and what is kept."""

from __future__ import annotations

import gc
import json
import logging
import random
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from tests.decode.constrained import BYTE_LEVEL, METASPACE, MODELS, Model, ids, mask_of
from understudy.decode.constrain.matcher import CompiledGrammar
from understudy.decode.grammar import Grammars, compile_grammar
from understudy.engine.grammar import Matcher
from understudy.errors import InvalidInput
from understudy.request import (
    CallTools,
    JsonObject,
    JsonSchema,
    Regex,
    ToolCallForm,
    ToolSpec,
)

PERSON = JsonSchema(
    {
        "type": "object",
        "properties": {"first_name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["first_name", "age"],
        "additionalProperties": False,
    }
)
TOOLS = (
    ToolSpec(
        "get_weather",
        "Tells the weather.",
        {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"$ref": "#/$defs/unit"}},
            "required": ["city"],
            "additionalProperties": False,
            "$defs": {"unit": {"enum": ["C", "F"]}},
        },
    ),
    ToolSpec("stop", "", {}),
)


def started(model: Model, constraint: Any, text: str = "") -> Matcher:
    """A matcher after ``text``, byte by byte."""
    matcher = model.compile(constraint).matcher()
    for byte in text.encode():
        assert matcher.accept(model.by_byte[bytes([byte])])
    return matcher


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_special_tokens_and_unknown_ids_never_come_and_every_eos_may_end(model: Model) -> None:
    matcher = model.compile(Regex("(?s).*")).matcher()
    assert mask_of(matcher).shape == (-(-model.vocab_size // 32),)
    assert set(ids(matcher)) <= {*model.plain, *model.eos}
    assert set(model.eos) <= set(ids(matcher))
    others = (model.tokenizer.special_ids - {*model.eos}) | {model.tokenizer.vocab_size}
    for token in others:
        assert not matcher.accept(token)
    for token in model.eos:
        ended = matcher.fork()
        assert ended.accept(token)
        assert ended.complete
        assert not ended.accept(token)


def test_a_model_of_fewer_ids_than_its_tokenizer_is_offered_no_more() -> None:
    size = BYTE_LEVEL.by_byte[b"z"] + 1
    matcher = compile_grammar(Regex("(?s).*"), BYTE_LEVEL.tokenizer, [5], size).matcher()
    assert max(ids(matcher)) < size
    assert 5 in ids(matcher)


def test_text_that_spells_a_special_token_is_made_of_plain_ones() -> None:
    for model in MODELS.values():
        for spelling in model.tokenizer.special_tokens:
            matcher = model.compile(JsonSchema({"const": f"a{spelling} b"})).matcher()
            tokens: list[int] = []
            while not matcher.complete:
                tokens.append(ids(matcher)[0])
                assert matcher.accept(tokens[-1])
            assert set(tokens) <= set(model.plain)
            assert model.text(tokens) == json.dumps(f"a{spelling} b", ensure_ascii=False)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_is_forced_is_what_the_tokenizer_would_write_and_the_mask_asks_for(
    model: Model,
) -> None:
    matcher = started(model, PERSON, '{"')
    forced = list(matcher.forced())
    assert forced
    name = model.text(forced)
    assert 'first_name"'.startswith(name)
    assert model.tokens('{"' + name)[-len(forced) :] == forced
    for token in forced:
        assert ids(matcher) == [token]
        assert matcher.accept(token)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_long_text_is_spelt_a_piece_at_a_time_as_the_tokenizer_would(model: Model) -> None:
    text = json.dumps(" ".join(f"word {number * 7919}" for number in range(300)))
    matcher = started(model, JsonSchema({"const": json.loads(text)}))
    assert len(model.text(matcher.forced())) < 300
    tokens: list[int] = []
    while not matcher.complete:
        (token,) = ids(matcher)
        assert matcher.forced()[0] == token
        assert matcher.accept(token)
        tokens.append(token)
    assert model.text(tokens) == text
    assert tokens == model.tokens(text)


def test_nothing_is_forced_where_there_is_a_choice() -> None:
    assert not started(BYTE_LEVEL, PERSON, '{"first_name": "').forced()
    assert not started(BYTE_LEVEL, PERSON).complete


def test_a_refused_token_changes_nothing() -> None:
    matcher = started(BYTE_LEVEL, PERSON, '{"first_name"')
    before = mask_of(matcher).copy()
    for token in (BYTE_LEVEL.by_byte[b"x"], *BYTE_LEVEL.eos, BYTE_LEVEL.vocab_size - 1, 10**6):
        assert not matcher.accept(token)
    assert np.array_equal(mask_of(matcher), before)
    assert matcher.accept(BYTE_LEVEL.by_byte[b":"])


def test_forks_go_their_own_ways() -> None:
    one = started(BYTE_LEVEL, Regex("(ab|ac)+"), "a")
    other = one.fork()
    assert one.accept(BYTE_LEVEL.by_byte[b"b"])
    assert other.accept(BYTE_LEVEL.by_byte[b"c"])
    before = mask_of(one).copy()
    assert other.accept(BYTE_LEVEL.by_byte[b"a"])
    assert np.array_equal(mask_of(one), before)
    assert one.accept(BYTE_LEVEL.eos[0])
    assert not other.accept(BYTE_LEVEL.eos[0])
    assert one.fork().complete


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (PERSON, '{"first_name": "", "age": 3}'),
        (Regex("ab?"), "ab"),
        (Regex(""), ""),
        (JsonSchema({"const": True}), "true"),
        (JsonSchema({"type": "string", "maxLength": 1}), '"a"'),
        (JsonSchema({"type": "integer", "minimum": 1, "maximum": 12}), "11"),
    ],
    ids=str,
)
def test_an_answer_is_complete_when_only_its_end_may_follow(constraint: Any, text: str) -> None:
    assert not text or not started(BYTE_LEVEL, constraint, text[:-1]).complete
    matcher = started(BYTE_LEVEL, constraint, text)
    assert matcher.complete
    assert set(ids(matcher)) == set(BYTE_LEVEL.eos)
    assert not matcher.forced()
    assert not matcher.accept(BYTE_LEVEL.by_byte[b"a"])
    assert matcher.accept(BYTE_LEVEL.eos[1])


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_call_names_a_tool_and_its_arguments_satisfy_its_schema(model: Model) -> None:
    for seed in range(8):
        call = json.loads(model.walk(CallTools(TOOLS), seed))
        assert list(call) == ["name", "parameters"]
        assert call["name"] in {"get_weather", "stop"}
        assert isinstance(call["parameters"], dict)
        if call["name"] == "get_weather":
            assert call["parameters"].get("unit", "C") in {"C", "F"}
            assert isinstance(call["parameters"]["city"], str)


def test_a_call_has_its_models_form_and_comes_no_more_often_than_allowed() -> None:
    form = ToolCallForm('<tool "é">\n', "\n</tool>", "function", "args/é", "\n&\n")
    stop = '<tool "é">\n{"function": "stop", "args/é": {"a": 1}}\n</tool>'
    weather = '<tool "é">\n{"function":"get_weather","args/é":{"city":"x","unit":"F"}}\n</tool>'
    constraint = CallTools(TOOLS, form, calls=2)
    assert METASPACE.takes(constraint, stop)
    assert METASPACE.takes(constraint, f"{stop}\n&\n{weather}")
    assert not METASPACE.takes(constraint, f"{stop}\n&\n{weather}\n&\n{stop}")
    assert not METASPACE.takes(constraint, f"{stop}{weather}")
    assert not METASPACE.takes(constraint, stop.replace("stop", "other"))
    assert not METASPACE.takes(constraint, weather.replace("F", "K"))
    assert not METASPACE.takes(constraint, "")
    once = CallTools(TOOLS, form)
    assert METASPACE.takes(once, weather)
    assert not METASPACE.takes(once, f"{stop}\n&\n{weather}")
    assert METASPACE.takes(CallTools(TOOLS), '{"name":"stop","parameters":{}}')


RUNAWAY = Regex("[^x]*(a|e)[^x]{300}y")
"""Texts of a, e and others are states of their own."""


def run_away(model: Model, matcher: Matcher) -> int:
    """Follow a text until the library gives up; return how many tokens it took."""
    draw = random.Random(1)
    letters = [model.by_byte[letter] for letter in (b"a", b"b", b"e", b" ")]
    taken = 0
    while not matcher.exhausted:
        token = draw.choice(letters)
        assert token in ids(matcher)
        assert matcher.accept(token)
        taken += 1
        assert taken < 10_000
    return taken


def test_an_answer_that_outgrows_the_librarys_limits_is_exhausted_and_not_complete(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    grammar = model.compile(RUNAWAY)
    matcher = grammar.matcher()
    assert not matcher.exhausted
    with caplog.at_level(logging.WARNING):
        assert run_away(model, matcher) > 300
        assert not matcher.complete
        assert set(ids(matcher)) == set(model.eos)
        assert not matcher.forced()
        assert not matcher.accept(model.by_byte[b"a"])
        twin = matcher.fork()
        assert twin.exhausted
        assert twin.accept(model.eos[0])
        assert twin.exhausted
        assert not twin.complete
        assert isinstance(grammar, CompiledGrammar)
        grammar.failed("again")
    assert len(caplog.records) == 1


def test_a_token_that_the_mask_let_come_stays_where_it_meets_the_limit() -> None:
    """Here the other choice of a request has used up what both share."""
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    matcher = model.compile(Regex("(a|b)*a(a|b){200}")).matcher()
    twin = matcher.fork()
    letters = [model.by_byte[b"a"], model.by_byte[b"b"]]
    assert set(letters) <= set(ids(twin))
    draw = random.Random(1)
    while matcher.accept(draw.choice(letters)):
        pass
    assert not twin.accept(model.by_byte[b"c"])
    assert twin.accept(letters[0])
    assert twin.exhausted
    assert not twin.complete


def test_no_request_ends_anothers_answer_under_the_same_constraint() -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    schema = JsonSchema({"type": "string", "pattern": RUNAWAY.pattern})
    for constraint in (RUNAWAY, schema):
        first, other = model.compile(constraint).matcher(), model.compile(constraint).matcher()
        if constraint is schema:
            quote = model.by_byte[b'"']
            assert first.accept(quote)
            assert other.accept(quote)
        assert run_away(model, first) == run_away(model, other)


@pytest.mark.parametrize(
    "constraint",
    [
        Regex("a"),
        JsonSchema({"patternProperties": {"^a": {}}}),
        JsonSchema({"type": "integer", "multipleOf": 7}),
        JsonSchema({"items": {"type": "string", "maxLength": 5000}}),
        JsonSchema({"properties": {f"{n}": {"maxLength": 100} for n in range(20)}}),
        JsonSchema({"enum": [f"{n}" for n in range(10_000)]}),
        CallTools((ToolSpec("f", "", {"properties": {"a": {"pattern": "a"}}}),)),
    ],
    ids=lambda constraint: type(constraint).__name__,
)
def test_what_may_grow_is_not_shared_between_requests(constraint: Any) -> None:
    assert BYTE_LEVEL.compile(constraint) is not BYTE_LEVEL.compile(constraint)


def test_a_grammar_that_failed_is_not_kept() -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    grammar = model.compile(PERSON)
    assert model.compile(PERSON) is grammar
    assert isinstance(grammar, CompiledGrammar)
    gone = weakref.ref(grammar)
    grammar.failed("a test")
    del grammar
    gc.collect()
    assert gone() is None
    assert mask_of(model.compile(PERSON).matcher()).any()


def test_a_constraint_is_compiled_once_while_it_is_kept() -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    first = model.compile(JsonSchema({"type": "object", "properties": {"a": {}, "b": {}}}))
    same = model.compile(JsonSchema({"type": "object", "properties": {"a": {}, "b": {}}}))
    order = model.compile(JsonSchema({"type": "object", "properties": {"b": {}, "a": {}}}))
    assert same is first
    assert order is not first
    assert model.compile(JsonObject()) is model.compile(JsonObject())
    assert model.compile(JsonSchema({})) is not model.compile(JsonObject())
    assert model.compile(CallTools(TOOLS)) is not model.compile(CallTools(TOOLS, calls=2))


def test_the_least_recently_used_goes_first() -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    first, second = JsonSchema({"const": "kept"}), JsonSchema({"const": "dropped"})
    kept, dropped = model.compile(first), model.compile(second)
    for number in range(61):
        model.compile(JsonSchema({"const": number}))
    assert model.compile(first) is kept
    model.compile(JsonSchema({"const": "one more"}))
    assert model.compile(first) is kept
    assert model.compile(second) is not dropped


def test_large_constraints_push_out_others_by_their_size() -> None:
    model = Model(BYTE_LEVEL.tokenizer, "<|eot_id|>")
    first = model.compile(JsonObject())
    for number in range(15):
        model.compile(JsonSchema({"description": f"{number:02}" * 15_000}))
    assert model.compile(JsonObject()) is not first


def test_threads_may_compile_and_follow_at_once() -> None:
    model = Model(METASPACE.tokenizer, "</s>")

    def answer(seed: int) -> str:
        return model.walk(JsonSchema({"enum": [f"value {seed % 3}", "other"]}), seed)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(answer, range(48)))
    alone = [answer(seed) for seed in range(48)]
    assert answers == alone


def test_a_model_without_an_end_cannot_be_constrained() -> None:
    grammars = Grammars(BYTE_LEVEL.tokenizer, [], BYTE_LEVEL.vocab_size)
    with pytest.raises(InvalidInput, match="no token that ends"):
        grammars.compile(JsonObject())
