"""Calls in answers: whatever a stream says in pieces, a body says at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.dialects.openai_wire import CARD, META, MINIMAL, streamed, values, whole
from tests.dialects.openai_wire import DIALECTS as OPENAI
from understudy.catalog.registry import Catalog
from understudy.dialects.told_calls import call_id, native_calls
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    ToolCallEvent,
    Usage,
    UsageEvent,
)
from understudy.request import ToolCall

LLAMA_3 = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
ASKED = {"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "f"}]}
SAID = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUE = st.integers() | SAID | st.none() | st.lists(st.booleans(), max_size=2)
ARGUMENTS = st.builds(
    lambda value, indent, plain: json.dumps(value, indent=indent, ensure_ascii=plain),
    st.dictionaries(SAID, VALUE, max_size=3),
    st.sampled_from([None, 1]),
    st.booleans(),
)


@st.composite
def one_choice(draw: Any, index: int, may_be_cut: bool = True) -> list[Event]:
    """The events of one answer: text, then calls, each in pieces."""
    events: list[Event] = [TextEvent(index, text) for text in draw(st.lists(SAID, max_size=3))]
    calls = draw(st.lists(st.tuples(SAID.filter(bool), ARGUMENTS), max_size=3))
    cut = may_be_cut and draw(st.booleans())
    for position, (name, arguments) in enumerate(calls):
        identifier = draw(st.none() | st.just(f"call_{index}{position}"))
        events.append(ToolCallEvent(index, position, name=name, id=identifier))
        last = position == len(calls) - 1
        whole_text = (
            arguments[: draw(st.integers(0, len(arguments)))] if last and cut else arguments
        )
        while whole_text:
            length = draw(st.integers(1, len(whole_text)))
            events.append(ToolCallEvent(index, position, whole_text[:length]))
            whole_text = whole_text[length:]
    reason = FinishReason.LENGTH if cut else FinishReason.TOOL_CALLS if calls else FinishReason.STOP
    return [*events, FinishEvent(index, reason)]


@st.composite
def in_steps(draw: Any, *choices: list[Event]) -> list[list[Event]]:
    """The events of all choices, mixed and cut into steps at random."""
    left = [list(events) for events in choices]
    steps: list[list[Event]] = [[PromptEvent(7, 4)], []]
    while any(left):
        events = draw(st.sampled_from([events for events in left if events]))
        steps[-1].append(events.pop(0))
        if draw(st.booleans()):
            steps.append([])
    return [*steps, [UsageEvent(Usage(7, 9, 4))]]


@given(st.data())
def test_a_native_stream_adds_up_to_the_body(data: Any) -> None:
    steps = data.draw(in_steps(data.draw(one_choice(0))))
    call = WorkersAI().parse({**ASKED, "stream": True}, LLAMA_3)
    sent = streamed(call, steps)
    # As httpx reads lines, which break at more than line feeds.
    assert all(line.startswith("data: ") for line in sent.decode().splitlines() if line)
    frames = values(sent)
    result = json.loads(whole(call, steps))["result"]
    folded = {"response": "".join(frame.pop("response") for frame in frames)}
    with_calls = [frame for frame in frames if "tool_calls" in frame]
    assert len(with_calls) <= 1
    assert all(frame["tool_calls"] for frame in with_calls)
    for frame in frames:
        folded |= frame
    assert folded == result
    for told in result.get("tool_calls", ()):
        assert json.loads(told["function"]["arguments"]) == told["arguments"]
        assert told["function"]["name"] == told["name"]


@given(st.data(), st.sampled_from(["openai", "workers"]))
def test_a_chats_stream_adds_up_to_the_body_and_suits_openai(data: Any, door: str) -> None:
    steps = data.draw(in_steps(*[data.draw(one_choice(index)) for index in range(2)]))
    dialect = OPENAI["openai_chat"] if door == "openai" else WorkersChat()
    call = dialect.parse({**MINIMAL["openai_chat"], **ASKED, "n": 2, "stream": True}, CARD)
    body = json.loads(whole(call, steps))
    ChatCompletion.model_validate(body, strict=False)
    folded: list[Any] = [{"content": "", "tool_calls": [], "finish_reason": None} for _ in range(2)]
    for chunk in values(streamed(call, steps)):
        ChatCompletionChunk.model_validate(chunk)
        for choice in chunk["choices"]:
            into, delta = folded[choice["index"]], choice["delta"]
            into["content"] += delta.get("content", "")
            into["finish_reason"] = choice["finish_reason"] or into["finish_reason"]
            for piece in delta.get("tool_calls", ()):
                _add(into["tool_calls"], piece)
    for choice, into in zip(body["choices"], folded, strict=True):
        assert choice["finish_reason"] == into["finish_reason"]
        assert choice["message"].get("tool_calls", []) == into["tool_calls"]
        text = into["content"] or (None if into["tool_calls"] else "")
        assert choice["message"]["content"] == text


def _add(calls: list[Any], piece: dict[str, Any]) -> None:
    """As OpenAI's clients do: the first piece of an index says what it is, the rest is text."""
    index = piece.pop("index")
    if index == len(calls):
        assert piece.keys() == {"id", "type", "function"}
        assert piece["id"]
        calls.append(piece)
    else:
        assert piece.keys() == {"function"}
        calls[index]["function"]["arguments"] += piece["function"]["arguments"]


