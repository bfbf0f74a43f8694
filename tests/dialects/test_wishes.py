"""Every field that means something, at every door: granted, or refused by name; never ignored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.openai_wire import CARD, DIALECTS, META, MINIMAL
from understudy.catalog.registry import Catalog
from understudy.dialects.base import Dialect
from understudy.dialects.wishes import MESSAGE_WISHES, WISHES
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.errors import UnsupportedField

LLAMA_2 = Catalog.load().get("@cf/meta/llama-2-7b-chat-fp16")
TURN = {"role": "user", "content": "Hi"}
DOORS: dict[str, tuple[Dialect, Any, dict[str, Any]]] = {
    **{name: (DIALECTS[name], CARD, MINIMAL[name]) for name in DIALECTS},
    "workers prompt": (WorkersAI(), LLAMA_2, {"prompt": "Once"}),
    "workers messages": (WorkersAI(), LLAMA_2, {"messages": [TURN]}),
    "workers chat": (WorkersChat(), LLAMA_2, {"model": LLAMA_2.name, "messages": [TURN]}),
}
CHATS = ["openai_chat", "workers messages", "workers chat"]

TOOL = {"type": "function", "function": {"name": "f", "description": "", "parameters": {}}}
# A value with which each field asks for something, in the type that its service gives it.
ASKED: dict[str, Any] = {
    **dict.fromkeys(WISHES, "something"),
    **{name: 2 for name, none in WISHES.items() if none and type(none[0]) is int},
    **{name: not none[0] for name, none in WISHES.items() if none and type(none[0]) is bool},
    "data": {"image": ["data:image/png;base64,iVBORw0KGgo="]},
    "functions": [{"name": "f", "code": "return 1"}],
    "logit_bias": {"50256": -100},
    "max_completion_tokens": 5,
    "max_new_tokens": 5,
    "max_tokens": 5,
    "messages": [TURN],
    "multi_modal_data": {"image": ["data:image/gif;base64,R0lGODlh"]},
    "reasoning": {"enabled": True},
    "response_format": {"type": "json_object"},
    "thinking": {"type": "enabled"},
    "tools": [TOOL],
}
# What a door reads itself. A lone prompt and a conversation exclude each other.
GUIDED = {"guided_json", "guided_regex", "guided_choice", "structured_outputs"}
ANSWERS = {"n", "logprobs", "return_tokens_as_token_ids", "response_format"} | GUIDED
ANSWERS |= {"logit_bias", "include_stop_str_in_output"}
TOOLS = {"tools", "tool_choice"}
CHAT = {"messages", "max_tokens", "max_completion_tokens", "top_logprobs"} | ANSWERS | TOOLS
INPUTS = {"prompt", "messages", "raw", "lora"}
WORKERS = INPUTS | {"max_tokens", "max_completion_tokens", "response_format"} | TOOLS
HONOURED = {
    "openai_completions": {"prompt", "max_tokens", "raw", "echo"} | ANSWERS,
    "openai_chat": CHAT,
    "deepinfra_native": {"input", "max_new_tokens", "raw", "num_responses", "response_format"},
    "workers prompt": WORKERS,
    "workers messages": WORKERS,
    "workers chat": CHAT | {"lora"},
}


def parse(door: str, **fields: Any) -> Any:
    dialect, card, body = DOORS[door]
    return dialect.parse({**body, **fields}, card)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("field", WISHES)
def test_a_wish_that_a_door_does_not_grant_is_refused_by_name(door: str, field: str) -> None:
    if field in HONOURED[door]:
        return
    with pytest.raises(UnsupportedField, match=f"^'{field}' ") as refused:
        parse(door, **{field: ASKED[field]})
    assert refused.value.field == field
    dialect, _, _ = DOORS[door]
    assert f"'{field}'" in json.dumps(dialect.error(refused.value, META).body)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("field", WISHES)
def test_what_asks_for_nothing_passes(door: str, field: str) -> None:
    if field in HONOURED[door]:
        return
    plain = parse(door).request
    for nothing in (None, *WISHES[field]):
        assert parse(door, **{field: nothing}).request == plain


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("n", True), ("n", 2.5), ("echo", 0), ("service_tier", "flex"), ("tool_choice", "required")],
)
def test_what_is_not_the_same_json_asks_for_something(door: str, field: str, value: Any) -> None:
    with pytest.raises(Exception, match=field):
        parse(door, **{field: value})


@pytest.mark.parametrize("door", CHATS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("function_call", {"name": "f", "arguments": "{}"}), ("audio", {"id": "a"}), ("prefix", True)],
)
def test_a_wish_within_a_message_names_the_message(door: str, field: str, value: Any) -> None:
    said = {"role": "assistant", "content": "Yes"}
    with pytest.raises(UnsupportedField) as refused:
        parse(door, messages=[TURN, {**said, field: value}])
    where = "messages[1]" if door == "workers messages" else "messages.1"
    assert refused.value.field == f"{where}.{field}"
    for nothing in (None, *MESSAGE_WISHES[field]):
        assert parse(door, messages=[TURN, {**said, field: nothing}])


@pytest.mark.parametrize("door", [door for door in DOORS if door != "deepinfra_native"])
def test_obfuscated_streams_are_refused(door: str) -> None:
    with pytest.raises(UnsupportedField, match=r"stream_options\.include_obfuscation"):
        parse(door, stream=True, stream_options={"include_obfuscation": True})
    assert parse(door, stream=True, stream_options={"include_obfuscation": False})


def test_a_native_stream_tells_its_usage_in_its_own_way() -> None:
    for nothing in ({}, {"include_usage": True}):
        assert parse("deepinfra_native", stream_options=nothing)
    with pytest.raises(UnsupportedField, match="'stream_options'"):
        parse("deepinfra_native", stream_options={"include_usage": False})


@pytest.mark.parametrize("door", DOORS)
def test_eos_is_ignored_for_whoever_asks(door: str) -> None:
    assert parse(door, ignore_eos=True).request.sampling.ignore_eos is True
    assert parse(door, ignore_eos=False).request == parse(door).request


@pytest.mark.parametrize("door", DOORS)
def test_a_cache_key_separates_caches(door: str) -> None:
    assert parse(door, prompt_cache_key="a").request.cache_namespace == "a"
    assert parse(door).request.cache_namespace == ""


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("field", ["parallel_tool_calls", "metadata", "safety_identifier", "user"])
def test_labels_and_what_concerns_absent_tools_pass(door: str, field: str) -> None:
    value: Any = {"parallel_tool_calls": True, "metadata": {"a": "b"}}.get(field, "someone")
    assert parse(door, **{field: value}).request == parse(door).request


@pytest.mark.parametrize("field", [*WISHES, *MESSAGE_WISHES])
def test_every_refused_field_is_documented(field: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text(encoding="utf-8")
    assert f"`{field}`" in page.split("## Fields that are refused by name")[1].split("\n## ")[0]
