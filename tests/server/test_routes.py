"""Routes, keys and methods: refused at each door as its service refuses."""

from __future__ import annotations

import socket
from dataclasses import replace

import httpx
import pytest

from tests.doors import ACCOUNT, DOORS, MODEL, Door, assert_error, by_name
from tests.running import Running
from tests.server.scripted import ScriptedBackend
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.errors import ConfigError
from understudy.server.app import build_app
from understudy.server.gate import Gate
from understudy.server.pipeline import Services

each_door = pytest.mark.parametrize("door", DOORS, ids=by_name)
HEX = "0123456789abcdef" * 2


@each_door
def test_no_key(scripted: Running, door: Door) -> None:
    with scripted.client(headers={}) as client:
        response = client.post(door.path, json=door.body("hello"))
    if door.errors == "workers":
        assert '"code":9106' in assert_error(door, response, 400)
    else:
        assert "Not authenticated" in assert_error(door, response, 401)


@each_door
@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer usk-00000000-x"])
def test_a_bad_key(client: httpx.Client, door: Door, value: str) -> None:
    response = client.post(door.path, json=door.body("hello"), headers={"authorization": value})
    text = assert_error(door, response, 401)
    assert door.errors != "workers" or '"code":10000' in text


@each_door
def test_a_malformed_key(client: httpx.Client, door: Door) -> None:
    headers = {"authorization": "Token x"}
    response = client.post(door.path, json=door.body("hello"), headers=headers)
    if door.errors == "workers":
        text = assert_error(door, response, 400)
        assert '"code":6003' in text
        assert '"code":6111' in text
    else:
        assert_error(door, response, 401)


@each_door
def test_a_key_without_the_scope(scripted: Running, client: httpx.Client, door: Door) -> None:
    key = scripted.keys.create(f"watcher of {door.name}", ["admin"])
    headers = {"authorization": f"Bearer {key}"}
    response = client.post(door.path, json=door.body("hello"), headers=headers)
    assert_error(door, response, 401, 403)


@each_door
def test_each_service_takes_its_own_key_header(
    scripted: Running, backend: ScriptedBackend, door: Door
) -> None:
    workers = door.errors == "workers"
    name = "x-auth-key" if workers else "xi-api-key"
    headers = {name: scripted.key, **({"x-auth-email": "a@b.c"} if workers else {})}
    with scripted.client(headers=headers) as client:
        assert client.post(door.path, json=door.body("hello")).status_code == 200


@each_door
def test_keys_come_before_bodies(scripted: Running, door: Door) -> None:
    with scripted.client(headers={"authorization": "Bearer wrong"}) as client:
        assert_error(door, client.post(door.path, content=b"{"), 401)


@each_door
def test_the_wrong_method(client: httpx.Client, door: Door) -> None:
    for method in ("GET", "PUT", "DELETE"):
        response = client.request(method, door.path)
        text = assert_error(door, response, 405)
        assert response.headers["allow"] == "POST"
        assert door.errors != "workers" or '"code":7001' in text


@each_door
def test_an_unknown_model(client: httpx.Client, door: Door) -> None:
    path = door.path.replace(MODEL, "@cf/nobody/nothing")
    body = door.body("hello")
    if "model" in body:
        body["model"] = "@cf/nobody/nothing"
    response = client.post(path, json=body)
    text = assert_error(door, response, 400 if door.errors == "workers" else 404)
    assert "@cf/nobody/nothing" in text


@pytest.mark.parametrize("account", ["local", HEX])
def test_accounts_that_are_ours(
    client: httpx.Client, backend: ScriptedBackend, account: str
) -> None:
    path = f"/client/v4/accounts/{account}/ai/run/{MODEL}"
    assert client.post(path, json={"prompt": "hello"}).status_code == 200


@pytest.mark.parametrize("account", ["x", HEX[1:], HEX + "0", HEX.upper(), "g" * 32, "LOCAL"])
@pytest.mark.parametrize("rest", [f"ai/run/{MODEL}", "ai/v1/chat/completions", "ai/nothing"])
def test_accounts_that_are_not_are_refused_before_keys(
    scripted: Running, account: str, rest: str
) -> None:
    path = f"/client/v4/accounts/{account}/{rest}"
    response = httpx.post(scripted.url + path, json={})
    assert response.status_code == 404
    assert response.json()["errors"] == [
        {
            "code": 7003,
            "message": f"Could not route to {path}, perhaps your object identifier is invalid?",
        }
    ]


def test_the_path_is_repeated_as_it_was_sent(scripted: Running) -> None:
    path = f"/client/v4/accounts/n%6F%20body/ai/run/{MODEL.replace('@', '%40')}/"
    message = httpx.post(scripted.url + path, json={}).json()["errors"][0]["message"]
    assert message == f"Could not route to {path}, perhaps your object identifier is invalid?"


