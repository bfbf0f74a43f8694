"""The doors of ``env.AI``: what the runtime sends there, and who may send it without a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from tests.doors import ACCOUNT, MODEL
from tests.running import Running
from tests.server.scripted import ANSWER, ScriptedBackend
from understudy.catalog.registry import Catalog
from understudy.server.app import build_app
from understudy.server.gate import Gate
from understudy.server.pipeline import Services

RUN = "/run?version=3"
ADDRESS = "https://workers-binding.ai"
SEARCH = "/ai-api/models/search"
CONSN = {"cf-consn-model-id": MODEL, "cf-consn-sdk-version": "2.0.0"}


def inputs(prompt: str = "hello", **more: Any) -> dict[str, Any]:
    return {"inputs": {"prompt": prompt, **more}, "options": {}}


def miniflare(address: str, headers: dict[str, str], binding: str = "AI") -> dict[str, str]:
    """The headers that Miniflare's proxy client makes of a call."""
    renamed = {f"MF-Header-{name}": value for name, value in headers.items()}
    return {"MF-Binding": binding, "MF-URL": address, **renamed}


@pytest.fixture
def keyless(scripted: Running, backend: ScriptedBackend) -> Iterator[httpx.Client]:
    with scripted.client(headers=CONSN) as client:
        yield client


WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "direct": (RUN, CONSN),
    "gateway": ("/ai-gateway/run?version=3", CONSN),
    "miniflare": ("/", miniflare(ADDRESS + RUN, {**CONSN, "content-type": "application/json"})),
    "another name": ("/", miniflare(ADDRESS + RUN, CONSN, "MY_AI")),
    "forwarded": (
        f"{ACCOUNT}/ai/run/proxy",
        {**CONSN, "X-Forwarded": ADDRESS + RUN, "Authorization": "Bearer test-key"},
    ),
}
each_way = pytest.mark.parametrize("way", WAYS)


@each_way
def test_the_answer_is_bare(keyless: httpx.Client, way: str) -> None:
    path, headers = WAYS[way]
    response = keyless.post(path, json=inputs(), headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cf-ai-req-id"] == response.headers["x-request-id"]
    body = response.json()
    assert body["response"] == ANSWER
    assert body["usage"]["completion_tokens"] > 0
    assert not {"result", "success"} & body.keys()


@each_way
def test_a_stream_is_that_of_the_rest_api(
    client: httpx.Client, keyless: httpx.Client, way: str
) -> None:
    path, headers = WAYS[way]
    streamed = keyless.post(path, json=inputs(stream=True), headers=headers)
    plain = client.post(f"{ACCOUNT}/ai/run/{MODEL}", json={"prompt": "hello", "stream": True})
    assert streamed.headers["content-type"] == "text/event-stream"
    assert streamed.text == plain.text


@each_way
def test_an_error_says_what_the_runtime_reads(keyless: httpx.Client, way: str) -> None:
    path, headers = WAYS[way]
    response = keyless.post(path, json={"inputs": {}, "options": {}}, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    text = (
        "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', "
        "required properties at '/' are 'messages'"
    )
    assert response.json() == {
        "internalCode": 5006,
        "httpCode": 400,
        "name": "AiError",
        "message": f"AiError: Bad input: Error: {text}",
        "description": f"Error: {text}",
        "requestId": response.headers["cf-ai-req-id"],
        "errors": [{"message": f"AiError: Bad input: Error: {text}", "code": 5006}],
        "success": False,
    }


@each_way
def test_a_failure_within_a_stream_is_a_frame(keyless: httpx.Client, way: str) -> None:
    path, headers = WAYS[way]
    response = keyless.post(path, json=inputs("[fail]", stream=True), headers=headers)
    frames = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert json.loads(frames[-1])["error"]["code"] == 3043


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "said"),
    [
        (RUN, {"cf-consn-model-id": "@cf/no/body"}, inputs(), 400, "5007: No such model"),
        (RUN, {"cf-consn-model-id": f"pre:{MODEL}"}, inputs(), 400, "5007: No such model"),
        (RUN, {"cf-consn-model-id": ""}, inputs(), 400, "cf-consn-model-id"),
        (RUN, {}, [], 400, "required properties at '/' are 'inputs'"),
        (RUN, {}, {"prompt": "x"}, 400, "required properties at '/' are 'inputs'"),
        (RUN, {}, {"inputs": None}, 400, "oneOf"),
        (RUN, {}, {"inputs": {"prompt": "x"}, "options": 1}, 400, "'options'"),
        (RUN, {}, {**inputs(), "options": {"queueRequest": True}}, 400, "options.queueRequest"),
        (RUN, {}, {**inputs(), "options": {"websocket": True}}, 400, "options.websocket"),
        (RUN, {}, {**inputs(), "options": {"rejectIfBusy": 3}}, 400, "rejectIfBusy"),
        ("/run", {}, inputs(), 400, "version"),
        ("/run?version=2", {}, inputs(), 400, "version"),
        ("/run?version=3&userInputs=%7B%7D", {}, inputs(), 400, "stream or form"),
    ],
)
def test_what_cannot_be_given_is_refused_by_name(
    keyless: httpx.Client, path: str, headers: dict[str, str], body: Any, status: int, said: str
) -> None:
    response = keyless.post(path, json=body, headers=headers)
    told = response.json()
    assert response.status_code == status == told["httpCode"]
    assert said in f"{told['internalCode']}: {told['description']}"


