"""Tools in every shape that clients send, at every door that takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_wire import CARD, DIALECTS, META, MINIMAL
from understudy.catalog.registry import Catalog
from understudy.dialects.base import Dialect
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import InvalidField, RequestError, SchemaViolation, UnsupportedField
from understudy.request import ChatInput, GenerationRequest, Message, ToolCall, ToolChoice, ToolSpec

CARDS = Catalog.load()
LLAMA_2 = CARDS.get("@cf/meta/llama-2-7b-chat-fp16")
LLAMA_3 = CARDS.get("@cf/meta/llama-3.2-1b-instruct")
TURN = {"role": "user", "content": "Hi"}
TALK = {"messages": [TURN]}
DOORS: dict[str, tuple[Dialect, Any, dict[str, Any]]] = {
    "openai chat": (DIALECTS["openai_chat"], CARD, MINIMAL["openai_chat"]),
    "workers chat": (WorkersChat(), LLAMA_3, {"model": LLAMA_3.name, **TALK}),
    "workers messages": (WorkersAI(), LLAMA_3, TALK),
    "workers prompt": (WorkersAI(), LLAMA_3, {"prompt": "Hi"}),
    "workers, a card without tools": (WorkersAI(), LLAMA_2, TALK),
}
each_door = pytest.mark.parametrize("door", DOORS)
each_chat = pytest.mark.parametrize("door", [name for name in DOORS if name != "workers prompt"])

PARAMETERS = {
    "type": "object",
    "properties": {"town": {"type": "string", "description": "Where."}},
    "required": ["town"],
}
FLAT = {"name": "weather", "description": "Says what it is like.", "parameters": PARAMETERS}
NESTED = {"type": "function", "function": FLAT}
CLOCK = {"type": "function", "function": {"name": "clock"}}
WEATHER = ToolSpec("weather", "Says what it is like.", PARAMETERS)
NO_PARAMETERS = {"type": "object", "properties": {}}


def parse(door: str, **fields: Any) -> GenerationRequest:
    dialect, card, body = DOORS[door]
    return dialect.parse({**body, **fields}, card).request


def tools(door: str, *given: Any) -> tuple[ToolSpec, ...]:
    source = parse(door, tools=list(given)).input
    assert isinstance(source, ChatInput)
    return source.tools


def refused(door: str, kind: type[RequestError], **fields: Any) -> str:
    """What the caller is told, which says where."""
    dialect, card, body = DOORS[door]
    with pytest.raises(kind) as caught:
        dialect.parse({**body, **fields}, card)
    reply = dialect.error(caught.value, META)
    assert reply.status in (400, 422)
    return json.dumps(reply.body)


@each_door
@pytest.mark.parametrize(
    "given",
    [
        FLAT,
        NESTED,
        {"type": "function", **FLAT},
        {"function": FLAT},
        {"type": "function", "function": {**FLAT, "function": None, "strict": False}},
        {**FLAT, "function": None, "type": None},
    ],
)
def test_both_shapes_of_a_tool_mean_the_same(door: str, given: Any) -> None:
    assert tools(door, given) == (WEATHER,)


@each_door
@pytest.mark.parametrize("more", [{}, {"description": None, "parameters": None}])
def test_a_tool_needs_a_name_only(door: str, more: Any) -> None:
    assert tools(door, {"name": "clock", **more}) == (ToolSpec("clock", "", NO_PARAMETERS),)


@each_door
def test_parameters_are_an_objects_schema_kept_as_it_is(door: str) -> None:
    schema = {"$schema": "x", "properties": {"a": {"anyOf": [{"const": 1}]}}, "$defs": {}}
    [spec] = tools(door, {"name": "f", "parameters": schema})
    assert spec.parameters == {"type": "object", **schema}


@each_door
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (5, "should be an object"),
        (None, "should be an object"),
        ({}, "'name' must be 1 to 128 of the letters"),
        ({"name": ""}, "'name' must be"),
        ({"name": "x" * 129}, "'name' must be"),
        ({"name": "two words"}, "'name' must be"),
        ({"name": "f\n"}, "'name' must be"),
        ({"name": "é"}, "'name' must be"),
        ({"type": "function"}, "'name' must be"),
        ({"type": "function", "function": {"name": 5}}, "'function.name' must be"),
        ({"type": "function", "function": "f"}, "'function' must be an object"),
        ({"type": "web_search", "name": "f"}, "Only the type 'function' is supported"),
        ({"name": "f", "description": 5}, "'description' must be a string"),
        ({"function": {"name": "f", "parameters": []}}, "'function.parameters' must be a JSON"),
        ({"name": "f", "parameters": {"type": "string"}}, "'parameters' must be of type 'object'"),
    ],
)
def test_a_tool_that_makes_no_sense_is_refused_where_it_stands(
    door: str, given: Any, told: str
) -> None:
    kind = SchemaViolation if "chat" in door else InvalidField
    text = refused(door, kind, tools=[NESTED, given])
    assert told in text
    assert ("tools[1]" in text) or ("tools.1" in text) or ('"tools", 1' in text)


@each_door
def test_tools_are_a_list_of_a_sane_length_and_of_different_names(door: str) -> None:
    many = [{"name": f"f{number}"} for number in range(128)]
    assert len(tools(door, *many)) == 128
    kind = SchemaViolation if "chat" in door else InvalidField
    assert "at most 128" in refused(door, kind, tools=[*many, {"name": "g"}])
    if door != "workers messages":
        # There the card's schema speaks first, and takes what is no list for no tools.
        assert "tools" in refused(door, RequestError, tools={"name": "f"})
    told = refused(door, InvalidField, tools=[FLAT, CLOCK, NESTED])
    assert "two tools of the name 'weather'" in told


@each_door
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, ToolChoice("auto")),
        ("auto", ToolChoice("auto")),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("required")),
        ("any", ToolChoice("required")),
        ({"type": "function", "function": {"name": "clock"}}, ToolChoice("required", "clock")),
        ({"type": "function", "name": "clock"}, ToolChoice("required", "clock")),
        ({"function": {"name": "clock"}}, ToolChoice("required", "clock")),
    ],
)
def test_a_choice_is_a_word_or_names_a_tool(door: str, given: Any, meant: ToolChoice) -> None:
    assert parse(door, tools=[FLAT, CLOCK], tool_choice=given).tool_choice == meant


@each_door
@pytest.mark.parametrize(
    "given",
    [
        *("", "always", 5, True, [], {}, {"type": "function"}),
        {"type": "tool", "name": "clock"},
        {"type": "function", "function": {"name": 5}},
    ],
)
def test_a_choice_that_says_nothing_clear_is_refused(door: str, given: Any) -> None:
    kind = SchemaViolation if "chat" in door else InvalidField
    text = refused(door, kind, tools=[CLOCK], tool_choice=given)
    assert "tool_choice" in text
    assert "'auto', 'none', 'required', 'any' or an object that names a function" in text


@each_door
def test_a_choice_names_a_tool_that_is_there(door: str) -> None:
    asked = {"type": "function", "function": {"name": "radio"}}
    text = refused(door, InvalidField, tools=[CLOCK], tool_choice=asked)
    assert "'tool_choice' names no tool of 'tools': radio" in text


@each_door
@pytest.mark.parametrize("none", [{}, {"tools": []}, {"tools": None}])
def test_a_call_cannot_be_asked_for_without_tools(door: str, none: Any) -> None:
    text = refused(door, InvalidField, **none, tool_choice="required")
    assert "'tool_choice' asks for a call without 'tools'" in text
    for nothing in ("auto", "none", None):
        asked = parse(door, **none, tool_choice=nothing, parallel_tool_calls=False)
        assert asked == parse(door)


@each_door
@pytest.mark.parametrize(("given", "meant"), [(None, True), (True, True), (False, False)])
def test_calls_may_be_kept_from_being_several(door: str, given: Any, meant: bool) -> None:
    asked = parse(door, tools=[CLOCK], parallel_tool_calls=given)
    assert asked.tool_choice == ToolChoice(parallel=meant)
    refused(door, RequestError, tools=[CLOCK], parallel_tool_calls="yes")


@each_door
def test_a_call_that_must_be_made_has_no_other_form(door: str) -> None:
    form = {"type": "json_object"}
    text = refused(door, UnsupportedField, tools=[CLOCK], tool_choice="any", response_format=form)
    assert "'response_format' is not supported beside a 'tool_choice'" in text
    assert parse(door, tools=[CLOCK], response_format=form).constraint is not None
    plain = {"type": "text"}
    assert parse(door, tools=[CLOCK], tool_choice="any", response_format=plain)


@pytest.mark.parametrize("door", ["workers messages", "workers prompt"])
def test_raw_text_has_no_place_for_tools(door: str) -> None:
    assert "'tools' is not supported with 'raw'" in refused(
        door, UnsupportedField, raw=True, tools=[CLOCK]
    )
    assert parse(door, raw=True, tools=[], tool_choice="none")
    said = {"role": "assistant", "tool_calls": [CALL]}
    if door == "workers messages":
        assert "'tool_calls' of a message is not supported" in refused(
            door, UnsupportedField, raw=True, messages=[TURN, said]
        )


CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
MADE = ToolCall("f", '{"a":1}', "c1")


def conversation(door: str, *messages: Any) -> tuple[Message, ...]:
    source = parse(door, messages=[TURN, *messages]).input
    assert isinstance(source, ChatInput)
    return source.messages[1:]


@each_chat
@pytest.mark.parametrize(
    ("given", "made"),
    [
        (CALL, MADE),
        ({"id": "c1", "name": "f", "arguments": '{"a":1}'}, MADE),
        ({"name": "f", "arguments": {"a": 1}}, ToolCall("f", '{"a": 1}')),
        ({"function": {"name": "f", "arguments": {"a": "ü"}}}, ToolCall("f", '{"a": "ü"}')),
        ({"id": None, "function": {"name": "f", "arguments": ""}}, ToolCall("f", "{}")),
        ({"function": {"name": "f", "arguments": None}}, ToolCall("f", "{}")),
        ({"name": "f"}, ToolCall("f", "{}")),
        ({**CALL, "name": "f", "arguments": {"a": 1}, "index": 0}, MADE),
    ],
)
@pytest.mark.parametrize("content", [{}, {"content": None}, {"content": ""}], ids=str)
def test_past_calls_come_in_either_shape(
    door: str, given: Any, made: ToolCall, content: Any
) -> None:
    said = {"role": "assistant", **content, "tool_calls": [given]}
    assert conversation(door, said) == (Message("assistant", "", tool_calls=(made,)),)


@each_chat
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (5, "should be an object"),
        ({"type": "custom"}, "Only the type 'function' is supported"),
        ({"id": 5, "name": "f", "arguments": "{}"}, "'id' must be a string"),
        ({"name": "f", "arguments": 0}, "'arguments' must be an object, or one as JSON text"),
        ({"name": "f", "arguments": '{"cut": "off'}, "'arguments' must be an object"),
        ({"name": "f", "arguments": "[]"}, "'arguments' must be an object"),
        ({"name": "f", "arguments": '{"a": NaN}'}, "'arguments' must be an object"),
        ({"function": {"name": "f", "arguments": []}}, "'function.arguments' must be an object"),
        ({"arguments": {}}, "'name' must be"),
    ],
)
def test_a_past_call_that_makes_no_sense_is_refused(door: str, given: Any, told: str) -> None:
    said = {"role": "assistant", "content": "", "tool_calls": [CALL, given]}
    text = refused(door, RequestError, messages=[TURN, said])
    assert told in text
    places = ["messages[1].tool_calls[1]", "messages.1.tool_calls.1", '1, "tool_calls", 1']
    assert any(place in text for place in places)


@each_chat
def test_only_the_assistant_has_made_calls(door: str) -> None:
    text = refused(door, InvalidField, messages=[{**TURN, "tool_calls": [CALL]}])
    assert "is for messages of the role 'assistant'" in text
    assert parse(door, messages=[{**TURN, "tool_calls": []}])
    assert parse(door, messages=[{**TURN, "tool_calls": None}])


@each_chat
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (
            {"role": "tool", "content": "42", "tool_call_id": "c1"},
            Message("tool", "42", tool_call_id="c1"),
        ),
        ({"role": "tool", "content": "42", "name": "f"}, Message("tool", "42", name="f")),
        ({"role": "function", "content": "42", "name": "f"}, Message("tool", "42", name="f")),
        (
            {
                "role": "tool",
                "content": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}],
            },
            Message("tool", "42"),
        ),
    ],
)
def test_results_of_tools_come_in_every_shape(door: str, given: Any, meant: Message) -> None:
    said = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert conversation(door, said, given)[1:] == (meant,)


@each_chat
def test_a_call_in_the_text_of_a_message_is_a_call(door: str) -> None:
    spelled = {"role": "assistant", "content": '{"name":"f","arguments":{"a":1}}'}
    result = {"role": "tool", "name": "f", "content": "42"}
    made = Message("assistant", "", tool_calls=(ToolCall("f", '{"a": 1}'),))
    assert conversation(door, spelled, result) == (made, Message("tool", "42", name="f"))


@each_chat
@pytest.mark.parametrize("field", ["functions", "function_call"])
def test_the_calls_that_came_before_tools_are_refused_by_name(door: str, field: str) -> None:
    value: Any = [{"name": "f", "code": "1"}] if field == "functions" else {"name": "f"}
    assert f"'{field}' " in refused(door, UnsupportedField, **{field: value})


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
KEYS = st.sampled_from(
    [
        *("type", "function", "name", "description", "parameters", "properties", "required"),
        *("arguments", "id", "role", "content", "tool_calls"),
    ]
)
WORDS = st.sampled_from(["function", "f", "object", "tool", "assistant", "auto", "required", "{}"])
ANYTHING = st.recursive(
    PLAIN | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(
    st.sampled_from(list(DOORS)),
    st.fixed_dictionaries(
        {},
        optional={
            "tools": ANYTHING | st.lists(st.dictionaries(KEYS, ANYTHING), max_size=3),
            "tool_choice": ANYTHING,
            "parallel_tool_calls": ANYTHING,
        },
    ),
    st.lists(st.dictionaries(KEYS, ANYTHING), max_size=3),
)
def test_whatever_is_sent_is_understood_or_refused(
    door: str, fields: dict[str, Any], messages: list[Any]
) -> None:
    dialect, card, body = DOORS[door]
    more = {} if "prompt" in body else {"messages": [TURN, *messages]}
    try:
        request = dialect.parse({**body, **fields, **more}, card).request
    except RequestError as error:
        reply = dialect.error(error, META)
        assert reply.status in (400, 422)
    else:
        assert isinstance(request.input, ChatInput)
