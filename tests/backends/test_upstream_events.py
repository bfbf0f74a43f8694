"""Chunks become events: several answers, calls, log-probabilities, echoes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from understudy.backends.upstream_events import ChunkReader
from understudy.backends.upstream_logprobs import Unreadable
from understudy.decode.fold import Answer
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    ToolCallEvent,
    Usage,
)
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Message,
    TextInput,
    TokenInput,
    ToolCall,
)
from understudy.upstreams import Kind, Upstream

TEXT = GenerationRequest("m", TextInput("Once é"))
CHAT = GenerationRequest("m", ChatInput((Message("user", "Hi"),)))
SMILE = "\ud83d\ude42"


def told(names: list[str], offsets: list[int], first: float | None = -1.0) -> dict[str, Any]:
    values = [first, *[-1.0] * (len(names) - 1)]
    tops = [None if value is None else {"x": -0.5} for value in values]
    lists = {"tokens": names, "token_logprobs": values, "top_logprobs": tops}
    return {**lists, "text_offset": offsets}


def chunk(index: int = 0, prompt: int | None = None, **fields: Any) -> dict[str, Any]:
    counted = {} if prompt is None else {"usage": {"prompt_tokens": prompt}}
    return {"choices": [{"index": index, **fields}], **counted}


def events(
    request: GenerationRequest, *chunks: Any, kind: Kind = "vllm", echoes: bool = False
) -> list[Event]:
    reader = ChunkReader(request, Upstream("m", "http://h", "m", kind), echoes)
    found = [event for one in chunks for event in reader.feed(json.dumps(one).encode())]
    return found + reader.end()


def answer(request: GenerationRequest, *chunks: Any, **more: Any) -> Answer:
    folded = Answer()
    folded.add(events(request, *chunks, **more))
    return folded


def test_answers_that_come_mixed_are_told_apart() -> None:
    told_ = answer(
        replace(TEXT, choices=2),
        chunk(1, text="b"),
        {"choices": [{"index": 0, "text": "a"}, {"index": 1, "text": "B"}]},
        chunk(0, text="", finish_reason="stop"),
        chunk(1, text="!", finish_reason="length", prompt=9),
    )
    assert [told_.choices[i].text for i in (0, 1)] == ["a", "bB!"]
    assert [told_.choices[i].finish for i in (0, 1)] == [FinishReason.STOP, FinishReason.LENGTH]
    assert told_.usage == Usage(9, 0)


def test_nothing_is_said_before_there_is_something_to_say() -> None:
    reader = ChunkReader(CHAT, Upstream("m", "http://h", "m"), False)
    opening = chunk(delta={"role": "assistant", "content": ""}, prompt=4)
    assert reader.feed(json.dumps(opening).encode()) == []
    first, *_ = reader.feed(json.dumps(chunk(delta={"content": "Hi"})).encode())
    assert first == PromptEvent(4)


def test_half_of_a_surrogate_pair_becomes_a_character_that_can_be_sent() -> None:
    chunks = [chunk(text=SMILE), chunk(text="\ud83d"), chunk(text="", finish_reason="stop")]
    assert answer(TEXT, *chunks).choices[0].text == "\U0001f642\ufffd"


CALLS = [
    {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
    {"index": 0, "function": {"arguments": '{"x"'}},
    {"index": 1, "function": {"name": "g", "arguments": "{}"}},
    {"index": 0, "function": {"arguments": ": 1}"}},
    {"index": 1, "function": {"arguments": ""}},
]


def test_an_empty_finish_reason_is_none() -> None:
    chunks = [chunk(text="a", finish_reason=""), chunk(text="b", finish_reason="stop")]
    assert answer(TEXT, *chunks).choices[0].text == "ab"


@pytest.mark.parametrize("reason", ["stop", "tool_calls"])
def test_calls_are_passed_on_piece_by_piece(reason: str) -> None:
    chunks = [chunk(delta={"tool_calls": [call]}) for call in CALLS]
    chunks.append(chunk(delta={}, finish_reason=reason))
    pieces = [event for event in events(CHAT, *chunks) if isinstance(event, ToolCallEvent)]
    assert [(piece.position, piece.name) for piece in pieces] == [
        *((0, "f"), (0, None), (1, "g"), (0, None)),
    ]
    found = answer(CHAT, *chunks).choices[0]
    assert found.tool_calls == [ToolCall("f", '{"x": 1}', "a"), ToolCall("g", "{}", None)]
    assert found.finish is FinishReason.TOOL_CALLS


@pytest.mark.parametrize(
    "call",
    [
        {"index": 1, "function": {"name": "f"}},
        {"index": -1, "function": {"name": "f"}},
        {"index": "0", "function": {"name": "f"}},
        {"index": 0, "function": {"arguments": "{}"}},
        {"index": 0, "function": {"name": 5}},
        {"index": 0, "function": "f"},
        "f",
    ],
    ids=str,
)
def test_calls_that_make_no_sense_are_said_to(call: Any) -> None:
    with pytest.raises(Unreadable):
        events(CHAT, chunk(delta={"tool_calls": [call]}))


def test_log_probabilities_come_with_their_places() -> None:
    request = replace(TEXT, logprobs=1)
    chunks = [
        chunk(text="é", logprobs=told(["é"], [99])),
        chunk(text="b", logprobs=told(["b"], [99])),
        chunk(text="", finish_reason="stop"),
    ]
    found = answer(request, *chunks).choices[0].logprobs
    assert [one.offset for one in found] == [0, 1]
    assert [[(two.piece, two.offset) for two in one.top] for one in found] == [
        [(b"x", 0)],
        [(b"x", 1)],
    ]
    # One of our own tells them rightly, and also where pieces do not show them.
    assert answer(request, *chunks, kind="understudy").choices[0].logprobs[0].offset == 99


def test_an_answer_without_the_log_probabilities_asked_for_is_none() -> None:
    ending = chunk(text="", finish_reason="stop")
    with pytest.raises(Unreadable, match="without the log-probabilities"):
        events(replace(TEXT, logprobs=0), chunk(text="a"), ending)
    # An answer that ends at once has none.
    assert FinishEvent(0, FinishReason.STOP) in events(replace(TEXT, logprobs=0), ending)


PROMPT = told(["<s>", "Once", " é"], [0, 3, 7], None)
BOTH = told(["<s>", "Once", " é", " up"], [0, 3, 7, 9], None)


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(text="Once é up", logprobs=BOTH, prompt=3)],
        [
            chunk(text="Once é", logprobs=PROMPT, prompt=3),
            chunk(text=" up", logprobs=told([" up"], [9]), prompt=3),
        ],
        [
            chunk(text="Once", logprobs=told(["<s>", "Once"], [0, 3], None), prompt=3),
            chunk(text=" é up", logprobs=told([" é", " up"], [7, 9]), prompt=3),
        ],
    ],
    ids=["together", "apart", "otherwise"],
)
@pytest.mark.parametrize("logprobs", [0, 1])
def test_an_echo_is_told_from_the_answer(chunks: list[Any], logprobs: int) -> None:
    request = replace(TEXT, echo=True, logprobs=logprobs)
    ending = chunk(text="", finish_reason="stop")
    found = answer(request, *chunks, ending, echoes=True).choices[0]
    assert (found.echo, found.text) == ("Once é", " up")
    assert [one.offset for one in found.logprobs] == [0, 0, 4, 6]
    assert found.logprobs[0].logprob is None
    assert len(found.token_ids) == 1


@pytest.mark.parametrize("together", [True, False])
def test_the_echo_of_token_ids_is_as_long_as_they_are(together: bool) -> None:
    request = replace(TEXT, input=TokenInput((5, 6)), echo=True)
    lists = told(["Once", " é", " up"], [0, 4, 6], None)
    chunks = [
        chunk(text="Once é", logprobs={k: v[:2] for k, v in lists.items()}),
        chunk(text=" up", logprobs={k: v[2:] for k, v in lists.items()}),
    ]
    chunks = [chunk(text="Once é up", logprobs=lists)] if together else chunks
    found = answer(request, *chunks, chunk(text="", finish_reason="stop"), echoes=True).choices[0]
    assert (found.echo, found.text) == ("Once é", " up")
    # They were asked for only to tell the two apart.
    assert found.logprobs == []


def test_an_echo_of_something_else_is_said_to_be() -> None:
    request = replace(TEXT, echo=True, logprobs=0)
    with pytest.raises(Unreadable, match="an echo that is not the prompt"):
        events(request, chunk(text="Twice", logprobs=PROMPT, prompt=3), echoes=True)
