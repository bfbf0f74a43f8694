"""The run routes beside the body: the model in it, the query string, and who will not wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, MODEL
from tests.running import Running
from tests.server.scripted import ANSWER, ScriptedBackend

RUN = f"{ACCOUNT}/ai/run"
BUSY = [({"options": {"rejectIfBusy": True}}, ""), ({}, "?rejectIfBusy=true")]


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "hello"},
        {"input": {"prompt": "hello"}},
        {"input": {"messages": [{"role": "user", "content": "hello"}]}},
        {"input": {"prompt": "hello"}, "options": {"gateway": {"id": "x"}}},
        {"input": {"prompt": "hello", "options": {"rejectIfBusy": True}}},
        {"input": {"prompt": "hello"}, "options": None},
        {"input": None, "prompt": "hello"},
        {"input": {"prompt": "hello", "model": MODEL}},
    ],
    ids=str,
)
def test_the_model_may_stand_in_the_body(
    client: httpx.Client, backend: ScriptedBackend, body: dict[str, Any]
) -> None:
    response = client.post(RUN, json={"model": MODEL, **body})
    assert response.json()["result"]["response"] == ANSWER
    assert response.headers["cf-ai-req-id"]
    slash = client.post(f"{RUN}/", json={"model": MODEL, **body})
    assert slash.status_code == 200


def test_an_enveloped_input_is_streamed(client: httpx.Client, backend: ScriptedBackend) -> None:
    body = {"model": MODEL, "input": {"prompt": "hello", "stream": True}}
    response = client.post(RUN, json=body)
    assert response.headers["content-type"] == "text/event-stream"
    assert response.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("model", [None, "", 7, ["x"]], ids=str)
def test_a_model_is_needed(client: httpx.Client, model: Any) -> None:
    response = client.post(RUN, json={"model": model, "prompt": "hello"})
    assert response.status_code == 400
    assert response.json() == {
        "result": None,
        "success": False,
        "errors": [{"code": 7000, "message": "Model ID missing"}],
        "messages": [],
    }
    assert client.post(RUN, json=["hello"]).json()["errors"][0]["code"] == 7000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"input": {"prompt": "a"}, "temperature": 1}, "'temperature' must stand inside"),
        ({"input": {"prompt": "a"}, "prompt": "a"}, "'prompt' must stand inside"),
        ({"input": {"prompt": "a", "options": {}}, "options": {}}, "'options'"),
        ({"input": {"prompt": "a", "temperature": 6}}, "'/temperature' must be <= 5"),
        ({"input": "a"}, "'input' must be an object"),
        ({"input": "", "prompt": "a"}, "'input' must be an object"),
        ({"input": {"prompt": "a", "model": "other"}}, "'model' is not @cf/meta/llama-3.2-1b"),
        ({}, "oneOf at '/' not met, 0 matches"),
        ({"prompt": "a", "options": {"queueRequest": True}}, "'options.queueRequest'"),
    ],
    ids=str,
)
def test_what_would_be_lost_is_refused(
    client: httpx.Client, body: dict[str, Any], said: str
) -> None:
    error = client.post(RUN, json={"model": MODEL, **body}).json()["errors"][0]
    assert error["code"] == 5006
    assert said in error["message"]


def test_a_body_names_no_other_model_than_its_address(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    for same in (MODEL, None):
        body = {"prompt": "a", "model": same}
        assert client.post(f"{RUN}/{MODEL}", json=body).status_code == 200
    for other in ("@cf/openchat/openchat-3.5-0106", "", 7, {}):
        refused = client.post(f"{RUN}/{MODEL}", json={"prompt": "a", "model": other})
        error = refused.json()["errors"][0]
        assert (refused.status_code, error["code"]) == (400, 5006)
        assert f"'model' is not {MODEL}" in error["message"]


@pytest.mark.parametrize("name", ["queueRequest", "websocket"])
def test_a_run_that_is_carried_out_otherwise_is_refused_by_name(
    client: httpx.Client, backend: ScriptedBackend, name: str
) -> None:
    model = {"model": MODEL}
    doors = ((f"{RUN}/{MODEL}", {}), (RUN, model), (f"{ACCOUNT}/ai/v1/completions", model))
    for path, body in doors:
        refused = client.post(f"{path}?{name}=true", json={**body, "prompt": "a"})
        assert refused.status_code == 400
        assert f"'{name}' is not supported" in refused.json()["errors"][0]["message"]
        for value in ("", "false"):
            taken = client.post(f"{path}?{name}={value}", json={**body, "prompt": "a"})
            assert taken.status_code == 200
        assert client.post(f"{path}?{name}=7", json={**body, "prompt": "a"}).status_code == 400


def test_options_that_nobody_knows_pass_in_the_query(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    assert client.post(f"{RUN}/{MODEL}?version=3&tags=a", json={"prompt": "a"}).status_code == 200


def test_gateway_headers_are_taken_and_change_nothing(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    names = ("gateway-id", "skip-cache", "cache-ttl", "cache-key", "metadata", "request-timeout")
    headers = {f"cf-aig-{name}": "1" for name in names}
    answer = client.post(f"{RUN}/{MODEL}", json={"prompt": "a"}, headers=headers)
    assert answer.json()["result"]["response"] == ANSWER


@pytest.mark.parametrize(
    "path", [f"{RUN}/{MODEL}", f"{ACCOUNT}/ai/v1/completions", f"{ACCOUNT}/ai/v1/chat/completions"]
)
def test_answers_say_which_request_they_are_and_bodies_what_they_cost(
    client: httpx.Client, backend: ScriptedBackend, path: str
) -> None:
    chat = {"messages": [{"role": "user", "content": "hello"}]}
    body = {"model": MODEL, **(chat if "chat" in path else {"prompt": "hello"})}
    whole = client.post(path, json=body)
    assert whole.headers["cf-ai-req-id"] == whole.headers["x-request-id"]
    assert float(whole.headers["cf-ai-neurons"]) >= 0
    streamed = client.post(path, json={**body, "stream": True})
    assert streamed.headers["cf-ai-req-id"]
    assert "cf-ai-neurons" not in streamed.headers
    refused = client.post(path, json={**body, "temperature": 9})
    assert refused.status_code == 400
    assert refused.headers["cf-ai-req-id"]


@pytest.fixture
def full(tiny_server: Running) -> Iterator[Running]:
    """A server whose batch has no place left."""
    (loaded,) = tiny_server.pool.resident()
    engine = loaded.backend.engine
    before = engine._options
    engine._options = type(before)(max_batch=1, queue_limit=before.queue_limit)
    with engine._lock:
        engine._live += 1
    try:
        yield tiny_server
    finally:
        engine._options = before
        engine._publish()


@pytest.mark.parametrize(("option", "query"), BUSY, ids=["body", "query"])
def test_who_will_not_wait_is_refused_where_no_place_is_free(
    full: Running, option: dict[str, Any], query: str
) -> None:
    with full.client() as client:
        response = client.post(
            f"{RUN}/{MODEL}{query}", json={"prompt": "a", "max_tokens": 1, **option}
        )
    assert response.status_code == 429
    assert response.json()["errors"][0]["code"] == 3040
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(("option", "query"), BUSY, ids=["body", "query"])
def test_who_will_not_wait_is_answered_where_a_place_is_free(
    tiny_server: Running, option: dict[str, Any], query: str
) -> None:
    with tiny_server.client() as client:
        body = {"prompt": "a", "max_tokens": 1, **option}
        assert client.post(f"{RUN}/{MODEL}{query}", json=body).status_code == 200


@pytest.mark.parametrize(("option", "query"), BUSY, ids=["body", "query"])
def test_the_chat_refuses_who_will_not_wait(
    full: Running, option: dict[str, Any], query: str
) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "a"}], "max_tokens": 1}
    with full.client() as client:
        response = client.post(f"{ACCOUNT}/ai/v1/chat/completions{query}", json={**body, **option})
    assert (response.status_code, response.json()["error"]["code"]) == (429, "3040")