def test_options_that_change_no_answer_pass(keyless: httpx.Client) -> None:
    options = {"gateway": {"id": "mine", "skipCache": True}, "tags": ["a"], "rejectIfBusy": None}
    for more in ({}, {"rejectIfBusy": False}):
        body = {**inputs(), "options": {**options, **more}}
        assert keyless.post(RUN, json=body).status_code == 200


def test_a_websocket_is_refused_by_name(keyless: httpx.Client) -> None:
    response = keyless.get("/run", params={"version": "3", "body": "{}"})
    assert response.status_code == 400
    assert "options.websocket" in response.json()["description"]


@pytest.mark.parametrize("path", ["/to-everything/markdown/transformer", "/autorag/rags", "/"])
def test_other_parts_of_the_binding_are_refused_by_name(keyless: httpx.Client, path: str) -> None:
    response = keyless.post("/", headers=miniflare(ADDRESS + path, {}), json={})
    assert response.status_code == 400
    assert f"'{path}' is a part of env.AI" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("address", ["https://example.com/run?version=3", "//[", "run"])
def test_other_bindings_are_refused_by_name(keyless: httpx.Client, address: str) -> None:
    response = keyless.post("/", headers=miniflare(address, CONSN, "INDEX"), json=inputs())
    assert response.status_code == 400
    assert "'INDEX' does not lead to env.AI" in response.json()["description"]


def test_a_wrong_method_is_told(keyless: httpx.Client) -> None:
    direct = keyless.put(RUN, json=inputs())
    passed = keyless.delete("/", headers=miniflare(ADDRESS + SEARCH, {}))
    assert [direct.status_code, passed.status_code] == [405, 405]
    assert passed.json()["internalCode"] == 7001


def test_miniflare_looks_whether_anyone_is_there(keyless: httpx.Client) -> None:
    assert keyless.get("/?MF-Binding=AI").json() == {"status": "ok"}
    upgrade = {"upgrade": "websocket", "connection": "upgrade"}
    assert keyless.get("/?MF-Binding=AI", headers=upgrade).status_code == 200
    for other in ("/", "/?a=MF-Binding=AI", "/?XMF-Binding=AI"):
        assert keyless.get(other).headers["content-type"].startswith("text/html")


def test_the_catalogue_is_enveloped_as_in_the_rest_api(
    client: httpx.Client, keyless: httpx.Client
) -> None:
    query = "?search=tinyllama&per_page=3"
    plain = client.get(f"{ACCOUNT}/ai/models/search{query}").json()
    assert plain["result"]
    assert keyless.get(SEARCH + query).json() == plain
    passed = keyless.get("/", headers=miniflare(f"{ADDRESS}{SEARCH}{query}", {}))
    assert passed.json() == plain
    wrong = keyless.get(SEARCH + "?page=x")
    assert wrong.status_code == 400
    assert "'page'" in wrong.json()["errors"][0]["message"]


