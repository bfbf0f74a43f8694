"""Tools from socket to socket: the real server and engine, over a model of random weights, which
calls what it must call and nothing by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.doors import DOORS, Door, assert_error, by_name
from tests.running import TINY, running, settings_for
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.random_weights import write_random
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore

CITY = {
    "type": "object",
    "properties": {"city": {"enum": ["Paris", "Rome", "Oslo"]}, "days": {"enum": [1, 2]}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = {"name": "get_weather", "description": "Says what it is like.", "parameters": CITY}
NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}
CLOCK = {"type": "function", "function": {"name": "get_time", "parameters": NOTHING}}
TOOLS = [WEATHER, CLOCK]
ASKED: dict[str, Any] = {"tools": TOOLS, "max_tokens": 1000, "seed": 7, "temperature": 1}
CHATS = [door for door in DOORS if door.name.endswith("chat") or "/ai/run/" in door.path]
each_chat = pytest.mark.parametrize("door", CHATS, ids=by_name)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of a server whose model takes nearly a token for each letter, and so long prompts."""
    settings = settings_for(tmp_path_factory.mktemp("tools"), kv_cache_tokens=16384)

    def pool(settings: Settings, catalog: Catalog) -> ModelPool:
        folder = settings.home / "tiny"
        write_random({**TINY, "max_position_embeddings": 2048}, folder)
        return ModelPool(settings, catalog, ModelStore(settings.home, bundled=lambda: folder))

    with running(settings, pool) as server, server.client() as client:
        yield client


def told(door: Door, body: dict[str, Any]) -> tuple[Any, list[Any], str]:
    """Text, calls and finish reason of a body."""
    if "chat" in door.name:
        [choice] = body["choices"]
        message = choice["message"]
        return message["content"], message.get("tool_calls", []), choice["finish_reason"]
    result = body["result"]
    for call in result.get("tool_calls", []):
        assert json.loads(call["function"]["arguments"]) == call["arguments"]
        assert call["function"]["name"] == call["name"]
    return result["response"], result.get("tool_calls", []), result["finish_reason"]


def streamed(door: Door, stream: str) -> tuple[str, list[Any], str]:
    """The same of a stream, added up."""
    frames = [line.removeprefix("data: ") for line in stream.split("\n\n") if line]
    assert frames.pop() == "[DONE]"
    text, calls, finish = door.streamed_text(stream), [], ""
    for frame in map(json.loads, frames):
        if "chat" not in door.name:
            calls += frame.get("tool_calls", [])
            finish = frame.get("finish_reason", finish)
            continue
        for choice in frame["choices"]:
            finish = choice["finish_reason"] or finish
            for piece in choice["delta"].get("tool_calls", []):
                if piece.pop("index") == len(calls):
                    calls.append(piece)
                else:
                    calls[-1]["function"]["arguments"] += piece["function"]["arguments"]
    return text, calls, finish


def ask(client: httpx.Client, door: Door, **fields: Any) -> tuple[Any, list[Any], str]:
    """A body, after a look at whether a stream adds up to it."""
    body = door.body("What is it like in Rome?", **{**ASKED, **fields})
    response = client.post(door.path, json=body)
    assert response.status_code == 200, response.text
    answer = told(door, response.json())
    stream = client.post(door.path, json={**body, "stream": True})
    text, calls, finish = streamed(door, stream.text)
    assert (text or None, calls, finish) == (answer[0] or None, *answer[1:])
    return answer


@each_chat
@pytest.mark.parametrize("choice", ["required", "any"])
def test_a_call_that_is_required_is_made(client: httpx.Client, door: Door, choice: str) -> None:
    text, calls, finish = ask(client, door, tool_choice=choice)
    assert finish == "tool_calls"
    assert text == (None if "chat" in door.name else "")
    assert calls
    assert len({call["id"] for call in calls}) == len(calls)
    for call in calls:
        arguments = json.loads(call["function"]["arguments"])
        if call["function"]["name"] == "get_weather":
            assert arguments["city"] in ("Paris", "Rome", "Oslo")
        else:
            assert (call["function"]["name"], arguments) == ("get_time", {})


