"""A stream's log-probabilities add up to the body's, at both doors, and suit OpenAI's types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.dialects.openai_wire import event, parse, streamed, values, whole
from understudy.dialects.openai_logprobs import chat_logprobs, completion_logprobs
from understudy.events import Event, TextEvent, TextLogprob

logprob = st.floats(max_value=0, allow_nan=False)
pieces = st.text(st.characters(exclude_categories=["Cs"]), max_size=4).map(str.encode)
tokens = st.builds(
    TextLogprob,
    st.integers(0, 99),
    pieces | st.binary(max_size=3),
    logprob,
    st.booleans(),
    st.integers(0, 50),
    st.lists(st.builds(TextLogprob, st.integers(0, 99), pieces, logprob), max_size=3).map(tuple),
)
said = st.lists(st.tuples(st.integers(0, 2), st.text("ab 東"), tokens), max_size=12)


def events(said: list[tuple[int, str, TextLogprob]]) -> list[list[Event]]:
    steps = [[event("prompt", 4)]]
    for choice, text, token in said:
        steps.append([TextEvent(choice, text, (token.token_id,), logprobs=(token,))])
    steps += [[event("finish", choice, "stop")] for choice in (2, 0, 1)]
    return [*steps, [event("usage", 4, len(said))]]


@given(said, st.booleans())
def test_a_streamed_completion_adds_up(said: Any, as_ids: bool) -> None:
    call = parse(
        "openai_completions", n=3, logprobs=3, stream=True, return_tokens_as_token_ids=as_ids
    )
    body = json.loads(whole(call, events(said)))
    assert Completion.model_validate(body, strict=True).choices[2].index == 2
    for choice in body["choices"]:
        added: dict[str, list[Any]] = {name: [] for name in choice["logprobs"]}
        for value in values(streamed(call, events(said))):
            [part] = value["choices"]
            if part["index"] == choice["index"] and part["logprobs"]:
                for name, told in part["logprobs"].items():
                    added[name] += told
        assert added == choice["logprobs"]
        count = sum(1 for index, _, _ in said if index == choice["index"])
        assert {len(told) for told in choice["logprobs"].values()} == {count}


@given(said, st.booleans())
def test_a_streamed_chat_adds_up(said: Any, as_ids: bool) -> None:
    call = parse(
        "openai_chat",
        n=3,
        logprobs=True,
        top_logprobs=3,
        stream=True,
        return_tokens_as_token_ids=as_ids,
    )
    body = json.loads(whole(call, events(said)))
    chunks = values(streamed(call, events(said)))
    ChatCompletion.model_validate(body, strict=True)
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    roles = [c["choices"][0]["index"] for c in chunks if "role" in c["choices"][0]["delta"]]
    assert roles == [0, 1, 2]
    for choice in body["choices"]:
        parts = [c["choices"][0] for c in chunks if c["choices"][0]["index"] == choice["index"]]
        added = [
            entry for part in parts if part["logprobs"] for entry in part["logprobs"]["content"]
        ]
        assert added == choice["logprobs"]["content"]
        assert (
            "".join(part["delta"].get("content", "") for part in parts)
            == (choice["message"]["content"])
        )


@pytest.mark.parametrize("door", ["openai_completions", "openai_chat"])
def test_an_answer_without_tokens_has_empty_lists_where_they_were_asked_for(door: str) -> None:
    asked: dict[str, Any] = {
        "openai_completions": {"logprobs": 0},
        "openai_chat": {"logprobs": True},
    }
    [told] = json.loads(whole(parse(door, **asked[door]), events([])[:2]))["choices"][:1]
    assert all(not entries for entries in told["logprobs"].values())
    [plain] = json.loads(whole(parse(door), events([])[:2]))["choices"][:1]
    assert plain["logprobs"] is None


def test_of_tokens_that_read_the_same_the_likelier_is_told() -> None:
    likely = TextLogprob(65, b"A", -0.5)
    drawn = TextLogprob(3, b"A", -2.0, top=(likely,))
    assert completion_logprobs([drawn], False)["top_logprobs"] == [{"A": -0.5}]
    assert completion_logprobs([drawn], True)["top_logprobs"] == [
        {"token_id:65": -0.5, "token_id:3": -2.0}
    ]


def test_what_json_cannot_hold_is_told_as_the_least_that_it_can() -> None:
    never = TextLogprob(3, b"A", float("-inf"))
    assert completion_logprobs([never], False)["token_logprobs"] == [-9999.0]
    assert chat_logprobs([never], False)["content"][0]["logprob"] == -9999.0


def test_bytes_of_a_chats_tokens_join_to_its_text() -> None:
    entries = [
        TextLogprob(1, b"a\xe6", -1.0),
        TextLogprob(2, b"\x9d\xb1", -1.0),
        TextLogprob(3, b"</s>", -1.0, special=True),
    ]
    told = chat_logprobs(entries, False)["content"]
    assert b"".join(bytes(entry["bytes"] or ()) for entry in told).decode() == "a東"
    assert [entry["token"] for entry in told] == ["\\x61\\xe6", "\\x9d\\xb1", "</s>"]
