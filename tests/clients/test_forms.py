"""Answers of a form that was asked for, through OpenAI's package, with the real engine."""

from __future__ import annotations

import json
import re
from typing import Any

import openai
import pytest

from tests.clients.conversation import COMPLETION_MODEL, WORKERS_MODELS, added

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


RUN = f"/client/v4/accounts/local/ai/run/{WORKERS_MODELS[-1]}"
INFERENCE = f"/v1/inference/{COMPLETION_MODEL}"


def frames(text: str) -> list[Any]:
    """The JSON of each frame of a stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("schema", [SCHEMA, {"name": "who", "schema": SCHEMA}])
def test_the_native_workers_route_answers_with_json_itself(server: Any, schema: Any) -> None:
    asked = {"type": "json_schema", "json_schema": schema}
    body = {"prompt": "Who are you?", "response_format": asked, "max_tokens": 160, "seed": 3}
    with server.client() as client:
        response = client.post(RUN, json=body).json()["result"]["response"]
        told = frames(client.post(RUN, json={**body, "stream": True}).text)
    assert response.keys() == {"name", "old"}
    assert json.loads("".join(frame["response"] for frame in told)) == response


def test_json_that_is_cut_is_an_error_on_the_native_workers_route(server: Any) -> None:
    body = {"prompt": "Who?", "response_format": {"type": "json_object"}, "max_tokens": 1}
    with server.client() as client:
        cut = client.post(RUN, json=body)
        told = frames(client.post(RUN, json={**body, "stream": True}).text)
    assert cut.status_code == 400
    assert "JSON Mode couldn't be met" in cut.json()["errors"][0]["message"]
    assert told[-1]["finish_reason"] == "length"


def test_the_native_deepinfra_route_keeps_to_a_form_and_gives_several_answers(server: Any) -> None:
    form = {"type": "regex", "regex": "(yes|no), [a-z]{3,5}"}
    body = {"input": "Well?", "response_format": form, "num_responses": 3, "seed": 1}
    with server.client() as client:
        results = client.post(INFERENCE, json=body).json()["results"]
        assert [re.fullmatch(form["regex"], r["generated_text"]) is None for r in results] == (
            [False] * 3
        )
        streamed = frames(
            client.post(INFERENCE, json={**body, "num_responses": 1, "stream": True}).text
        )
    assert streamed[-1]["generated_text"] == results[0]["generated_text"]
    assert all(frame["token"]["logprob"] <= 0 for frame in streamed)
