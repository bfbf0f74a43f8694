"""Code for tools in a native body: refused unless allowed, and what it is taken for then."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.catalog.registry import Catalog
from understudy.dialects.base import Call, CallMeta
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_binding import WorkersBinding
from understudy.dialects.workers_run import WorkersRun
from understudy.errors import InvalidField, RequestError, SchemaViolation, UnsupportedField
from understudy.request import ChatInput, ToolChoice, ToolSpec

CARDS = Catalog.load()
LLAMA_3 = CARDS.get("@cf/meta/llama-3.2-1b-instruct")
TINYLLAMA = CARDS.get("@cf/tinyllama/tinyllama-1.1b-chat-v1.0")
MESSAGES = [{"role": "user", "content": "Hi"}]
ADD = {"name": "add", "code": "({ a, b }) => a + b"}
PARAMETERS = {"type": "object", "properties": {"a": {"type": "number"}}}
ALLOWED = WorkersAI(functions=True)


def parse(functions: Any, dialect: Any = ALLOWED, **more: Any) -> Call:
    body = {"messages": MESSAGES, "functions": functions, **more}
    call: Call = dialect.parse(body, LLAMA_3)
    return call


@pytest.mark.parametrize("dialect", [WorkersAI(), WorkersRun()], ids=["run", "unified"])
def test_functions_are_refused_and_told_how_to_be_allowed(dialect: WorkersAI) -> None:
    with pytest.raises(UnsupportedField, match=r"'functions'.*'run_functions'") as caught:
        parse([ADD], dialect)
    reply = dialect.error(caught.value, CallMeta())
    assert reply.status == 400
    assert reply.body["errors"][0]["code"] == 5006
    assert "UNDERSTUDY_RUN_FUNCTIONS=true" in reply.body["errors"][0]["message"]


def test_the_binding_refuses_and_carries_them_as_the_route_does() -> None:
    inputs = {"inputs": {"messages": MESSAGES, "functions": [ADD]}}
    with pytest.raises(UnsupportedField, match="run_functions"):
        WorkersBinding(WorkersAI()).parse(inputs, LLAMA_3)
    assert WorkersBinding(ALLOWED).parse(inputs, LLAMA_3).functions == {"add": ADD["code"]}


@pytest.mark.parametrize("nothing", [None, []])
def test_no_functions_are_none_anywhere(nothing: Any) -> None:
    for dialect in (WorkersAI(), ALLOWED):
        more = {} if nothing is None else {"functions": nothing}
        call = dialect.parse({"messages": MESSAGES, **more}, LLAMA_3)
        assert call.functions == {}
        assert isinstance(call.request.input, ChatInput)
        assert call.request.input.tools == ()


def test_the_parameters_come_from_the_tool_of_that_name() -> None:
    tool = {"name": "add", "description": "Adds.", "parameters": PARAMETERS}
    call = parse([ADD], tools=[tool])
    assert call.functions == {"add": ADD["code"]}
    assert isinstance(call.request.input, ChatInput)
    assert call.request.input.tools == (ToolSpec("add", "Adds.", PARAMETERS),)


def test_a_function_without_a_tool_is_one_that_takes_any_object() -> None:
    other = {"type": "function", "function": {"name": "ask", "parameters": PARAMETERS}}
    request = parse([ADD], tools=[other]).request
    assert isinstance(request.input, ChatInput)
    assert request.input.tools == (
        ToolSpec("ask", "", PARAMETERS),
        ToolSpec("add", "", {"type": "object"}),
    )


def test_a_prompt_may_have_functions() -> None:
    call = ALLOWED.parse({"prompt": "Hi", "functions": [ADD]}, LLAMA_3)
    assert isinstance(call.request.input, ChatInput)
    assert [tool.name for tool in call.request.input.tools] == ["add"]


def test_a_choice_may_name_a_function() -> None:
    named = {"type": "function", "function": {"name": "add"}}
    assert parse([ADD], tool_choice=named).request.tool_choice == ToolChoice("required", "add")
    assert parse([ADD], tool_choice="required").request.tool_choice == ToolChoice("required")
    with pytest.raises(InvalidField, match="tool_choice"):
        parse([ADD], tool_choice={"type": "function", "function": {"name": "sub"}})


@pytest.mark.parametrize(
    ("functions", "why"),
    [
        ({}, "functions"),
        (5, "functions"),
        ([5], "functions[0]"),
        ([ADD, {"name": "sub"}], "functions[1].code"),
        ([{"code": "() => 1"}], "functions[0].name"),
        ([{"name": "", "code": "() => 1"}], "functions[0].name"),
        ([{"name": "x" * 129, "code": "() => 1"}], "functions[0].name"),
        ([{"name": "two words", "code": "() => 1"}], "functions[0].name"),
        ([{"name": 5, "code": "() => 1"}], "functions[0].name"),
        ([{"name": "add", "code": " \n"}], "functions[0].code"),
        ([{"name": "add", "code": 5}], "functions[0].code"),
        ([{"name": "add", "code": "() => '\ud800'"}], "functions[0].code"),
        ([ADD, ADD], "functions"),
        ([{"name": f"f{at}", "code": "() => 1"} for at in range(129)], "functions"),
    ],
)
def test_functions_that_make_no_sense_are_refused(functions: Any, why: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(functions)
    if isinstance(caught.value, InvalidField):
        assert caught.value.field == why
    else:
        # What a card's own schema says of the field comes first.
        assert isinstance(caught.value, SchemaViolation)
        assert "/functions" in str(caught.value)


def test_tools_and_functions_have_one_bound() -> None:
    tools = [{"name": f"t{at}", "description": "", "parameters": PARAMETERS} for at in range(64)]
    functions = [{"name": f"f{at}", "code": "() => 1"} for at in range(64)]
    assert len(parse(functions, tools=tools).functions) == 64
    with pytest.raises(InvalidField, match="up to 128"):
        parse([*functions, ADD], tools=tools)


def test_raw_text_has_no_place_for_functions() -> None:
    with pytest.raises(UnsupportedField, match=r"'functions'.*'raw'"):
        ALLOWED.parse({"prompt": "Hi", "raw": True, "functions": [ADD]}, TINYLLAMA)
