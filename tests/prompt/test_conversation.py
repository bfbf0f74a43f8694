"""What is told of the answer's form, and turns that are put together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.prompt.shown import HOUSE, LLAMA_2, LLAMA_3, WITHOUT_TOOLS, shown, title
from understudy.catalog.card import ModelCard
from understudy.request import JsonObject, JsonSchema, Message, Regex, ToolCall, ToolSpec

USER = Message("user", "How warm is Zürich?")
WEATHER = ToolSpec("weather", "Weather in a city", {"type": "object"})
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"städte": {"type": "array"}}}


@pytest.mark.parametrize("card", [HOUSE, LLAMA_3, *WITHOUT_TOOLS], ids=title)
def test_the_schema_of_the_answer_is_told_after_the_system_message(card: ModelCard) -> None:
    told = (
        "Answer with JSON only, matching this JSON schema:\n"
        '{"type": "object", "properties": {"städte": {"type": "array"}}}'
    )
    asked: dict[str, Any] = {"constraint": JsonSchema(SCHEMA)}
    system = Message("system", "Be brief.")
    assert shown(card, USER, **asked) == shown(card, Message("system", told), USER)
    both = Message("system", f"Be brief.\n\n{told}")
    assert shown(card, system, USER, **asked) == shown(card, both, USER)
    tools = shown(card, system, USER, tools=[WEATHER], **asked)
    assert told in tools
    assert "weather" in tools


def test_the_bundled_model_is_trained_on_the_words_that_tell_a_schema() -> None:
    from training.corpus.fields import HOUSE as WORDS

    assert WORDS in shown(HOUSE, USER, constraint=JsonSchema({}))


def test_a_json_object_is_told_and_what_helps_no_model_is_not() -> None:
    assert "one JSON object only" in shown(HOUSE, USER, constraint=JsonObject())
    assert shown(HOUSE, USER, constraint=Regex("a+")) == shown(HOUSE, USER)
    long = JsonSchema({"description": "x" * 4000})
    assert shown(HOUSE, USER, constraint=long) == shown(HOUSE, USER)


def test_turns_of_one_role_are_put_together_where_the_template_wants_alternation() -> None:
    twice = (USER, Message("user", "And Oslo?"), Message("assistant", "A"), Message("user", "U"))
    once = (Message("user", f"{USER.content}\n\nAnd Oslo?"), *twice[2:])
    assert shown(LLAMA_2, *twice) == shown(LLAMA_2, *once)
    assert shown(LLAMA_3, *twice) != shown(LLAMA_3, *once)
    systems = (Message("system", "One."), Message("system", "Two."), USER)
    assert shown(LLAMA_2, *systems) == shown(LLAMA_2, Message("system", "One.\n\nTwo."), USER)


def test_a_result_and_what_the_user_says_next_are_one_turn_of_llama_2() -> None:
    turns = (
        USER,
        Message("assistant", "", tool_calls=(ToolCall("weather", "{}"),)),
        Message("tool", "21"),
        Message("user", "Now answer."),
    )
    assert "[INST] Result of weather:\n21\n\nNow answer. [/INST]" in shown(LLAMA_2, *turns)
