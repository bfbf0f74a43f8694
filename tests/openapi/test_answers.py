"""What the server really answers is what its document says, to the last key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.doors import ACCOUNT, EVERY_DOOR, KEYLESS, MODEL, Door, by_name
from tests.models.adapters import peft_folder
from tests.openapi.described import Described
from tests.running import Running
from tests.server.finetune_calls import FINETUNES, HOUSE, SHAPE, upload
from understudy.models.finetune import ASSETS
from understudy.server.pipeline import STAND_IN_HEADER

TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string", "description": "It.", "maxLength": 3}},
            "required": ["word"],
        },
    },
}
CALL: dict[str, Any] = {"tools": [TOOL], "tool_choice": "required"}
JSON_MODE = {"response_format": {"type": "json_schema", "json_schema": {"enum": [{"a": 1}]}}}
JSON_CHAT = {
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {"enum": [{"a": 1}]}},
    }
}
LOGPROBS = {"logprobs": True, "top_logprobs": 2, "n": 2}
EXTRAS: dict[str, tuple[dict[str, Any], ...]] = {
    "workers prompt": (JSON_MODE,),
    "workers messages": (CALL, JSON_MODE),
    "workers run": ({"raw": True},),
    "workers chat": (CALL, JSON_CHAT, LOGPROBS),
    "workers completions": ({"logprobs": 2, "echo": True, "n": 2}, {"logprobs": 0}),
    "openai completions": ({"logprobs": 2, "echo": True, "n": 2}, {"logprobs": 0}),
    "openai chat": (CALL, JSON_CHAT, LOGPROBS),
    "deepinfra native": (JSON_CHAT, {"stop": ["e"]}),
    "env.AI": ({"raw": True},),
}
"""What an answer's form depends on, beside the plain body."""

each_door = pytest.mark.parametrize("door", EVERY_DOOR, ids=by_name)
streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


@pytest.fixture(scope="module")
def client(tiny_server: Running) -> Iterator[httpx.Client]:
    with tiny_server.client() as client:
        yield client


@each_door
@streamed
def test_answers(client: httpx.Client, described: Described, door: Door, stream: bool) -> None:
    for extra in ({}, *EXTRAS[door.name]):
        # Greedy: a form that is drawn at random may not be whole by its limit.
        limit = {door.limit: 40, "temperature": 0} if extra else {door.limit: 3}
        body = door.body("Say something", stream=stream, **limit, **extra)
        response = client.post(door.path, json=body)
        assert response.status_code == 200, (extra, response.text)
        kind = "text/event-stream" if stream else "application/json"
        assert response.headers["content-type"] == kind
        assert response.headers[STAND_IN_HEADER] == HOUSE.name
        described.check(response)


def test_streams_with_usage_on_every_event(client: httpx.Client, described: Described) -> None:
    for door in EVERY_DOOR:
        if "openai" in door.name:
            usage = {"include_usage": True, "continuous_usage_stats": True}
            body = door.body("x", stream=True, max_tokens=3, stream_options=usage)
            response = client.post(door.path, json=body)
            assert response.text.count('"usage"') > 2
            described.check(response)


@each_door
def test_refusals(tiny_server: Running, described: Described, door: Door) -> None:
    with tiny_server.client() as client:
        described.check(client.post(door.path, content=b"{"))
        described.check(client.post(door.path))
        described.check(client.post(door.path, json=door.body("x", temperature="hot")))
        described.check(client.post(door.path, json=door.body("x", documents=["y"])))
        described.check(client.post(door.path, json=door.body("x " * 9000)))
        described.check(client.post(door.path, json=door.body("x"), headers={"origin": "y"}))
    keys = ({}, {"authorization": "Bearer wrong"}, {"authorization": "nonsense"})
    for key in keys if door is not KEYLESS else ():
        with tiny_server.client(headers=key) as client:
            described.check(client.post(door.path, json=door.body("x")))


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/ready",
        "/openapi.json",
        "/v1/models",
        f"/v1/openai/models/{MODEL}",
        "/v1/openai/models/nobody",
        "/models/list",
        f"/models/{MODEL}",
        f"/models/{MODEL}?version=none",
        "/v1/me",
        f"{ACCOUNT}/ai/v1/models",
        f"{ACCOUNT}/ai/v1/models/{MODEL}",
        f"{ACCOUNT}/ai/v1/models/nobody",
        f"{ACCOUNT}/ai/models/search",
        f"{ACCOUNT}/ai/models/search?format=openrouter",
        f"{ACCOUNT}/ai/models/search?page=0",
        f"{ACCOUNT}/ai/models/schema?model={MODEL}",
        f"{ACCOUNT}/ai/models/schema",
        f"{ACCOUNT}/ai/tasks/search",
        f"{ACCOUNT}/ai/authors/search",
        f"{ACCOUNT}/ai/finetunes",
        f"{ACCOUNT}/ai/finetunes/public",
        f"{ACCOUNT}/ai/finetunes/nobody",
        f"{ACCOUNT}/ai/tomarkdown/supported",
        "/client/v4/accounts/nobody/ai/models/search",
        "/ai-api/models/search",
        "/run",
    ],
)
def test_lists(client: httpx.Client, described: Described, path: str) -> None:
    described.check(client.get(path))


def test_every_example_of_a_request_is_answered(client: httpx.Client, described: Described) -> None:
    sent = 0
    for path, operation, body in described.examples():
        places: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        for parameter in operation["parameters"]:
            schema = parameter["schema"]
            if values := [*schema.get("examples", ()), *schema.get("enum", ())]:
                places[parameter["in"]][parameter["name"]] = values[0]
        where = path.format(**places["path"])
        response = client.post(where, params=places["query"], headers=places["header"], json=body)
        assert response.status_code == 200, (path, body, response.text)
        described.check(response)
        sent += 1
        if path.endswith("/finetunes"):
            client.delete(f"{FINETUNES}/{response.json()['result']['id']}")
    assert sent > 30


def test_finetunes(client: httpx.Client, described: Described, tmp_path: Path) -> None:
    made = client.post(FINETUNES, json={"model": HOUSE.name, "name": "of-a-test"})
    described.check(made)
    identifier = made.json()["result"]["id"]
    folder = peft_folder(tmp_path, architecture=SHAPE)
    for name in ASSETS:
        described.check(upload(client, identifier, name, folder))
    described.check(upload(client, identifier, ASSETS[0], b"nonsense"))
    described.check(upload(client, identifier, "another", b""))
    one = f"{FINETUNES}/{identifier}"
    for path in (FINETUNES, one, "/v1/models", "/models/list", "/v1/models/of-a-test"):
        response = client.get(path)
        assert "of-a-test" in response.text
        described.check(response)
    described.check(client.post(FINETUNES, json={"model": HOUSE.name, "name": "of-a-test"}))
    described.check(client.post(FINETUNES, json={"model": "nobody", "name": "x"}))
    described.check(client.delete(one))
    described.check(client.delete(one))


def test_a_check_of_these_tests_can_fail(client: httpx.Client, described: Described) -> None:
    response = client.get("/health")
    wrong = httpx.Response(
        200, headers=response.headers, json={"status": "no"}, request=response.request
    )
    with pytest.raises(jsonschema.ValidationError):
        described.check(wrong)
    response.headers["content-type"] = "text/plain"
    with pytest.raises(AssertionError):
        described.check(response)
