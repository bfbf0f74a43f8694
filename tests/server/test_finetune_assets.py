"""Files of finetunes over a real socket: taken in once they are judged, or refused with the reason,
and nothing of them left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models.adapters import peft_folder
from tests.models.world import until
from tests.running import Running, running, settings_for
from tests.server.finetune_calls import FINETUNES, SHAPE, created, error, upload
from tests.server.scripted import scripted_pool
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import ASSETS

LLAMA = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
LLAMA_SHAPE = Architecture.from_config(LLAMA.architecture)
LARGEST = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = settings_for(tmp_path_factory.mktemp("home"), max_adapter=LARGEST)
    with running(settings, scripted_pool) as server:
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


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
