"""The routes of finetunes over a real socket: whose they are, what a body must be, what is said."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT
from tests.models.adapters import peft_folder
from tests.models.world import until
from tests.running import Running, running, settings_for
from tests.server.scripted import scripted_pool
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import ASSETS

HOUSE = Catalog.load().bundled
LLAMA = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
SHAPE = Architecture.from_config(HOUSE.architecture)
LLAMA_SHAPE = Architecture.from_config(LLAMA.architecture)
FINETUNES = f"{ACCOUNT}/ai/finetunes"
LARGEST = 1_000_000


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped")
    peft_folder(folder / "pirate", architecture=SHAPE)
    return folder


@pytest.fixture(scope="module")
def server(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    settings = settings_for(home, max_adapter=LARGEST)
    with running(settings, scripted_pool, shipped=shipped) as server:
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def with_key(server: Running, *scopes: str) -> httpx.Client:
    key = server.keys.create(uuid.uuid4().hex, scopes)
    return server.client(headers={"authorization": f"Bearer {key}"})


def created(client: httpx.Client, model: str = HOUSE.name, **more: Any) -> dict[str, Any]:
    body = {"model": model, "name": uuid.uuid4().hex[:12], **more}
    response = client.post(FINETUNES, json=body)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def upload(
    client: httpx.Client, reference: str, name: str, content: bytes | Path
) -> httpx.Response:
    data = content if isinstance(content, bytes) else (content / name).read_bytes()
    path = f"{FINETUNES}/{reference}/finetune-assets/"
    return client.post(path, data={"file_name": name}, files={"file": ("blob", data)})


def error(response: httpx.Response, status: int, code: int) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["success"] is False
    assert body["errors"][0]["code"] == code, response.text
    message: str = body["errors"][0]["message"]
    return message


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


@pytest.mark.parametrize("order", [ASSETS, ASSETS[::-1]])
@pytest.mark.parametrize("by", ["id", "name"])
def test_files_are_uploaded_by_id_and_name_in_either_order(
    client: httpx.Client, tmp_path: Path, order: tuple[str, ...], by: str
) -> None:
    finetune = created(client)
    folder = peft_folder(tmp_path, architecture=SHAPE)
    lacking = list(ASSETS)
    for name in order:
        answer = upload(client, finetune[by], name, folder).json()
        assert answer["success"] is True
        asset = answer["result"]
        assert asset["file_name"] == name
        assert asset["finetune_id"] == finetune["id"]
        assert set(asset) == {
            *("id", "bucket_name", "created_at", "modified_at", "file_name", "finetune_id")
        }
        lacking.remove(name)
        read = client.get(f"{FINETUNES}/{finetune[by]}").json()["result"]
        assert read["missing"] == lacking
        assert asset in read["assets"]


def test_a_file_may_stand_before_its_name(client: httpx.Client, tmp_path: Path) -> None:
    folder = peft_folder(tmp_path, architecture=SHAPE)
    files = [
        ("file", ("blob", (folder / CONFIG).read_bytes())),
        ("file_name", (None, CONFIG.encode())),
    ]
    path = f"{FINETUNES}/{created(client)['id']}/finetune-assets"
    assert client.post(path, files=files).json()["result"]["file_name"] == CONFIG


@pytest.mark.parametrize("name", ["model.safetensors", "../finetune.json", "", CONFIG.upper()])
def test_a_file_of_another_name_is_refused(client: httpx.Client, name: str) -> None:
    finetune = created(client)
    message = error(upload(client, finetune["id"], name, b"{}"), 400, 5006)
    assert f"must be {WEIGHTS} or {CONFIG}" in message
    assert client.get(f"{FINETUNES}/{finetune['id']}").json()["result"]["assets"] == []


def test_a_form_without_a_name_or_a_file_is_refused(client: httpx.Client) -> None:
    path = f"{FINETUNES}/{created(client)['id']}/finetune-assets"
    assert "'file_name' is missing" in error(
        client.post(path, files={"file": ("blob", b"{}")}), 400, 5006
    )
    assert "multipart/form-data" in error(client.post(path, json={}), 400, 5006)


@pytest.mark.parametrize(
    ("wrong", "name", "why"),
    [
        ({"r": 65}, CONFIG, "'r' must be an integer from 1 to 64"),
        ({"use_dora": True}, CONFIG, "'use_dora' is true"),
        ({"model_type": "gemma"}, CONFIG, "'model_type' is 'gemma'"),
        ({"task_type": "SEQ_CLS"}, CONFIG, "'task_type'"),
        ({"base_model_name_or_path": LLAMA.repo}, CONFIG, f"the weights of {LLAMA.name}"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said_at_its_upload(
    client: httpx.Client, tmp_path: Path, wrong: dict[str, Any], name: str, why: str
) -> None:
    peft_folder(tmp_path, architecture=SHAPE)
    config = json.loads((tmp_path / CONFIG).read_text())
    response = upload(client, created(client)["id"], name, json.dumps({**config, **wrong}).encode())
    message = error(response, 400, 3030)
    assert "Lora not compatible with model: adapter_config.json" in message
    assert why in message


def test_weights_of_another_shape_are_refused_alone(client: httpx.Client, tmp_path: Path) -> None:
    folder = peft_folder(tmp_path, architecture=LLAMA_SHAPE, rank=1, kinds=("k_proj",))
    message = error(upload(client, created(client)["id"], WEIGHTS, folder), 400, 3030)
    assert "Lora not compatible with model: adapter_model.safetensors" in message
    assert str(tmp_path) not in message


def test_weights_of_another_rank_are_refused_beside_their_configuration(
    client: httpx.Client, tmp_path: Path
) -> None:
    finetune = created(client)
    small = peft_folder(tmp_path / "4", architecture=SHAPE, rank=4)
    assert upload(client, finetune["id"], CONFIG, small).status_code == 200
    large = peft_folder(tmp_path / "8", architecture=SHAPE, rank=8)
    message = error(upload(client, finetune["id"], WEIGHTS, large), 400, 3030)
    assert "where rank 4 and the model ask for" in message
    assert client.get(f"{FINETUNES}/{finetune['id']}").json()["result"]["missing"] == [WEIGHTS]


def test_an_adapter_of_a_model_that_is_not_downloaded_is_judged_by_its_card(
    client: httpx.Client, tmp_path: Path
) -> None:
    finetune = created(client, LLAMA.name)
    folder = peft_folder(tmp_path / "house", architecture=SHAPE)
    error(upload(client, finetune["id"], WEIGHTS, folder), 400, 3030)
    folder = peft_folder(tmp_path / "llama", architecture=LLAMA_SHAPE, rank=1, kinds=("k_proj",))
    for name in ASSETS:
        assert upload(client, finetune["id"], name, folder).status_code == 200


def test_a_file_too_large_is_refused_and_nothing_of_it_stays(
    client: httpx.Client, server: Running
) -> None:
    finetune = created(client)
    before = {path.name for path in (server.settings.home / "finetunes").iterdir()}
    error(upload(client, finetune["id"], WEIGHTS, b"a" * (LARGEST + 1)), 413, 3006)

    def in_pieces() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        for _ in range(LARGEST // 1000 + 1):
            yield b"a" * 1000

    kind = {"content-type": "multipart/form-data; boundary=x"}
    path = f"{FINETUNES}/{finetune['id']}/finetune-assets"
    error(client.post(path, content=in_pieces(), headers=kind), 413, 3006)
    assert {path.name for path in (server.settings.home / "finetunes").iterdir()} == before


def test_an_upload_broken_off_leaves_nothing(client: httpx.Client, server: Running) -> None:
    finetune = created(client)

    def broken_off() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
        yield b"a" * 100_000
        raise ConnectionAbortedError

    kind = {"content-type": "multipart/form-data; boundary=x"}
    path = f"{FINETUNES}/{finetune['id']}/finetune-assets"
    before = set((server.settings.home / "finetunes").iterdir())
    with pytest.raises(ConnectionAbortedError):
        client.post(path, content=broken_off(), headers=kind)
    gone = until(lambda: set((server.settings.home / "finetunes").iterdir()) == before)
    asyncio.run_coroutine_threadsafe(gone, server.loop).result(60)
    assert client.get(f"{FINETUNES}/{finetune['id']}").json()["result"]["assets"] == []


def test_a_file_that_cannot_be_written_is_said_without_a_path(
    client: httpx.Client, server: Running, tmp_path: Path
) -> None:
    finetune = created(client)
    folder = server.settings.home / "finetunes" / finetune["id"]
    (folder / CONFIG).mkdir()
    message = error(
        upload(client, finetune["id"], CONFIG, peft_folder(tmp_path, architecture=SHAPE)), 500, 3043
    )
    assert "could not be stored: Is a directory" in message
    assert str(folder) not in message


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