@each_chat
@pytest.mark.parametrize("name", ["get_weather", "get_time"])
@pytest.mark.parametrize("nested", [True, False])
def test_the_tool_that_is_named_is_called(
    client: httpx.Client, door: Door, name: str, nested: bool
) -> None:
    named: Any = {"function": {"name": name}} if nested else {"name": name}
    _, calls, finish = ask(client, door, tool_choice={"type": "function", **named})
    assert finish == "tool_calls"
    assert {call["function"]["name"] for call in calls} == {name}


@each_chat
@pytest.mark.parametrize("seed", range(1, 4))
def test_one_call_is_all_where_no_more_are_wanted(
    client: httpx.Client, door: Door, seed: int
) -> None:
    one = {"tool_choice": "required", "parallel_tool_calls": False, "seed": seed}
    assert len(ask(client, door, **one)[1]) == 1


@each_chat
def test_no_call_is_made_where_none_may_be(client: httpx.Client, door: Door) -> None:
    _, calls, finish = ask(client, door, tool_choice="none", max_tokens=20)
    assert calls == []
    assert finish in ("stop", "length")


@each_chat
def test_a_call_that_is_cut_off_says_so(client: httpx.Client, door: Door) -> None:
    _, calls, finish = ask(client, door, tool_choice="required", max_tokens=3)
    assert finish == "length"
    if "/ai/run/" in door.path:
        assert calls == []


ROUNDS: dict[str, list[dict[str, Any]]] = {
    "by id": [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Rome"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "rain"}]},
    ],
    "flat, by name": [
        {
            "role": "assistant",
            "tool_calls": [{"name": "get_weather", "arguments": {"city": "Rome"}}],
        },
        {"role": "tool", "name": "get_weather", "content": "rain"},
    ],
    "in the text": [
        {"role": "assistant", "content": '{"name":"get_weather","arguments":{"city":"Rome"}}'},
        {"role": "tool", "name": "get_weather", "content": "rain"},
    ],
    "as a function": [
        {"role": "assistant", "content": '{"name":"get_weather","parameters":{"city":"Rome"}}'},
        {"role": "function", "name": "get_weather", "content": "rain"},
    ],
}


@pytest.mark.parametrize("door", [door for door in CHATS if "prompt" not in door.name], ids=by_name)
def test_results_are_the_same_to_the_model_however_they_are_sent(
    client: httpx.Client, door: Door
) -> None:
    answers = []
    for turns in ROUNDS.values():
        asked = {"role": "user", "content": "What is it like in Rome?"}
        body = door.body("", **{**ASKED, "max_tokens": 8, "messages": [asked, *turns]})
        body.pop("tools")
        response = client.post(door.path, json=body)
        assert response.status_code == 200, response.text
        answers.append(told(door, response.json()))
    assert answers == answers[:1] * len(ROUNDS)


@each_chat
@pytest.mark.parametrize(
    "keyword", [{"contains": {"minimum": 1}}, {"properties": {"a": {"enum": []}}}], ids=str
)
def test_parameters_that_a_call_cannot_be_held_to_are_refused_by_name(
    client: httpx.Client, door: Door, keyword: Any
) -> None:
    parameters = {**CITY, **keyword, "required": ["a"] if "properties" in keyword else []}
    tool = {**WEATHER, "parameters": parameters}
    body = door.body("Hi", **{**ASKED, "tools": [tool], "max_tokens": 4})
    assert client.post(door.path, json=body).status_code == 200
    body["tool_choice"] = "required"
    text = assert_error(door, client.post(door.path, json=body), 400)
    assert "get_weather" in text
    assert "response_format" not in text
    assert "'tools'" in text or '"tools"' in text


JSON_MODE = {
    "bare": {"type": "json_schema", "json_schema": CITY},
    "envelope": {"type": "json_schema", "json_schema": {"name": "c", "schema": CITY}},
}


@pytest.mark.parametrize("form", JSON_MODE)
@pytest.mark.parametrize("door", [d for d in CHATS if d.errors == "workers"], ids=by_name)
def test_json_is_streamed_as_well(client: httpx.Client, door: Door, form: str) -> None:
    body = door.body("Rome", max_tokens=200, seed=3, response_format=JSON_MODE[form])
    whole = door.text(client.post(door.path, json=body).json())
    text = door.streamed_text(client.post(door.path, json={**body, "stream": True}).text)
    assert json.loads(text)["city"] in ("Paris", "Rome", "Oslo")
    assert whole == (text if "chat" in door.name else json.loads(text))
