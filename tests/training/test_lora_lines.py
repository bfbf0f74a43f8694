"""A user's own lines: read as chats, or refused with their number and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.lora_lines import BadData, BadLine, conversation, read

HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}]
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {}}}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def test_prompt_and_completion_are_one_message_and_its_answer() -> None:
    assert conversation({"prompt": "Hello", "completion": "Good day"}) == conversation(
        {"messages": HELLO}
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"text": "x"}, "neither 'messages' nor 'prompt' and 'completion'"),
        ({"prompt": "x"}, "'completion' must be a string, not null"),
        ({"prompt": "x", "completion": " "}, "'completion' is empty"),
        ({"prompt": "x", "completion": "y", "id": 3}, 'the line has "id", which is not used here'),
        ({"messages": []}, "'messages' must be a list that is not empty"),
        ({"messages": ["x"]}, "messages[0] must be an object"),
        ({"messages": [{"role": "bot", "content": "x"}]}, 'not "bot"'),
        ({"messages": HELLO[:1]}, "the last message must be the assistant's"),
        ({"messages": [user(["x"]), HELLO[1]]}, 'messages[0].content must be a string, not ["x"]'),
        ({"messages": [user("a<|eot_id|>"), HELLO[1]]}, "holds <|eot_id|>, a mark"),
        ({"messages": [user("\ud800"), HELLO[1]]}, "half a surrogate pair"),
        ({"messages": [HELLO[0], assistant("x", weight=0.5)]}, "weight must be 0 or 1, not 0.5"),
        ({"messages": [HELLO[0], assistant("x", weight=0)]}, "nothing to learn"),
        ({"messages": [HELLO[0], assistant("x", tool_calls=[CALL])]}, "both"),
        ({"messages": [HELLO[0], assistant("", tool_calls=[])]}, "tool_calls must be a list"),
        ({"messages": [HELLO[0], {"role": "tool", "content": "2"}, HELLO[1]]}, "no call stands"),
        ({"messages": HELLO, "tools": [{"name": "add"}]}, "tools[0].function must be an object"),
        ({"messages": HELLO[1:], "tools": [TOOL]}, "no user message"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused(line: dict[str, Any], why: str) -> None:
    with pytest.raises(BadLine) as refused:
        conversation(line)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "why"), [("{", "is not JSON"), ("[1]", "must be a JSON object"), (None, "object")]
)
def test_arguments_of_calls_must_be_objects(arguments: Any, why: str) -> None:
    call = {"function": {"name": "add", "arguments": arguments}}
    with pytest.raises(BadLine, match=why):
        conversation({"messages": [HELLO[0], assistant("", tool_calls=[call])]})


def test_a_result_names_a_call_before_it() -> None:
    called = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "c2", "content": "2"}
    with pytest.raises(BadLine, match="names no call"):
        conversation({"messages": [HELLO[0], called, result, HELLO[1]]})


def test_lines_are_numbered_as_in_the_file_and_blank_ones_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text('\n{"prompt": "a", "completion": "b"}\r\n \n[]')
    (first, good), (second, bad) = read(path)
    assert (first, second) == (2, 4)
    assert good == conversation({"prompt": "a", "completion": "b"})
    assert isinstance(bad, BadLine)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="cannot be read: No such file"):
        list(read(tmp_path / "none"))
