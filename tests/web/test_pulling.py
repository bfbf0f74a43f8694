"""Downloads that are started, watched and stopped over HTTP, from a hub on a socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.hub.server import Hub, serving
from tests.running import TINY, Running, running, settings_for, tiny_pool
from understudy.catalog.registry import Catalog
from understudy.models.random_weights import write_random

NAME = next(card.name for card in Catalog.load() if "tinyllama" in card.name)
PATH = f"/catalog/{NAME}/pull"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings_for(tmp_path_factory.mktemp("pulling")), tiny_pool) as server:
        yield server


@pytest.fixture
def hub(
    server: Running, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("repository")
    write_random({**TINY, "hidden_size": 256, "vocab_size": 2048}, folder)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(folder / "nothing"))
    with serving(Hub(folder)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
        with server.client() as client:
            client.delete(PATH)


def until(client: httpx.Client, *states: str) -> dict[str, Any]:
    """What the server tells once the pull is in one of ``states``."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told: dict[str, Any] = client.get(PATH).json()
        if told["pull"]["state"] in states:
            return told
    raise AssertionError(told)


def test_a_download_is_stopped_and_goes_on_where_it_was(server: Running, hub: Hub) -> None:
    hub.stall_after = 128 * 1024
    with server.client() as client:
        assert client.get(PATH).json()["pull"] is None
        begun = client.post(PATH)
        assert (begun.status_code, begun.json()["pull"]["state"]) == (202, "running")
        assert hub.stalled.wait(PATIENCE)
        assert client.post(PATH).status_code == 202, "a second start changes nothing"
        running = client.get(PATH).json()["pull"]
        assert running["plan"]["download"] > 0
        assert "data-running" in client.get("/", headers={"accept": "text/html"}).text
        stopped = client.delete(PATH).json()
        assert (stopped["pull"]["state"], stopped["state"]) == ("stopped", "partly downloaded")
        hub.stall_after = None
        asked = len(hub.asked)
        client.post(PATH)
        done = until(client, "done", "failed")
        assert done["pull"]["message"] == ""
        assert done["state"] == "downloaded"
        weights = [one for one in hub.asked[asked:] if one.path.endswith(".safetensors")]
        assert [one.range for one in weights] != [None]
        again = client.post(PATH)
        assert again.status_code == 400
        assert "nothing to pull" in again.text


def test_why_a_download_failed_is_told(server: Running, hub: Hub) -> None:
    other = next(card.name for card in Catalog.load() if "openchat" in card.name)
    hub.refuse = (401, "GatedRepo")
    with server.client() as client:
        path = PATH.replace(NAME, other)
        client.post(path)
        end = time.monotonic() + PATIENCE
        while (told := client.get(path).json())["pull"]["state"] == "running":
            assert time.monotonic() < end
        assert told["pull"]["state"] == "failed"
        assert "accept its terms" in told["pull"]["message"]
        assert told["state"] == "not downloaded"


def test_what_ships_with_the_server_is_not_pulled(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/catalog/@house/prompter/pull")
        assert answer.status_code == 400
        assert client.post("/catalog/@nobody/nothing/pull").status_code == 404
        assert client.delete(PATH).status_code == 200, "stopping nothing is no error"


def test_a_pull_takes_a_key_that_may(server: Running) -> None:
    run = server.keys.create("only runs", ["run"])
    for method in ("POST", "DELETE", "GET"):
        assert httpx.request(method, server.url + PATH).status_code == 401
    with server.client(headers={"authorization": f"Bearer {run}"}) as client:
        assert client.get(PATH).status_code == 200
        for method in ("POST", "DELETE"):
            assert client.request(method, PATH).status_code == 403


def test_another_site_cannot_start_one(server: Running) -> None:
    with server.client(headers={}) as browser:
        browser.get("/")
        for headers in ({"origin": "https://example.com"}, {"sec-fetch-site": "same-site"}):
            assert browser.post(PATH, headers=headers).status_code == 401
        here = {"sec-fetch-site": "same-origin", "origin": server.url}
        assert browser.delete(PATH, headers=here).status_code == 200
