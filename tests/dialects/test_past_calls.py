"""Calls that clients spell in the text of messages, and texts that only look like calls."""

from __future__ import annotations

import pytest

from understudy.dialects.past_calls import with_calls
from understudy.request import Message, ToolCall

ASK = Message("user", "Where?")
RESULT = Message("tool", "42", name="f")
SPELLED = '{"name": "f", "arguments": {"a": 1}}'
MADE = ToolCall("f", '{"a": 1}')


def said(text: str, *calls: ToolCall) -> Message:
    return Message("assistant", text, tool_calls=calls)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (SPELLED, MADE),
        (f" {SPELLED}\n", MADE),
        ('{"name":"f","arguments":"{\\"a\\": 1}"}', MADE),
        ('{"name": "f", "parameters": {"a": 1}}', MADE),
        ('{"name": "f", "arguments": {}, "id": "c1"}', ToolCall("f", "{}", "c1")),
        (
            '{"type":"function","function":{"name":"f","arguments":"{}"},"id":"c1"}',
            ToolCall("f", "{}", "c1"),
        ),
        (
            '{"name":"f","arguments":{"a":"é"},"id":"c1","type":"function","index":0,'
            '"function":{"name":"f","arguments":"{}"}}',
            ToolCall("f", '{"a": "é"}', "c1"),
        ),
    ],
)
def test_a_text_that_spells_a_call_is_one_before_a_result(text: str, call: ToolCall) -> None:
    assert with_calls([ASK, said(text), RESULT]) == (ASK, said("", call), RESULT)


def test_several_calls_in_a_row_are_one_turn() -> None:
    other = '{"name": "g", "arguments": {}}'
    turn = said("", MADE, ToolCall("g", "{}"))
    results = [RESULT, Message("tool", "7", name="g")]
    assert with_calls([ASK, said(SPELLED), said(other), *results]) == (ASK, turn, *results)
    # A second round of calls is a turn of its own.
    again = with_calls([said(SPELLED), RESULT, said(other), RESULT])
    assert again == (said("", MADE), RESULT, said("", ToolCall("g", "{}")), RESULT)


@pytest.mark.parametrize(
    "messages",
    [
        [ASK, said(SPELLED)],
        [ASK, said(SPELLED), ASK],
        [ASK, said(SPELLED), said("Well."), RESULT],
        [Message("user", SPELLED), RESULT],
        [said(SPELLED), Message("system", "Go on."), RESULT],
        [said(SPELLED, ToolCall("g", "{}")), RESULT],
    ],
)
def test_json_that_no_result_follows_is_an_answer(messages: list[Message]) -> None:
    assert with_calls(messages) == tuple(messages)


@pytest.mark.parametrize(
    "text",
    [
        *("", "f", "{}", "[]", "{f}", '{"name": "f"}', '{"name": 5, "arguments": {}}'),
        *('{"name": "f", "arguments": []}', '{"name": "f", "arguments": "no"}'),
        *('{"name": "", "arguments": {}}', '{"name": "f", "arguments": {"a": NaN}}'),
        *('{"name": "f", "arguments": {"a": 1e999}}', '{"a":' * 100_000 + "1" + "}" * 100_000),
    ],
    ids=range(13),
)
def test_a_text_that_spells_no_call_stays(text: str) -> None:
    assert with_calls([said(text), RESULT]) == (said(text), RESULT)


def test_a_call_that_is_told_twice_is_told_once() -> None:
    call = ToolCall("f", '{"a":1}', "c1")
    assert with_calls([said(SPELLED, call), RESULT]) == (said("", call), RESULT)
    assert with_calls([said("Let me see.", call), RESULT])[0].content == "Let me see."


def test_nothing_is_lost_and_nothing_added() -> None:
    assert with_calls([]) == ()
    assert with_calls([ASK, said("Here."), ASK]) == (ASK, said("Here."), ASK)
