"""Calls of tools through OpenAI's package, with the real engine and the bundled model."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

CITY = {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"]}
TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "parameters": CITY}},
    {"type": "function", "function": {"name": "get_time"}},
]
NAMED = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize("choice", ["required", NAMED], ids=["required", "named"])
def test_a_call_that_is_asked_for_is_made_streamed_and_not(chat: Any, choice: Any) -> None:
    asked = {"tools": TOOLS, "tool_choice": choice, "parallel_tool_calls": False, "max_tokens": 60}
    [answer] = chat(**asked).choices
    assert answer.finish_reason == "tool_calls"
    assert answer.message.content is None
    [call] = answer.message.tool_calls
    assert call.function.name == "get_weather" or choice == "required"
    arguments = json.loads(call.function.arguments)
    assert arguments.get("city") in ("Paris", "Rome") or call.function.name == "get_time"

    chunks = [chunk.choices[0] for chunk in chat(**asked, stream=True) if chunk.choices]
    first, *rest = [piece for c in chunks for piece in c.delta.tool_calls or ()]
    assert (first.id, first.type, first.function.name) == (call.id, "function", call.function.name)
    pieces = [first.function.arguments, *(piece.function.arguments for piece in rest)]
    assert "".join(pieces) == call.function.arguments
    assert len(rest) > 1 or not arguments
    assert {piece.index for piece in rest} == {0}
    assert chunks[-1].finish_reason == "tool_calls"

    result = {"role": "tool", "tool_call_id": call.id, "content": "It rains."}
    turns = [{"role": "user", "content": "What is it like?"}, answer.message, result]
    assert chat(messages=turns, tools=TOOLS, tool_choice="none").choices[0].message.content


def test_a_tool_that_is_not_there_cannot_be_asked_for(chat: Any) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        chat(tools=TOOLS[1:], tool_choice=NAMED)
    assert refused.value.param == "tool_choice"
