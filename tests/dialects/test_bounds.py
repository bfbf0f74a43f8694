"""Hostile bodies: what is hopeless or refused anyway is never looked at piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dialects.openai_wire import CARD, DIALECTS, MINIMAL
from understudy.catalog.registry import Catalog
from understudy.dialects.base import Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import PromptTooLong, SchemaViolation

LLAMA_2 = Catalog.load().get("@cf/meta/llama-2-7b-chat-fp16")
LLAMA_3 = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
CHATS: dict[str, Dialect] = {
    "openai": DIALECTS["openai_chat"],
    "workers": WorkersAI(),
    "workers chat": WorkersChat(),
}
LIMIT = 3071
TURN = {"role": "user", "content": "a"}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
each_chat = pytest.mark.parametrize("chat", CHATS)


class Unread(list[Any]):
    """A list whose entries nobody may look at."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("the entries were looked at")


def refused(chat: str, messages: Any) -> tuple[int, int]:
    with pytest.raises(PromptTooLong) as caught:
        CHATS[chat].parse({"model": "m", "messages": messages}, LLAMA_2)
    return caught.value.input_tokens, caught.value.limit


@each_chat
def test_more_messages_than_tokens_are_not_read(chat: str) -> None:
    assert refused(chat, Unread([TURN] * (LIMIT + 1))) == (LIMIT + 1, LIMIT)


@each_chat
@pytest.mark.parametrize(
    "piece",
    [{"tool_calls": [1]}, {"tool_calls": [CALL]}, {"content": [{"type": "text", "text": ""}]}],
    ids=str,
)
def test_parts_and_past_calls_count_as_messages_do(chat: str, piece: dict[str, Any]) -> None:
    ((name, value),) = piece.items()
    assert refused(chat, [{**TURN, name: Unread(value * LIMIT)}]) == (LIMIT + 1, LIMIT)


@pytest.mark.parametrize("prompt", [Unread([5] * 4096), [Unread([5] * 4096)]], ids=["ids", "one"])
def test_more_ids_than_the_context_are_not_read(prompt: Any) -> None:
    with pytest.raises(PromptTooLong) as caught:
        DIALECTS["openai_completions"].parse({"model": "m", "prompt": prompt}, CARD)
    assert (caught.value.input_tokens, caught.value.limit) == (4096, 4095)


def test_many_prompts_are_too_many_and_not_too_long() -> None:
    with pytest.raises(SchemaViolation, match="A single prompt is supported, not 5000"):
        DIALECTS["openai_completions"].parse({"model": "m", "prompt": ["a"] * 5000}, CARD)


@pytest.mark.parametrize("chat", [OpenAIChat(SERVICE), WorkersChat()])
def test_without_a_model_only_the_start_of_a_conversation_is_judged(chat: Any) -> None:
    with pytest.raises(SchemaViolation) as caught:
        chat.model_name({"messages": [*[TURN] * 16, *[5] * 100]})
    assert [entry["loc"] for entry in caught.value.details] == [["body", "model"]]


@each_chat
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("names", ["properties", "required"])
def test_parameters_of_tools_count_as_messages_do(chat: str, nested: bool, names: str) -> None:
    many: Any = [str(number) for number in range(LIMIT)]
    parameters = {"type": "object", names: dict.fromkeys(many) if names == "properties" else many}
    function = {"name": "f", "description": "", "parameters": parameters}
    tool = {"type": "function", "function": function} if nested else function
    with pytest.raises(PromptTooLong) as caught:
        CHATS[chat].parse({"model": "m", "messages": [TURN], "tools": [tool]}, LLAMA_2)
    assert (caught.value.input_tokens, caught.value.limit) == (LIMIT + 1, LIMIT)


@each_chat
@pytest.mark.parametrize(
    ("field", "most"), [("tool_calls", 128), ("content", 1024)], ids=["calls", "parts"]
)
def test_one_message_has_so_many_parts_and_calls(chat: str, field: str, most: int) -> None:
    if chat == "workers":
        return
    part = CALL if field == "tool_calls" else {"type": "text", "text": ""}
    body = {"model": "m", "messages": [{"role": "assistant", "content": "", field: [part] * most}]}
    assert CHATS[chat].parse(body, LLAMA_3)
    body["messages"] = [{"role": "assistant", "content": "", field: [part] * (most + 1)}]
    with pytest.raises(SchemaViolation) as caught:
        CHATS[chat].parse(body, LLAMA_3)
    [entry] = caught.value.details
    assert entry["type"] == "too_long"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_so_many_stop_tokens_and_no_more(dialect: str) -> None:
    body = MINIMAL[dialect]
    call = DIALECTS[dialect].parse({**body, "stop_token_ids": [1] * 128}, CARD)
    assert call.request.sampling.stop_token_ids == (1,) * 128
    with pytest.raises(SchemaViolation) as caught:
        DIALECTS[dialect].parse({**body, "stop_token_ids": [1] * 129}, CARD)
    [entry] = caught.value.details
    assert (entry["type"], entry["loc"]) == ("too_long", ["body", "stop_token_ids"])


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{**TURN, "tool_calls": [1] * 1000}]},
        {"messages": [5] * 1000},
        {"messages": [{**TURN, "content": [5] * 1000}]},
        {"stop_token_ids": ["a"] * 1000},
        {"stop": [5] * 1000},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_the_first_wrong_entry_of_a_list_is_the_verdict(fields: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation) as caught:
        DIALECTS["openai_chat"].parse({**MINIMAL["openai_chat"], **fields}, CARD)
    assert len(caught.value.details) == 1
