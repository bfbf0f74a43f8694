"""Calls in the text of an answer: found however it is cut, and nothing else taken for one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.decode.tool_parsers.head import Heads
from understudy.decode.tool_parsers.reader import CallReader, Fits, Part
from understudy.events import ToolCallEvent
from understudy.request import ToolCallForm

NAMES = ("get_weather", "get", "stop")
LLAMA = ToolCallForm(separator="; ")
WEATHER = '{"name": "get_weather", "parameters": {"city": "Rome"}}'
STOP = '{"name": "stop", "parameters": {}}'
ROME = ("get_weather", '{"city": "Rome"}')


@dataclass
class Read:
    """What a reader told, put together."""

    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    called: bool = False
    length: int = 0
    pieces: list[str] = field(default_factory=list)


def rainless(name: str, arguments: str) -> bool:
    return "rain" not in arguments


def reader(held: bool = False, most: int = 16, fits: Fits | None = None) -> CallReader:
    heads = Heads(NAMES, LLAMA, held)
    return CallReader(3, heads, held, most, lambda position: f"id{position}", fits)


def add(read: Read, parts: list[Part]) -> None:
    for part in parts:
        read.length += part.length
        match part.told:
            case str(text):
                assert len(text) == part.length
                read.text += text
            case ToolCallEvent(choice, position, arguments, None, None):
                assert (choice, position) == (3, len(read.calls) - 1)
                name, before = read.calls[-1]
                read.calls[-1] = name, before + arguments
                read.pieces.append(arguments)
            case ToolCallEvent(choice, position, "", str(name), identifier):
                assert (choice, position) == (3, len(read.calls))
                assert identifier == f"id{position}"
                read.calls.append((name, ""))


def read_in(
    pieces: list[str], held: bool = False, most: int = 16, fits: Fits | None = None
) -> Read:
    reading, read = reader(held, most, fits), Read()
    for piece in pieces:
        add(read, reading.push(piece))
    add(read, reading.flush())
    read.called = reading.called
    return read


def read_all(text: str, held: bool = False, most: int = 16) -> Read:
    return read_in([text], held, most)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        WEATHER,
        f"  {WEATHER}\n",
        '{"name":"get_weather","parameters":{"city": "Rome"}}',
        '{ "name" : "get_weather" ,\n  "parameters" :\n{"city": "Rome"} }',
        '{"type": "function", "name": "get_weather", "parameters": {"city": "Rome"}}',
        '{"function": "get_weather", "parameters": {"city": "Rome"}}',
        f"```json\n{WEATHER}\n```",
        f"```\n{WEATHER}```\n",
        f"<|python_tag|>{WEATHER}",
        f"<tool_call>\n{WEATHER}\n</tool_call>",
        f"[{WEATHER}]",
        f"```json\n[\n{WEATHER}\n]\n```",
    ],
)
def test_a_call_is_found_in_every_dress(text: str, held: bool) -> None:
    read = read_all(text, held)
    assert (read.text, read.calls, read.called) == ("", [ROME], True)
    assert read.length == len(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "get_weather", "arguments": {"city": "Rome"}}',
        '{"type": "function", "function": {"name": "get_weather", "parameters": {"city": "Rome"}}}',
        '{"function": {"name": "get_weather", "arguments": {"city": "Rome"}}}',
    ],
)
def test_what_no_grammar_holds_may_have_other_keys(text: str) -> None:
    assert read_all(text).calls == [ROME]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("separator", ["; ", "\n", "", ", ", "\n```\n```json\n", " ;\n\n"])
def test_several_calls_are_told_apart_and_numbered(separator: str, held: bool) -> None:
    text = separator.join([WEATHER, STOP, WEATHER])
    read = read_all(text, held)
    assert (read.text, read.calls, read.called) == ("", [ROME, ("stop", "{}"), ROME], True)


@pytest.mark.parametrize("held", [True, False])
def test_text_before_a_call_and_after_it_is_kept(held: bool) -> None:
    text = f"Let me look: {{ {WEATHER}\nThat was it. {STOP} Done."
    read = read_all(text, held)
    assert read.text == "Let me look: {\nThat was it. Done."
    assert read.calls == [ROME, ("stop", "{}")]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, {braces} [brackets] `ticks` <tags> and\n\n  blanks  ",
        '{"name": "Bob", "age": 3}',
        '{"name": "get_weather_now", "parameters": {}}',
        '{"name": "sto',
        '{"name": "stop"}',
        '{"name": "stop", "age": 3}',
        '{"name": "stop", "parameters": [1]}',
        '{"name": "stop", "parameters": "{}"}',
        '```json\n{"a": 1}\n```',
        "```python\nprint(1)\n```",
        "[1, 2, {}]",
        "<|python_",
        "{",
        "``",
        "\n" * 300 + "x",
    ],
)
def test_what_is_no_call_is_text(text: str, held: bool) -> None:
    assert read_all(text, held) == Read(text, length=len(text))
    assert read_in(list(text), held) == Read(text, length=len(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "stop", "parameters": {"a": tru}}',
        '{"name": "stop", "parameters": {"a": NaN}}',
        '{"name": "stop", "parameters": {"a": ]}} and so on',
        '{"name": "stop", "parameters": {"a": 1}, "id": 7}',
        '{"name": "stop", "parameters": {"a": 1}',
        '{"name": "stop", "parameters": {"a": "never ends}}',
        '{"function": {"name": "stop", "parameters": {}}',
        '{"name": "stop", "parameters": ' + '{"a":' * 20_000,
    ],
)
def test_a_call_whose_json_is_wrong_is_text_to_the_last_character(text: str) -> None:
    assert read_all(text) == Read(text, length=len(text))
    after = read_all(f"{text}\n{STOP}")
    assert after.length == len(text) + 1 + len(STOP)


def test_after_a_broken_call_the_next_one_is_read() -> None:
    broken = '{"name": "stop", "parameters": {"a": tru}}'
    read = read_all(f"{broken}\n{WEATHER}")
    assert (read.text, read.calls) == (broken, [ROME])


def test_a_held_call_is_told_as_it_comes() -> None:
    reading, read = reader(held=True), Read()
    seen = []
    for char in WEATHER:
        add(read, reading.push(char))
        seen.append((len(read.calls), "".join(read.pieces)))
    name = WEATHER.index('{"city')
    assert seen[name - 1] == (0, "")
    assert seen[name] == (1, "{")
    assert seen[name + 6] == (1, '{"city"')
    assert not reader(held=True).called


def test_a_call_that_no_grammar_holds_is_told_once_it_is_whole() -> None:
    reading, read = reader(held=False), Read()
    add(read, reading.push(WEATHER[:-1]))
    assert read == Read()
    add(read, reading.push(WEATHER[-1]))
    assert read.calls == [ROME]


def test_a_held_call_that_is_cut_off_is_told_so_far_and_not_called() -> None:
    for text in (WEATHER[:-10], WEATHER[:-1]):
        read = read_all(text, held=True)
        assert read.calls == [("get_weather", text[text.index('{"city') :])]
        assert (read.text, read.called) == ("", False)


def test_strings_in_arguments_hide_braces_and_quotes() -> None:
    arguments = json.dumps({"a": '}{"\\"', "b": ["]", {"c": "\\"}]})
    text = f'{{"name": "get", "parameters": {arguments}}}'
    for held in (True, False):
        assert read_all(text, held).calls == [("get", arguments)]


@pytest.mark.parametrize("held", [True, False])
def test_no_more_calls_are_read_than_may_be_made(held: bool) -> None:
    read = read_all(f"{WEATHER}; {STOP}", held, most=1)
    assert (read.calls, read.text) == ([ROME], f"; {STOP}")
    assert read_all(f"{WEATHER}\n", held, most=1).text == ""


@pytest.mark.parametrize(
    "text", [f"[1, {WEATHER}]", f"[{WEATHER}]", f"Look: {WEATHER}", WEATHER.replace("Rome", "rain")]
)
def test_where_answers_are_calls_or_json_calls_come_bare_and_fit(text: str) -> None:
    for pieces in ([text], list(text)):
        assert read_in(pieces, fits=rainless) == Read(text, length=len(text))
    read = read_in(list(f"\n{WEATHER};\n{STOP}"), fits=rainless)
    assert (read.text, read.calls) == ("", [ROME, ("stop", "{}")])


def test_the_keys_of_the_form_are_known_too() -> None:
    form = ToolCallForm(name_key="tool", arguments_key="with")
    reading = CallReader(3, Heads(NAMES, form, True), True, 1, lambda position: "id0")
    read = Read()
    add(read, reading.push('{"tool": "stop", "with": {"a": 1}}'))
    assert read.calls == [("stop", '{"a": 1}')]


BITS = [
    *(WEATHER, STOP, '{"name": "get", "arguments": {"a": [1, "}"]}}', "Hello", "é", "\\"),
    *(" ", "\n", "; ", ",", "```json\n", "```", "[", "]", "{", "}", '"', " " * 70),
    *('{"name": "', "get_weather", '", "parameters": ', '"name": "stop"', '{"function": {'),
    *('{"type": "function", "function": ', "<tool_call>", "</tool_call>", "<|python_tag|>"),
    '{"name": "stop", "parameters": {"a": tru}}',
]


@settings(deadline=None, max_examples=300)
@given(
    bits=st.lists(st.sampled_from(BITS), max_size=12),
    cuts=st.lists(st.integers(0, 400), max_size=30),
    held=st.booleans(),
    most=st.integers(1, 3),
    fits=st.sampled_from([None, rainless]),
)
def test_how_the_text_is_cut_makes_no_difference(
    bits: list[str], cuts: list[int], held: bool, most: int, fits: Fits | None
) -> None:
    text = "".join(bits)
    whole = read_in([text], held, most, fits)
    edges = [0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    for cut in (pieces, list(text)):
        read = read_in(cut, held, most, fits)
        assert (read.text, read.calls, read.called) == (whole.text, whole.calls, whole.called)
        assert read.length == len(text)
    assert len(whole.calls) <= most
    if not whole.calls:
        assert whole.text == text
    if not held:
        assert all(isinstance(json.loads(arguments), dict) for _, arguments in whole.calls)
