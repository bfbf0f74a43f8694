"""DeepInfra's routes over the socket: its catalogue, its keys, its names, and what is not here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors import DOORS, MODEL, Door, assert_error, by_name
from tests.running import Running
from tests.server.scripted import ScriptedBackend
from understudy.catalog.registry import Catalog
from understudy.server.deepinfra import DEEPINFRA_UNSERVED, METHODS, OPENAI_UNSERVED

LLAMA_2 = "meta-llama/Llama-2-70b-chat-hf"
DEEPINFRA = [door for door in DOORS if door.errors == "deepinfra"]
NATIVE = next(door for door in DEEPINFRA if "inference" in door.path)
each_door = pytest.mark.parametrize("door", DEEPINFRA, ids=by_name)


def at(door: Door, model: str) -> tuple[str, dict[str, Any]]:
    body = door.body("hello")
    return door.path.replace(MODEL, model), {**body, **({"model": model} if door.fixed else {})}


@each_door
@pytest.mark.parametrize("model", [MODEL.upper(), f"{MODEL}:latest", f"{MODEL}:main"])
def test_a_model_is_known_in_either_case_and_by_its_version(
    client: httpx.Client, backend: ScriptedBackend, door: Door, model: str
) -> None:
    path, body = at(door, model)
    answer = client.post(path, json=body).json()
    assert door.text(answer)
    # Whoever matches answers to questions does so by the name that they sent.
    assert answer.get("model", model) == model
    streamed = client.post(path, json={**body, "stream": True}).text
    assert not door.fixed or f'"model":"{model}"' in streamed


@each_door
@pytest.mark.parametrize(
    ("model", "why"),
    [
        (f"{LLAMA_2}:abc", "has no version 'abc' here, only 'main' or 'latest'"),
        ("deploy_id:abc", "deploy_id:abc is a deployment, and this server has none"),
        (f"{LLAMA_2}:", "has no version ''"),
        ("nobody/nothing:latest", "Model not found: nobody/nothing:latest"),
    ],
)
def test_other_versions_and_deployments_are_refused_by_name(
    client: httpx.Client, door: Door, model: str, why: str
) -> None:
    path, body = at(door, model)
    response = client.post(path, json=body)
    assert why in assert_error(door, response, 404)
    assert response.json()["error"]["param"] == "model"


def test_a_deployments_route_is_refused_by_name(client: httpx.Client) -> None:
    response = client.post("/v1/inference/deploy/abc", json={"input": "x"})
    assert "deploy_id:abc is a deployment" in assert_error(NATIVE, response, 404)


@each_door
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "bearer KEY"},
        {"xi-api-key": "KEY"},
        {"x-api-key": "KEY"},
        {"authorization": "Bearer KEY", "x-deepinfra-source": "playground"},
    ],
    ids=lambda headers: "+".join(headers),
)
def test_each_header_with_a_key_opens(
    scripted: Running, backend: ScriptedBackend, door: Door, headers: dict[str, str]
) -> None:
    sent = {name: value.replace("KEY", scripted.key) for name, value in headers.items()}
    with scripted.client(headers=sent) as client:
        assert client.post(door.path, json=door.body("hello")).status_code == 200
    wrong = {name: value.replace("KEY", "wrong") for name, value in headers.items()}
    with scripted.client(headers=wrong) as client:
        assert_error(door, client.post(door.path, json=door.body("hello")), 401)


@each_door
def test_a_scoped_token_is_refused_as_one(scripted: Running, door: Door) -> None:
    with scripted.client(headers={"authorization": "Bearer jwt:a.b.c"}) as client:
        response = client.post(door.path, json=door.body("hello"))
    assert "scoped JWTs ('jwt:…') are not supported" in assert_error(door, response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


@each_door
def test_a_body_may_be_packed(client: httpx.Client, backend: ScriptedBackend, door: Door) -> None:
    packed = gzip.compress(json.dumps(door.body("hello")).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    assert client.post(door.path, content=packed, headers=headers).status_code == 200


def test_a_webhook_is_refused_by_name(client: httpx.Client) -> None:
    body = NATIVE.body("hello", webhook="http://127.0.0.1/")
    response = client.post(NATIVE.path, json=body)
    assert "'webhook' is not supported" in assert_error(NATIVE, response, 400)
    assert response.json()["error"]["param"] == "webhook"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/openai/models"])
def test_a_model_of_the_list_is_told_alone_by_any_of_its_names(
    client: httpx.Client, path: str
) -> None:
    listed = {model["id"]: model for model in client.get(path).json()["data"]}
    for name in (LLAMA_2, LLAMA_2.lower(), f"{LLAMA_2}:latest"):
        assert client.get(f"{path}/{name}").json() == listed[LLAMA_2]
    metadata = listed[LLAMA_2]["metadata"]
    assert set(metadata) == {"description", "context_length", "max_tokens", "pricing", "tags"}
    refused = client.get(f"{path}/{LLAMA_2}:abc")
    assert "has no version 'abc'" in assert_error(NATIVE, refused, 404)


def test_the_list_suits_clients_that_look_for_what_chats(client: httpx.Client) -> None:
    path = "/v1/openai/models"
    listed = client.get(path, params={"sort_by": "openclaw", "filter": "with_meta"}).json()
    assert listed == client.get(path).json()
    for model in listed["data"]:
        assert {"chat", "prompt_cache"} <= set(model["metadata"]["tags"])


def test_the_services_own_list_has_every_model(client: httpx.Client) -> None:
    listed = {model["model_name"]: model for model in client.get("/models/list").json()}
    assert set(listed) >= {card.name for card in Catalog.load()}
    for name in (LLAMA_2, LLAMA_2.lower()):
        info = client.get(f"/models/{name}").json()
        assert info["pricing"] == listed[LLAMA_2]["pricing"]
        assert f"{client.base_url}/v1/inference/{LLAMA_2}" in info["curl_inv"]
    assert client.get(f"/models/{LLAMA_2}?version=main").status_code == 200
    for path in (f"/models/{LLAMA_2}?version=abc", "/models/nobody/nothing", "/models/featured"):
        assert_error(NATIVE, client.get(path), 404)


def test_the_example_of_a_models_page_is_a_request_that_works(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    line = client.get(f"/models/{MODEL}").json()["curl_inv"]
    body = json.loads(line[line.index("{") : line.rindex("}") + 1])
    assert client.post(f"/v1/inference/{MODEL}", json=body).status_code == 200


@pytest.mark.parametrize("path", ["/models/list", f"/models/{MODEL}", "/v1/me"])
def test_the_catalogue_and_the_account_need_a_key(scripted: Running, path: str) -> None:
    assert_error(NATIVE, httpx.get(scripted.url + path), 401)


def test_a_key_learns_whose_it_is(scripted: Running, client: httpx.Client) -> None:
    told = client.get("/v1/me").json()
    assert (told["uid"], told["display_name"], told["is_admin"]) == (
        "configured",
        "configured",
        True,
    )
    key = scripted.keys.create("a laptop", ["run"])
    with scripted.client(headers={"xi-api-key": key}) as other:
        told = other.get("/v1/me?checklist=false").json()
    assert (told["display_name"], told["is_admin"]) == ("a laptop", False)
    assert told["uid"] == told["root_uid"] == key.split("-")[1]
    refused = client.get("/v1/me?checklist=true")
    assert "checklist" in assert_error(NATIVE, refused, 400)
    assert_error(NATIVE, client.delete("/v1/me"), 405)


UNSERVED = {
    **{f"/v1/openai/{name}": what for name, what in OPENAI_UNSERVED.items()},
    **{f"/v1/{name}": what for name, what in OPENAI_UNSERVED.items()},
    **DEEPINFRA_UNSERVED,
}


@pytest.mark.parametrize("path", UNSERVED)
def test_what_is_not_served_is_refused_by_name(
    scripted: Running, client: httpx.Client, path: str
) -> None:
    for below in ("", "/abc", "/abc/def"):
        for method in METHODS:
            response = client.request(method, path + below)
            text = assert_error(NATIVE, response, 404)
            assert f"does not serve {UNSERVED[path]} ({method} {path}{below})" in text
            assert response.json()["error"]["code"] == "not_served"
    assert_error(NATIVE, httpx.post(scripted.url + path, json={}), 401)
    assert_error(NATIVE, client.request("TRACE", path), 405)


def test_what_is_not_served_stands_in_the_docs() -> None:
    page = Path(__file__).parents[2] / "docs" / "dialects.md"
    docs = page.read_text(encoding="utf-8")
    said = docs[docs.index("### Routes that are refused by name") :]
    for start in (*OPENAI_UNSERVED, *DEEPINFRA_UNSERVED):
        assert f"`{start}" in said


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/files", "/v1/audio/transcriptions"])
def test_a_large_body_for_what_is_not_served_is_refused_all_the_same(
    client: httpx.Client, path: str
) -> None:
    response = client.post(path, files={"file": ("a", b"x" * 50_000)})
    assert_error(NATIVE, response, 404)
