"""The routes of finetunes over a real socket: whose they are, what a body must be, what is said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models.adapters import peft_folder
from tests.running import Running, running, settings_for
from tests.server.finetune_calls import FINETUNES, HOUSE, SHAPE, created, error, upload
from tests.server.scripted import scripted_pool
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import ASSETS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With one adapter that ships with it."""
    shipped = tmp_path_factory.mktemp("shipped")
    peft_folder(shipped / "pirate", architecture=SHAPE)
    settings = settings_for(tmp_path_factory.mktemp("home"))
    with running(settings, scripted_pool, shipped=shipped) as server:
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def with_key(server: Running, *scopes: str) -> httpx.Client:
    key = server.keys.create(uuid.uuid4().hex, scopes)
    return server.client(headers={"authorization": f"Bearer {key}"})


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_finetune_is_created_and_listed(client: httpx.Client, slash: str) -> None:
    body = {"model": HOUSE.name, "name": f"mine{slash and '2'}", "description": "Speaks."}
    response = client.post(FINETUNES + slash, json={**body, "public": None, "colour": "red"})
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert (answer["success"], answer["errors"], answer["messages"]) == (True, [], [])
    result = answer["result"]
    assert {**body, "public": False}.items() <= result.items()
    assert uuid.UUID(result["id"])
    for field in ("created_at", "modified_at"):
        assert datetime.fromisoformat(result[field]).tzinfo is not None
    assert result in client.get(FINETUNES + slash).json()["result"]


@pytest.mark.parametrize(
    ("body", "code", "why"),
    [
        ({}, 5006, "required properties at '/' are 'model,name'"),
        ({"model": HOUSE.name}, 5006, "required properties at '/' are 'model,name'"),
        ([], 5006, ""),
        ({"model": 1, "name": "a"}, 5006, "'/model'"),
        ({"model": HOUSE.name, "name": ""}, 5006, "'/name'"),
        ({"model": HOUSE.name, "name": None}, 5006, "'/name'"),
        ({"model": HOUSE.name, "name": "a", "public": "yes"}, 5006, "'/public'"),
        ({"model": HOUSE.name, "name": "a", "description": 5}, 5006, "'/description'"),
        ({"model": HOUSE.name, "name": "a/b"}, 5006, "no '/'"),
        ({"model": HOUSE.name, "name": "cf-public-a"}, 5006, "reserved"),
        ({"model": "@cf/nobody/nothing", "name": "a"}, 5007, "@cf/nobody/nothing"),
    ],
)
def test_a_body_that_creates_nothing_says_why(
    client: httpx.Client, body: Any, code: int, why: str
) -> None:
    before = client.get(FINETUNES).json()["result"]
    assert why in error(client.post(FINETUNES, json=body), 400, code)
    assert client.get(FINETUNES).json()["result"] == before


def test_bytes_that_are_no_json_create_nothing(client: httpx.Client) -> None:
    error(client.post(FINETUNES, content=b"{"), 400, 5006)
    error(client.post(FINETUNES), 400, 3003)
    error(client.post(FINETUNES, json={"name": "a" * 70_000}), 413, 3006)


def test_a_name_is_had_once(client: httpx.Client) -> None:
    name = created(client)["name"]
    response = client.post(FINETUNES, json={"model": HOUSE.name, "name": name})
    assert f"'{name}' already" in error(response, 400, 5006)


def test_a_finetune_that_is_deleted_is_gone(client: httpx.Client, tmp_path: Path) -> None:
    finetune = created(client)
    assert client.delete(f"{FINETUNES}/{finetune['name']}").json()["result"] == {
        "id": finetune["id"]
    }
    path = f"{FINETUNES}/{finetune['id']}"
    gone = (client.get(path), client.delete(path), upload(client, finetune["id"], CONFIG, b"{}"))
    for response in gone:
        assert finetune["id"] in error(response, 404, 5033)
    assert finetune not in client.get(FINETUNES).json()["result"]


def test_what_another_key_created_is_its_own(client: httpx.Client, server: Running) -> None:
    finetune = created(client)
    with with_key(server, "run", "admin") as other:
        assert other.get(FINETUNES).json()["result"] == []
        for reference in (finetune["id"], finetune["name"]):
            path = f"{FINETUNES}/{reference}"
            error(other.get(path), 404, 5033)
            error(other.delete(path), 404, 5033)
            error(upload(other, reference, CONFIG, b"{}"), 404, 5033)


