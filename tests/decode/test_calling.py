"""What an answer with tools is held to, and the ids of its calls."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.decode.constrained import BYTE_LEVEL, METASPACE, Model
from understudy.decode.calling import MOST_CALLS, AnswerPlan, plan_answer
from understudy.decode.constrain.matcher import CompiledGrammar
from understudy.decode.grammar import Grammars
from understudy.errors import InvalidInput
from understudy.events import ToolCallEvent
from understudy.request import (
    CallTools,
    ChatInput,
    Constraint,
    GenerationRequest,
    JsonObject,
    JsonSchema,
    Message,
    Regex,
    SamplingParams,
    ToolCallForm,
    ToolChoice,
    ToolSpec,
)

FORM = ToolCallForm(separator="; ")
WEATHER = ToolSpec("weather", "", {"type": "object", "properties": {"city": {"type": "string"}}})
STOP = ToolSpec("stop", "", {"type": "object", "properties": {}})
ANY = ToolSpec("any", "", {})
ROME = '{"name": "weather", "parameters": {"city": "Rome"}}'
HALT = '{"name": "stop", "parameters": {}}'


def plan(
    *tools: ToolSpec,
    choice: ToolChoice | None = None,
    constraint: Constraint | None = None,
    seed: int | None = None,
    prompt: tuple[int, ...] = (1, 2),
    grammars: Grammars | None = BYTE_LEVEL.grammars,
) -> AnswerPlan:
    request = GenerationRequest(
        "m",
        ChatInput((Message("user", "U"),), tools),
        SamplingParams(seed=seed),
        constraint=constraint,
        tool_choice=choice or ToolChoice(),
    )
    return plan_answer(request, tools, FORM, prompt, grammars)


def takes(planned: AnswerPlan, text: str, model: Model = BYTE_LEVEL) -> bool:
    """Whether ``text`` is an answer, byte by byte."""
    assert planned.grammar is not None
    matcher = planned.grammar.matcher()
    tokens = [model.by_byte[bytes([byte])] for byte in text.encode()]
    return all(map(matcher.accept, tokens)) and matcher.accept(model.eos[0])


def read(planned: AnswerPlan, text: str, choice: int = 0) -> tuple[str, list[str], list[str]]:
    """Text, calls and ids of an answer."""
    assert planned.calling is not None
    reader = planned.calling.reader(choice)
    parts = [part.told for part in (*reader.push(text), *reader.flush())]
    told = [part for part in parts if isinstance(part, ToolCallEvent)]
    said = "".join(part for part in parts if isinstance(part, str))
    calls = [(event.name or "") + event.arguments for event in told]
    return said, calls, [event.id for event in told if event.id is not None]


def test_without_tools_the_constraint_stands_alone() -> None:
    assert plan() == AnswerPlan()
    assert takes(plan(constraint=Regex("ab")), "ab")
    assert plan(constraint=Regex("ab")).calling is None


def test_a_required_call_is_held_from_the_first_character() -> None:
    planned = plan(WEATHER, STOP, choice=ToolChoice("required"))
    assert isinstance(planned.grammar, CompiledGrammar)
    assert takes(planned, ROME)
    assert takes(planned, f"{ROME}; {HALT}")
    assert not takes(planned, "Hello")
    assert planned.calling is not None
    assert planned.calling.held


def test_a_named_tool_is_the_only_one_that_is_called() -> None:
    planned = plan(WEATHER, STOP, choice=ToolChoice("required", "stop"))
    assert takes(planned, HALT)
    assert not takes(planned, ROME)
    assert read(planned, ROME) == (ROME, [], [])


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_calls_come_singly_where_parallel_ones_are_not_wanted(mode: Any) -> None:
    single = plan(STOP, choice=ToolChoice(mode, parallel=False))
    assert takes(single, HALT)
    assert not takes(single, f"{HALT}; {HALT}")
    several = plan(STOP, choice=ToolChoice(mode))
    assert takes(several, "; ".join([HALT] * MOST_CALLS))
    assert not takes(several, "; ".join([HALT] * (MOST_CALLS + 1)))


def test_where_calls_are_the_models_choice_text_is_free() -> None:
    planned = plan(WEATHER, STOP)
    assert takes(planned, "Hello")
    assert takes(planned, f"Hello {ROME}; {HALT}")
    assert not takes(planned, '{"name": "weather", "parameters": {"city": 1}}')
    assert planned.calling is not None
    assert planned.calling.held


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_arguments_that_the_schema_does_not_list_do_not_come(mode: Any) -> None:
    choice = ToolChoice(mode)
    for arguments in ('{"town": 1}', '{"city": "Rome", "x": 1}'):
        text = f'{{"name": "weather", "parameters": {arguments}}}'
        assert not takes(plan(WEATHER, choice=choice), text)
        keywords: list[dict[str, Any]] = [
            {"additionalProperties": True},
            {"anyOf": [{"required": []}]},
        ]
        for keyword in keywords:
            open_ = replace(WEATHER, parameters={**WEATHER.parameters, **keyword})
            assert takes(plan(open_, choice=choice), text)
    assert not takes(plan(STOP, choice=choice), '{"name": "stop", "parameters": {"x": 1}}')
    unlisted = replace(STOP, parameters={**STOP.parameters, "required": ["x"]})
    assert takes(plan(unlisted, choice=choice), '{"name": "stop", "parameters": {"x": 1}}')
    assert takes(plan(ANY, choice=choice), '{"name": "any", "parameters": {"x": 1}}')


LIKE = JsonSchema({"type": "object", "properties": {"name": {}, "parameters": {}, "a": {}}})


@pytest.mark.parametrize("constraint", [JsonObject(), LIKE])
def test_beside_tools_an_answer_is_json_or_calls(constraint: Constraint) -> None:
    planned = plan(WEATHER, STOP, constraint=constraint)
    for text in (ROME, f"{ROME}; {HALT}", '{"a": 1}', '{"name": "weather", "a": {}}'):
        assert takes(planned, text)
    for text in ("Hello", f"Hello {ROME}", "[1]", f"{ROME}; x"):
        assert not takes(planned, text)
    assert read(planned, f"{ROME}; {HALT}")[:2] == (
        "",
        ["weather", '{"city": "Rome"}', "stop", "{}"],
    )


@pytest.mark.parametrize("constraint", [JsonObject(), LIKE])
def test_beside_tools_json_that_holds_what_looks_like_a_call_is_json(
    constraint: Constraint,
) -> None:
    planned = plan(WEATHER, STOP, constraint=constraint)
    for text in (
        '{"name": "weather", "parameters": {"a": 1}, "a": 2}',
        f'{{"a": [{HALT}, {HALT}]}}',
        '{"name": "weather", "arguments": {}}',
        '{"name": "weather", "parameters": {"city": 1}}',
        '{"name": "weather", "parameters": {"town": "Rome"}}',
        f'{{"name": "weather", "parameters": {{"a": 1}}, "a": {HALT}}}',
    ):
        assert takes(planned, text)
        assert read(planned, text) == (text, [], [])


def test_beside_tools_an_answer_has_no_pattern() -> None:
    with pytest.raises(InvalidInput, match="held to a pattern") as caught:
        plan(STOP, constraint=Regex("a"))
    assert caught.value.part == "constraint"


ODD = ToolSpec("odd", "", {"type": "object", "properties": {"a": {"not": {}}}})


def test_a_schema_that_no_grammar_holds_is_refused_only_where_a_call_is_required() -> None:
    with pytest.raises(InvalidInput, match="odd") as caught:
        plan(ODD, choice=ToolChoice("required"))
    assert caught.value.part == "tools"
    call = '{"name": "odd", "parameters": {"b": 1}}'
    for planned in (plan(ODD), plan(ODD, constraint=JsonSchema({"type": "object"}))):
        assert takes(planned, call)
        assert not takes(planned, '{"name": "odd", "parameters": {]}}')
        assert read(planned, call)[1] == ["odd", '{"b": 1}']
    with pytest.raises(InvalidInput):
        plan(ODD, constraint=JsonSchema({"not": {}}))


def test_a_model_without_grammars_calls_freely_and_is_read_with_care() -> None:
    planned = plan(STOP, grammars=None)
    assert planned.grammar is None
    other = '{"name": "stop", "arguments": {}}'
    assert read(planned, other)[1] == ["stop", "{}"]
    assert read(planned, '{"name": "stop", "parameters": {]}}')[1] == []
    with pytest.raises(InvalidInput, match="cannot be made to call") as caught:
        plan(STOP, choice=ToolChoice("required"), grammars=None)
    assert caught.value.part == "tool_choice"
    with pytest.raises(InvalidInput, match="cannot be constrained"):
        plan(STOP, constraint=JsonObject(), grammars=None)


def test_ids_differ_and_a_seed_repeats_them_for_the_same_prompt_only() -> None:
    text = f"{HALT}; {HALT}"
    random = [*read(plan(STOP), text)[2], *read(plan(STOP), text)[2]]
    assert len(set(random)) == 4
    seeded = read(plan(STOP, seed=7), text)[2]
    assert read(plan(STOP, seed=7), text)[2] == seeded
    others = [
        *seeded,
        *read(plan(STOP, seed=8), text)[2],
        *read(plan(STOP, seed=7, prompt=(1, 3)), text)[2],
        *read(plan(STOP, seed=7), text, choice=1)[2],
    ]
    assert len(set(others)) == 8
    assert all(identifier.startswith("chatcmpl-tool-") for identifier in random + others)


def test_or_json_is_another_constraint_than_calls_alone() -> None:
    model = METASPACE
    alone = CallTools((STOP,), FORM)
    either = replace(alone, otherwise=JsonObject())
    assert model.compile(either) is not model.compile(alone)
    assert model.compile(either) is model.compile(replace(either))
    schema = JsonSchema({"type": "string", "enum": ["x"]})
    assert model.takes(replace(either, otherwise=schema), '"x"')
    assert model.takes(replace(either, otherwise=schema), HALT)
    assert not model.takes(either, '"x"')
    for constraint in (alone, either):
        assert json.loads(model.walk(constraint, 3)) is not None
    for kept in (schema, JsonSchema({"pattern": "a+"})):
        grown = replace(either, otherwise=kept)
        shared = model.compile(grown) is model.compile(grown)
        assert shared is (kept is schema)