@pytest.mark.parametrize("rest", [f"ai/run/{MODEL}", "ai/models/search", "ai/v1/models"])
def test_the_account_comes_before_the_method(client: httpx.Client, rest: str) -> None:
    for method in ("PUT", "DELETE", "OPTIONS"):
        response = client.request(method, f"/client/v4/accounts/nobody/{rest}")
        assert (response.status_code, response.json()["errors"][0]["code"]) == (404, 7003)


@pytest.mark.parametrize("origin", ["http://anywhere", "HTTPS://anywhere:1"])
@pytest.mark.parametrize(
    ("target", "status"),
    [("/health?a=b", 200), ("/v1/models?a=b", 401), ("?search=a", 200), ("", 200)],
)
def test_a_target_in_absolute_form_is_the_path_in_it(
    scripted: Running, origin: str, target: str, status: int
) -> None:
    url = httpx.URL(scripted.url)
    with socket.create_connection((url.host, url.port), timeout=60) as raw:
        raw.sendall(f"GET {origin}{target} HTTP/1.1\r\nhost: anywhere\r\n\r\n".encode())
        assert raw.recv(12) == f"HTTP/1.1 {status}".encode()


def test_unknown_routes_beside_openais_have_an_error_that_its_clients_read(
    client: httpx.Client,
) -> None:
    for path in (f"{ACCOUNT}/ai/v1/images", f"{ACCOUNT}/ai/v1"):
        body = client.post(path, json={}).json()
        assert body["errors"][0]["code"] == 7000
        assert body["error"]["message"] == body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("path", "workers"),
    [
        (f"{ACCOUNT}/ai/nothing", True),
        ("/client/v4/nothing", True),
        ("/v1/openai/nothing", False),
        ("/v1/inference", False),
        ("/nothing", False),
    ],
)
def test_unknown_routes_are_refused_in_the_dialect_of_their_prefix(
    client: httpx.Client, path: str, workers: bool
) -> None:
    response = client.get(path)
    assert response.status_code == 404
    body = response.json()
    if workers:
        assert body["errors"][0]["code"] == 7000
    else:
        assert body["error"]["message"]


def test_health_and_readiness_need_no_key(scripted: Running) -> None:
    for path, status in (("/health", "ok"), ("/ready", "ready")):
        response = httpx.get(scripted.url + path)
        assert (response.status_code, response.json()) == (200, {"status": status})
        assert httpx.head(scripted.url + path).status_code == 200


def test_a_server_whose_engine_broke_is_not_ready(scripted: Running) -> None:
    scripted.pool.healthy = False
    try:
        assert httpx.get(scripted.url + "/ready").status_code == 503
        assert httpx.get(scripted.url + "/health").status_code == 200
    finally:
        scripted.pool.healthy = True
    assert httpx.get(scripted.url + "/ready").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{ACCOUNT}/ai/run/%00",
        f"{ACCOUNT}/ai/run/%ff%fe",
        f"{ACCOUNT}/ai/run/..%2F..%2Fetc%2Fpasswd",
        f"{ACCOUNT}/ai/run/" + "a" * 5000,
        f"{ACCOUNT}/ai/run/%0d%0ax-injected:%201",
        "/v1/inference/%F0%9F%98%80",
        "/v1/inference/%ED%A0%80",
        "/v1/models/%00",
        "/%2e%2e/",
        "/client/v4/accounts/%2F/ai/run/x",
    ],
    ids=lambda path: path[:40],
)
def test_odd_paths_lead_to_an_ordinary_refusal(client: httpx.Client, path: str) -> None:
    for method in ("GET", "POST"):
        response = client.request(method, path, json={"prompt": "x", "input": "x"})
        assert response.status_code in (400, 404, 405), response.text
        assert response.headers["content-type"] == "application/json"
        assert "x-injected" not in response.headers


def test_a_version_that_is_not_here_is_refused_by_name(client: httpx.Client) -> None:
    native = next(door for door in DOORS if door.path.startswith("/v1/inference"))
    body = native.body("hello")
    response = client.post(native.path + "?version=abc", json=body)
    assert "has no version 'abc' here" in assert_error(native, response, 404)
    assert client.post(native.path + "?version=&x=1", json=body).status_code == 200


def test_a_card_with_a_schema_that_nobody_can_judge_stops_the_start(
    scripted: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog.load()
    card = next(iter(catalog))
    strange = replace(card, input_schema={"type": "object", "patternProperties": {}})
    monkeypatch.setattr(Catalog, "__iter__", lambda self: iter([strange]))
    finetunes = scripted.finetunes
    services = Services(Settings(), catalog, scripted.pool, scripted.keys, Gate(1), finetunes)
    with pytest.raises(ConfigError, match=r"patternProperties"):
        build_app(services)