def test_changes_need_the_scope_admin_and_looking_needs_a_key(
    client: httpx.Client, server: Running
) -> None:
    public = f"{FINETUNES}/public"
    path = f"{FINETUNES}/cf-public-house-pirate"
    with with_key(server, "run") as reader:
        for allowed in (FINETUNES, public, path):
            assert reader.get(allowed).status_code == 200
        error(reader.post(FINETUNES, json={"model": HOUSE.name, "name": "a"}), 401, 10000)
        error(reader.delete(path), 401, 10000)
        error(upload(reader, "cf-public-house-pirate", CONFIG, b"{}"), 401, 10000)
    with with_key(server, "admin") as admin:
        assert admin.get(FINETUNES).status_code == 200
        assert created(admin)
    for needed in (FINETUNES, public, path):
        error(httpx.get(server.url + needed), 400, 9106)


def test_shipped_adapters_are_public_and_nobody_changes_them(client: httpx.Client) -> None:
    (entry,) = [
        entry
        for entry in client.get(f"{FINETUNES}/public").json()["result"]
        if entry["name"] == "cf-public-house-pirate"
    ]
    assert entry["public"] is True
    assert entry["model"] == HOUSE.name
    for reference in (entry["id"], entry["name"]):
        path = f"{FINETUNES}/{reference}"
        read = client.get(path).json()["result"]
        assert entry.items() <= read.items()
        assert read["missing"] == []
        error(client.delete(path), 404, 5033)
        error(upload(client, reference, CONFIG, b"{}"), 404, 5033)


def test_public_finetunes_are_listed_once_they_are_whole(
    client: httpx.Client, server: Running, tmp_path: Path
) -> None:
    finetune = created(client, public=True)
    name = f"cf-public-{finetune['name']}"
    folder = peft_folder(tmp_path, architecture=SHAPE)

    def listed() -> list[str]:
        with with_key(server, "run") as other:
            entries = other.get(f"{FINETUNES}/public").json()["result"]
        return [entry["name"] for entry in entries]

    upload(client, finetune["id"], CONFIG, folder)
    assert name not in listed()
    upload(client, finetune["id"], WEIGHTS, folder)
    assert name in listed()
    with with_key(server, "run") as other:
        assert other.get(f"{FINETUNES}/{name}").json()["result"]["name"] == name
    client.delete(f"{FINETUNES}/{finetune['id']}")


def test_the_public_ones_come_in_pages_and_orders(client: httpx.Client, tmp_path: Path) -> None:
    folder = peft_folder(tmp_path, architecture=SHAPE)
    made = [created(client, public=True, name=name) for name in ("zebra", "aardvark")]
    for finetune in made:
        for name in ASSETS:
            upload(client, finetune["id"], name, folder)

    def names(**query: Any) -> list[str]:
        answer = client.get(f"{FINETUNES}/public", params=query).json()
        return [entry["name"] for entry in answer["result"]]

    in_order = ["cf-public-house-pirate", "cf-public-zebra", "cf-public-aardvark"]
    assert names() == in_order
    assert names(limit=2) == in_order[:2]
    assert names(limit="2.0", offset="1.0") == in_order[1:]
    assert names(offset=7) == names(limit=0) == []
    assert names(orderBy="name") == sorted(in_order)
    assert names(orderBy="created_at")[1:] == in_order[1:]
    assert names(orderBy="name", limit=1, offset=1) == ["cf-public-house-pirate"]
    for finetune in made:
        client.delete(f"{FINETUNES}/{finetune['id']}")


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=a", "limit=1.5", "offset=", "orderBy=owner", "page=2"]
)
def test_a_page_that_cannot_be_had_is_refused(client: httpx.Client, query: str) -> None:
    message = error(client.get(f"{FINETUNES}/public?{query}"), 400, 5006)
    assert query.partition("=")[0] in message


@pytest.mark.parametrize("path", [FINETUNES, f"{FINETUNES}/cf-public-house-pirate"])
def test_what_has_no_pages_takes_no_parameters(client: httpx.Client, path: str) -> None:
    assert "'limit' is not supported" in error(client.get(f"{path}?limit=1"), 400, 5006)


def test_other_methods_are_refused(client: httpx.Client) -> None:
    for method, path in (
        ("PUT", FINETUNES),
        ("POST", f"{FINETUNES}/public"),
        ("PATCH", f"{FINETUNES}/a"),
        ("GET", f"{FINETUNES}/a/finetune-assets"),
    ):
        error(client.request(method, path), 405, 7001)
