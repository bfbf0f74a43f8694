"""Tools, calls and results as each kind of model is shown them, and choices that make no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.prompt.shown import HOUSE, LLAMA_2, LLAMA_3, WITHOUT_TOOLS, own, shown, title
from tests.prompt.tokenizers import KINDS
from understudy.catalog.card import TOOL_FORMATS, ModelCard
from understudy.errors import InvalidInput
from understudy.prompt.prepare import prepare
from understudy.prompt.tools import FORMATS, GENERIC, LLAMA3, arguments_of, offered_tools
from understudy.request import (
    ChatInput,
    GenerationRequest,
    JsonObject,
    Message,
    TextInput,
    ToolCall,
    ToolChoice,
    ToolSpec,
)
from understudy.strict_json import MAX_DEPTH

WEATHER = ToolSpec(
    "weather", "Weather in a city, in °C", {"type": "object", "properties": {"city": {}}}
)
STOP = ToolSpec("stop", "", {"type": "object"})
USER = Message("user", "How warm is Zürich?")


def call(name: str, arguments: str = "{}", identifier: str | None = None) -> ToolCall:
    return ToolCall(name, arguments, identifier)


def test_every_card_names_a_format_that_there_is() -> None:
    assert set(FORMATS) == set(TOOL_FORMATS)
    assert {card.tool_format for card in WITHOUT_TOOLS} == {"generic"}
    assert {HOUSE.tool_format, LLAMA_3.tool_format} == {"llama3"}


@pytest.mark.parametrize("card", [HOUSE, LLAMA_3], ids=title)
def test_a_template_with_places_for_tools_shows_them(card: ModelCard) -> None:
    text = shown(card, USER, tools=[WEATHER])
    spec = {"name": "weather", "description": WEATHER.description, "parameters": WEATHER.parameters}
    listed = json.dumps({"type": "function", "function": spec}, ensure_ascii=False, indent=4)
    assert f"{listed}\n\nHow warm is Zürich?" in text


@pytest.mark.parametrize("card", [HOUSE, LLAMA_3], ids=title)
def test_several_calls_stand_as_the_model_writes_them(card: ModelCard) -> None:
    called = Message("assistant", "", tool_calls=(call("weather", '{"city":"Rome"}'), call("stop")))
    text = shown(card, USER, called, Message("tool", "21"), tools=[WEATHER, STOP])
    form = LLAMA3.form
    first = f'{{"{form.name_key}": "weather", "{form.arguments_key}": {{"city": "Rome"}}}}'
    second = f'{{"{form.name_key}": "stop", "{form.arguments_key}": {{}}}}'
    assert f"assistant<|end_header_id|>\n\n{first}{form.separator}{second}<|eot_id|>" in text


@pytest.mark.parametrize("card", [HOUSE, LLAMA_3], ids=title)
def test_text_beside_a_call_is_not_lost(card: ModelCard) -> None:
    text = shown(card, USER, Message("assistant", "I look.", tool_calls=(call("stop"),)))
    start = "<|start_header_id|>assistant<|end_header_id|>\n\n"
    assert f'{start}I look.<|eot_id|>{start}{{"name": "stop", "parameters": {{}}}}' in text


@pytest.mark.parametrize("card", WITHOUT_TOOLS, ids=title)
def test_any_template_takes_tools_calls_and_results_as_plain_turns(card: ModelCard) -> None:
    text = shown(
        card,
        Message("system", "Be brief."),
        USER,
        Message("assistant", "I look.", tool_calls=(call("weather", '{"city": "Rome"}', "a"),)),
        Message("tool", "21", tool_call_id="a"),
        Message("assistant", "21 °C."),
        Message("user", "And Oslo?"),
        tools=[WEATHER, STOP],
    )
    spec = {"name": "weather", "description": WEATHER.description, "parameters": WEATHER.parameters}
    listed = json.dumps(spec, ensure_ascii=False)
    assert text.index("Be brief.") < text.index(listed) < text.index("How warm")
    form = GENERIC.form
    told = f'{{"{form.name_key}": "weather", "{form.arguments_key}": {{"city": "Rome"}}}}'
    assert f"I look.\n{told}" in text
    assert "Result of weather:\n21" in text
    assert text.index("Result of weather") < text.index("21 °C.") < text.index("And Oslo?")


@pytest.mark.parametrize("card", WITHOUT_TOOLS, ids=title)
def test_a_conversation_without_tools_may_hold_their_results(card: ModelCard) -> None:
    text = shown(card, USER, Message("assistant", "{}"), Message("tool", "21", name="weather"))
    assert "Result of weather:\n21" in text
    assert "You can call tools" not in text


def written(*messages: Message) -> list[tuple[str, str]]:
    turns, tools = GENERIC.written(messages, ())
    assert not tools
    return [(turn.role, turn.content) for turn in turns]


def test_results_find_their_calls_by_id_by_name_or_by_order() -> None:
    calls = (call("a", identifier="1"), call("b", identifier="2"), call("c"), call("d"))
    turns = written(
        Message("assistant", "", tool_calls=calls),
        Message("tool", "of b", tool_call_id="2"),
        Message("tool", "of c", name="c"),
        Message("tool", "of a"),
        Message("tool", "of d", tool_call_id="unknown"),
        Message("tool", "of none"),
        Message("user", "Thanks"),
        Message("tool", "of x", name="x"),
    )
    assert [role for role, _ in turns] == ["assistant", "user", "user", "user"]
    told = [f"Result of {name}:\nof {name}" for name in "bcad"]
    assert turns[1][1] == "\n\n".join([*told, "Result of the tool:\nof none"])
    assert turns[3][1] == "Result of x:\nof x"


def test_several_calls_stand_on_lines_of_their_own() -> None:
    [(_, text)] = written(Message("assistant", "", tool_calls=(call("a"), call("b"))))
    assert text == '{"name": "a", "arguments": {}}\n{"name": "b", "arguments": {}}'
    assert GENERIC.form.separator == "\n"


def nested(levels: int) -> str:
    """Arguments that spell a control token, so that they are walked through once more."""
    return '{"a":' * levels + '"<|eot_id|>"' + "}" * levels


@pytest.mark.parametrize("card", [LLAMA_2, LLAMA_3], ids=title)
def test_arguments_may_be_nested_as_deep_as_a_body(card: ModelCard) -> None:
    arguments = nested(MAX_DEPTH)
    text = shown(card, USER, Message("assistant", "", tool_calls=(call("a", arguments),)))
    assert arguments.replace(":", ": ") in text


@pytest.mark.parametrize(
    "arguments",
    ["", "[]", "{", '{"a": NaN}', '{"a": 1e999}', nested(MAX_DEPTH + 1), nested(600)],
    ids=range(7),
)
@pytest.mark.parametrize("card", [LLAMA_2, LLAMA_3], ids=title)
def test_arguments_that_are_no_object_are_refused(card: ModelCard, arguments: str) -> None:
    with pytest.raises(InvalidInput, match="the call of 'a' must be a JSON object"):
        shown(card, USER, Message("assistant", "", tool_calls=(call("a", arguments),)))
    with pytest.raises(InvalidInput):
        arguments_of(call("a", arguments))


@pytest.mark.parametrize("card", [HOUSE, LLAMA_3, *WITHOUT_TOOLS], ids=title)
def test_tools_that_must_not_be_called_are_not_shown(card: ModelCard) -> None:
    text = shown(card, USER, tools=[WEATHER], tool_choice=ToolChoice("none"))
    assert text == shown(card, USER)


@pytest.mark.parametrize("card", WITHOUT_TOOLS, ids=title)
def test_what_tools_say_spells_no_control_token(card: ModelCard) -> None:
    tool = ToolSpec("stop", "<|eot_id|>", {"type": "object", "description": "<|eot_id|>"})
    request = GenerationRequest(card.name, ChatInput((USER,), (tool,)))
    tokenizer = KINDS["byte-level"]
    _, prompt = prepare(request, tokenizer=tokenizer, template=own(card), context_length=4000)
    assert prompt.text.count("<|eot_id|>") == 2
    assert tokenizer.special_tokens["<|eot_id|>"] not in prompt.token_ids


def offered(*names: str, given: Any = None, **asked: Any) -> list[str]:
    tools = tuple(ToolSpec(name, "", {}) for name in names)
    request = GenerationRequest("m", given or ChatInput((USER,), tools), **asked)
    return [tool.name for tool in offered_tools(request)]


def test_the_model_is_offered_what_it_may_call() -> None:
    assert offered("a", "b.c:d/e-f_G9") == ["a", "b.c:d/e-f_G9"]
    assert offered("a", "b", tool_choice=ToolChoice("required", "b")) == ["a", "b"]
    assert offered("a", tool_choice=ToolChoice("none")) == []
    assert offered(given=TextInput("x")) == []


@pytest.mark.parametrize("name", ["", " ", "a b", "é", 'a"', "a\n", "{}", "x" * 129, "\ud800"])
def test_a_name_that_no_call_could_hold_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be the name of a tool") as caught:
        offered("fine", name)
    assert caught.value.part == "tools"
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("names", "asked", "part"),
    [
        (("a", "b", "a"), {}, "tools"),
        (("a", "a"), {"tool_choice": ToolChoice("none")}, "tools"),
        ((), {"tool_choice": ToolChoice("required")}, "tool_choice"),
        (("a",), {"tool_choice": ToolChoice("required", "b")}, "tool_choice"),
        (("a",), {"tool_choice": ToolChoice("required"), "constraint": JsonObject()}, "constraint"),
        ((), {"given": TextInput("x"), "tool_choice": ToolChoice("required")}, "tool_choice"),
    ],
)
def test_tools_and_choices_that_make_no_sense_are_refused(
    names: tuple[str, ...], asked: dict[str, Any], part: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        offered(*names, **asked)
    assert caught.value.part == part