def test_a_key_is_needed_where_a_key_belongs(keyless: httpx.Client) -> None:
    path, headers = f"{ACCOUNT}/ai/run/proxy", {"X-Forwarded": ADDRESS + RUN}
    for key in (None, "wrong", "Token x"):
        sent = headers if key is None else {**headers, "Authorization": f"Bearer {key}"}
        response = keyless.post(path, json=inputs(), headers=sent)
        assert response.status_code == 403
        assert response.json()["errors"][0]["code"] == 1031
    held = {"Authorization": "Bearer test-key"}
    missing = keyless.post(path, json=inputs(), headers=held)
    assert (missing.status_code, "X-Forwarded" in missing.text) == (400, True)


@pytest.fixture(scope="module", params=["loopback", "anywhere", "off"])
def served(request: pytest.FixtureRequest, scripted: Running) -> tuple[str, ASGIApp]:
    """A setting of ``env_ai``, and the server's application with it."""
    settings = replace(scripted.settings, env_ai=request.param)
    keys, finetunes = scripted.keys, scripted.finetunes
    services = Services(settings, Catalog.load(), scripted.pool, keys, Gate(1), finetunes)
    return request.param, build_app(services)


async def status(app: ASGIApp, headers: dict[str, str], peer: str = "127.0.0.1") -> int:
    """What the catalogue's door answers a caller from ``peer``, who is not on a socket here."""
    transport = httpx.ASGITransport(app, client=(peer, 4321))
    host = headers.get("host", "127.0.0.1:8080")
    base = f"http://{host}"
    async with httpx.AsyncClient(transport=transport, base_url=base, trust_env=False) as client:
        found = await client.get(SEARCH, headers=headers)
        passed = await client.get("/", headers={**headers, **miniflare(ADDRESS + SEARCH, {})})
    assert passed.status_code == found.status_code
    return found.status_code


HERE: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "127.0.0.1"),
    ({"host": "LocalHost:9"}, "127.8.8.8"),
    ({"host": "[::1]:8080"}, "::1"),
    ({"host": "workers-binding.ai"}, "::ffff:127.0.0.1"),
    ({"sec-fetch-site": "none"}, "127.0.0.1"),
)
ELSEWHERE: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "192.0.2.7"),
    ({}, "::ffff:192.0.2.7"),
    ({}, "somewhere"),
    ({"host": "ai.example.com"}, "127.0.0.1"),
    ({"host": "localhost.example.com"}, "127.0.0.1"),
    ({"host": "127.0.0.1.example.com"}, "127.0.0.1"),
    ({"host": "localhost.:8080"}, "127.0.0.1"),
    ({"host": "0.0.0.0:8080"}, "127.0.0.1"),
    ({"host": "me@127.0.0.1"}, "127.0.0.1"),
    ({"x-forwarded-for": "192.0.2.7"}, "127.0.0.1"),
    ({"x-forwarded-proto": "https"}, "127.0.0.1"),
    ({"forwarded": "for=192.0.2.7"}, "127.0.0.1"),
    ({"via": "1.1 proxy"}, "127.0.0.1"),
)
PAGES: tuple[dict[str, str], ...] = (
    {"origin": "https://example.com"},
    {"origin": "http://localhost:3000"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8080"},
    {"host": "workers-binding.ai", "origin": "http://workers-binding.ai"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-origin"},
)


@pytest.mark.parametrize(("headers", "peer"), HERE)
async def test_programs_of_this_machine_need_no_key(
    served: tuple[str, ASGIApp], headers: dict[str, str], peer: str
) -> None:
    access, app = served
    assert await status(app, headers, peer) == (404 if access == "off" else 200)


@pytest.mark.parametrize(("headers", "peer"), ELSEWHERE)
async def test_others_pass_where_the_owner_says_so(
    served: tuple[str, ASGIApp], headers: dict[str, str], peer: str
) -> None:
    access, app = served
    expected = {"loopback": 403, "anywhere": 200, "off": 404}[access]
    assert await status(app, headers, peer) == expected


@pytest.mark.parametrize("headers", PAGES)
async def test_pages_never_pass(served: tuple[str, ASGIApp], headers: dict[str, str]) -> None:
    access, app = served
    assert await status(app, headers) == (404 if access == "off" else 403)
