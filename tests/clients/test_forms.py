"""Answers of a form that was asked for, through OpenAI's package, with the real engine."""

from __future__ import annotations

import json
import re
from typing import Any

import openai
import pytest

from tests.clients.conversation import added

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 8}, "old": {"type": "boolean"}},
    "required": ["name", "old"],
    "additionalProperties": False,
}


FORMS: dict[str, Any] = {
    "json_object": {"type": "json_object"},
    "json_schema": {"type": "json_schema", "json_schema": {"name": "who", "schema": SCHEMA}},
    "regex": {"type": "regex", "regex": "(yes|no), [a-z]{3,5}"},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_chats_answer_has_the_form_that_was_asked_for(chat: Any, form: str) -> None:
    asked = {"response_format": FORMS[form], "max_tokens": 160, "n": 2}
    answer, stream = chat(**asked), added(chat(**asked, stream=True))
    for choice in answer.choices:
        text = choice.message.content
        assert stream[choice.index]["text"] == text
        assert stream[choice.index]["finish"] == choice.finish_reason
        if form == "regex":
            assert re.fullmatch(FORMS[form]["regex"], text)
        elif choice.finish_reason == "stop":
            assert isinstance(json.loads(text), dict)
        if form == "json_schema":
            assert json.loads(text).keys() == {"name", "old"}


def test_json_that_is_cut_says_so(chat: Any) -> None:
    [choice] = chat(response_format=FORMS["json_schema"], max_tokens=3).choices
    assert choice.finish_reason == "length"
    assert choice.message.content.startswith("{")


def test_a_schema_that_cannot_be_kept_is_refused_by_the_fields_name(chat: Any) -> None:
    schema = {"type": "object", "unevaluatedItems": False, "$dynamicRef": "#x"}
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    with pytest.raises(openai.BadRequestError) as refused:
        chat(response_format=asked)
    assert refused.value.param == "response_format"