@pytest.mark.parametrize(
    "arguments", ["{", '{"a": "b', "[]", "1", "null", '{"a": NaN}', "{" * 100_000], ids=range(7)
)
def test_a_call_that_has_no_whole_arguments_is_left_out(arguments: str) -> None:
    assert native_calls(META, [ToolCall("f", arguments)]) is None
    told = native_calls(META, [ToolCall("g", "{}", "c"), ToolCall("f", arguments)])
    assert [call["name"] for call in json.loads(told or b"")] == ["g"]


@pytest.mark.parametrize("arguments", ["", " ", "{}", " {} "])
def test_a_call_without_arguments_has_an_empty_object(arguments: str) -> None:
    [told] = json.loads(native_calls(META, [ToolCall("f", arguments, "c")]) or b"")
    assert told["arguments"] == {}
    assert told["function"] == {"name": "f", "arguments": "{}"}


def test_arguments_go_out_as_they_were_written() -> None:
    text = '{"a": 1e999, "b": %s, "a": "\\u00e9 é"}' % ("9" * 5000)
    told = native_calls(META, [ToolCall("f", text, "c")])
    assert told is not None
    assert b'"arguments":' + text.encode() in told


def test_every_call_has_an_id_of_its_own() -> None:
    assert call_id(META, 0, 0, "given") == "given"
    made = {call_id(META, choice, position, None) for choice in (0, 1) for position in (0, 1)}
    assert len(made) == 4


def test_json_mode_gives_way_to_calls_and_not_to_nothing() -> None:
    call = WorkersAI().parse({**ASKED, "response_format": {"type": "json_object"}}, LLAMA_3)
    called: list[list[Event]] = [
        [PromptEvent(1), ToolCallEvent(0, 0, "{}", name="f", id="c")],
        [FinishEvent(0, FinishReason.TOOL_CALLS)],
    ]
    result = json.loads(whole(call, called))["result"]
    assert (result["response"], len(result["tool_calls"])) == ("", 1)
    answered: list[list[Event]] = [[TextEvent(0, '{"a":1}'), FinishEvent(0, FinishReason.STOP)]]
    assert json.loads(whole(call, answered))["result"]["response"] == {"a": 1}


def test_calls_are_padded_as_texts_are() -> None:
    call = WorkersAI(padding=True).parse(ASKED, LLAMA_3)
    steps: list[list[Event]] = [[ToolCallEvent(0, 0, "{}", name="f", id="c")]]
    first, last = values(streamed(call, steps))
    assert first["p"].isalnum()
    assert "p" not in last
