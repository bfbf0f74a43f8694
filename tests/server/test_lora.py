"""Adapters over a real socket and the real engine: each request gets its own, and nobody's else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, DOORS, MODEL, Door
from tests.models.adapters import peft_folder, upload
from tests.running import Running, house_pool, running, settings_for
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
from understudy.engine.lora import KINDS
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import Finetune

HOUSE = Catalog.load().bundled
SHAPE = Architecture.from_config(HOUSE.architecture)
LLAMA = "@cf/meta/llama-3.2-1b-instruct"
RUN = f"{ACCOUNT}/ai/run/{HOUSE.name}"
PROMPT = "Name three colours and say which of them you like best."
ASKED = {"temperature": 0, "max_tokens": 20, "ignore_eos": True}
PIRATE, TICKETS = "cf-public-house-pirate", "cf-public-house-tickets"
LORA_DOORS = [door for door in DOORS if door.errors == "workers"]
NAMED_DOORS = [door for door in DOORS if door.errors == "deepinfra"]


def noise(folder: Path, seed: int, **more: Any) -> Path:
    """An adapter of random numbers, large enough to change what is said."""
    return peft_folder(
        folder, architecture=SHAPE, seed=seed, spread=0.3, kinds=KINDS, lora_alpha=16, **more
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The bundled model with two adapters of its own, and memory for two at a time."""
    shipped = tmp_path_factory.mktemp("shipped")
    for seed, name in enumerate(("pirate", "tickets")):
        noise(shipped / name, seed)
    settings = settings_for(tmp_path_factory.mktemp("home"), adapter_memory_gb=2.5 * one_gb())
    with running(settings, house_pool, shipped=shipped) as server:
        yield server


def one_gb() -> float:
    """Gigabytes of one of these adapters."""
    from understudy.engine.lora import adaptable

    return sum(4 * 4 * (i + o) for _, (o, i) in adaptable(SHAPE)) / 1e9


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def mine(server: Running, tmp_path: Path) -> Iterator[Finetune]:
    """A finetune of the key that tests use, whole."""
    finetune = server.finetunes.create("configured", HOUSE.name, uuid.uuid4().hex[:12])
    upload(server.finetunes, finetune, noise(tmp_path / "mine", 7))
    yield finetune
    if finetune.folder.exists():
        server.finetunes.delete(finetune)


def ask(client: httpx.Client, lora: str | None = None, **fields: Any) -> str:
    body = {"prompt": PROMPT, **ASKED, **({"lora": lora} if lora else {}), **fields}
    response = client.post(RUN, json=body)
    assert response.status_code == 200, response.text
    text: str = response.json()["result"]["response"]
    return text


def error(client: httpx.Client, lora: str, path: str = RUN) -> tuple[int, int, str]:
    response = client.post(path, json={"prompt": PROMPT, "lora": lora})
    found = response.json()["errors"][0]
    return response.status_code, found["code"], found["message"]


def test_an_adapter_changes_the_answer_and_only_of_who_asks(client: httpx.Client) -> None:
    plain = ask(client)
    pirate, tickets = ask(client, PIRATE), ask(client, TICKETS)
    assert len({plain, pirate, tickets}) == 3
    assert ask(client) == plain
    assert ask(client, PIRATE) == pirate


@pytest.mark.parametrize("door", LORA_DOORS, ids=lambda door: door.name)
def test_every_door_of_workers_ai_takes_it_and_streams_the_same(
    client: httpx.Client, door: Any
) -> None:
    def answer(**more: Any) -> httpx.Response:
        body = {**door.body(PROMPT), **ASKED, **more}
        response = client.post(door.path, json=body)
        assert response.status_code == 200, response.text
        return response

    plain, adapted = (door.text(answer(**more).json()) for more in ({}, {"lora": PIRATE}))
    assert plain != adapted
    assert door.streamed_text(answer(lora=PIRATE, stream=True).text) == adapted


def at(door: Door, model: str) -> Door:
    """``door`` for another model, which stands in its path or its body."""
    fixed = {**door.fixed, "model": model} if "model" in door.fixed else {}
    return replace(door, path=door.path.replace(MODEL, model), fixed=fixed)


@pytest.mark.parametrize("door", NAMED_DOORS, ids=lambda door: door.name)
def test_deepinfras_doors_take_one_as_a_model_of_its_name(
    client: httpx.Client, mine: Finetune, door: Door
) -> None:
    def answer(model: str, **more: Any) -> str:
        named = at(door, model)
        more = {"temperature": 0, named.limit: 20, "ignore_eos": True, **more}
        response = client.post(named.path, json=named.body(PROMPT, **more))
        assert response.status_code == 200, response.text
        if "stream" in more:
            return door.streamed_text(response.text)
        assert response.json().get("model") == named.fixed.get("model")
        return door.text(response.json())

    plain, own = answer(HOUSE.name), answer(mine.name)
    assert plain != own
    assert answer(mine.name, stream=True) == own
    assert answer(mine.id) == answer(f"{mine.name}:latest") == own
    assert answer(PIRATE) not in (plain, own)


@pytest.mark.parametrize("door", NAMED_DOORS, ids=lambda door: door.name)
def test_what_is_not_there_for_this_key_is_no_model(
    client: httpx.Client, server: Running, tmp_path: Path, door: Door
) -> None:
    def refusal(model: str) -> tuple[int, str]:
        named = at(door, model)
        response = client.post(named.path, json=named.body(PROMPT))
        return response.status_code, response.json()["error"]["message"]

    others = server.finetunes.create("another", HOUSE.name, uuid.uuid4().hex[:12])
    upload(server.finetunes, others, noise(tmp_path, 9))
    for model in (others.name, others.id, "nobodys"):
        assert refusal(model) == (404, f"Model not found: {model}")
    half = server.finetunes.create("configured", HOUSE.name, uuid.uuid4().hex[:12])
    assert refusal(half.name) == (
        400,
        f"The adapter '{half.name}' still lacks {WEIGHTS} and {CONFIG}.",
    )
    server.finetunes.delete(half)


def test_they_are_listed_as_models_of_their_models(
    client: httpx.Client, server: Running, mine: Finetune, tmp_path: Path
) -> None:
    others = server.finetunes.create("another", HOUSE.name, uuid.uuid4().hex[:12])
    upload(server.finetunes, others, noise(tmp_path, 9))
    half = server.finetunes.create("configured", HOUSE.name, uuid.uuid4().hex[:12])
    listed = {model["id"]: model for model in client.get("/v1/models").json()["data"]}
    assert {mine.name, PIRATE, TICKETS} <= set(listed)
    for unlisted in (others.name, half.name):
        assert unlisted not in listed
        assert client.get(f"/v1/models/{unlisted}").status_code == 404
        assert client.get(f"/models/{unlisted}").status_code == 404
    for name in (mine.name, PIRATE):
        entry = listed[name]
        assert (entry["root"], entry["parent"]) == (HOUSE.name, HOUSE.name)
        assert entry["metadata"]["tags"][-1] == "lora"
        assert entry["metadata"]["context_length"] == HOUSE.context_limit
        assert client.get(f"/v1/openai/models/{name}").json() == entry
    assert listed[HOUSE.name]["parent"] is None
    shown = {model["model_name"]: model for model in client.get("/models/list").json()}
    assert list(shown) == list(listed)
    assert (shown[mine.name]["private"], shown[PIRATE]["private"]) == (1, 0)
    info = client.get(f"/models/{mine.name}").json()
    assert (info["model_name"], info["owner"], info["public"]) == (mine.name, True, False)
    # Workers AI names them in ``lora``, so that its list has models only.
    ids = {model["id"] for model in client.get(f"{ACCOUNT}/ai/v1/models").json()["data"]}
    assert ids == {card.name for card in Catalog.load()}
    server.finetunes.delete(half)


def test_an_own_one_is_known_by_id_and_name(client: httpx.Client, mine: Finetune) -> None:
    assert ask(client, mine.id) == ask(client, mine.name) != ask(client)


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1, "seed": 5}], ids=["greedy", "seeded"])
def test_answers_are_the_same_alone_and_in_a_mixed_batch(
    client: httpx.Client, server: Running, mine: Finetune, sampling: dict[str, Any]
) -> None:
    """With three adapters of which two fit at a time, so that some come and go meanwhile."""
    loras = [None, PIRATE, TICKETS, mine.name]
    alone = {lora: ask(client, lora, **sampling) for lora in loras}
    assert len(set(alone.values())) == 4

    def own_connection(lora: str | None) -> str:
        with server.client() as own:
            return ask(own, lora, **sampling)

    batch = loras * 4
    with ThreadPoolExecutor(len(batch)) as together:
        answers = list(together.map(own_connection, batch))
    assert answers == [alone[lora] for lora in batch]


def test_a_cached_prompt_is_of_one_adapter(client: httpx.Client) -> None:
    prompt = f"{uuid.uuid4()} {PROMPT * 8}"

    def cached(lora: str | None) -> int:
        body = {"prompt": prompt, "max_tokens": 2, **({"lora": lora} if lora else {})}
        usage = client.post(RUN, json=body).json()["result"]["usage"]
        return int(usage.get("prompt_tokens_details", {}).get("cached_tokens", 0))

    for lora in (None, PIRATE):
        assert cached(lora) == 0
        assert cached(lora) > 0


def test_a_better_file_holds_from_the_next_request_on(
    client: httpx.Client, server: Running, mine: Finetune, tmp_path: Path
) -> None:
    before = ask(client, mine.name)
    upload(server.finetunes, mine, noise(tmp_path / "better", 8), WEIGHTS)
    assert ask(client, mine.name) != before


def test_an_answer_that_has_begun_ends_with_its_adapter_whatever_becomes_of_it(
    client: httpx.Client, server: Running, mine: Finetune
) -> None:
    fields = {"max_tokens": 200}
    whole = ask(client, mine.name, **fields)
    body = {"prompt": PROMPT, **ASKED, **fields, "lora": mine.name, "stream": True}
    frames: list[str] = []
    with client.stream("POST", RUN, json=body) as response:
        for line in response.iter_lines():
            if not line:
                continue
            if not frames:
                server.finetunes.delete(mine)
            frames.append(line.removeprefix("data: "))
    assert frames.pop() == "[DONE]"
    assert "".join(json.loads(frame)["response"] for frame in frames) == whole
    assert error(client, mine.name)[:2] == (404, 5033)


def test_a_constraint_holds_with_an_adapter_too(client: httpx.Client) -> None:
    answer = ask(client, PIRATE, response_format={"type": "regex", "regex": "(yes|no), never"})
    assert answer in ("yes, never", "no, never")


def test_an_unknown_one_is_not_found(client: httpx.Client) -> None:
    status, code, message = error(client, "nobodys")
    assert (status, code) == (404, 5033)
    assert "Finetune not found: nobodys does not exist or is not accessible" in message


def test_one_of_another_key_is_not_found_unless_it_is_public(
    client: httpx.Client, server: Running, tmp_path: Path
) -> None:
    folder = noise(tmp_path, 9)
    name = uuid.uuid4().hex[:12]
    for public in (False, True):
        finetune = server.finetunes.create("another", HOUSE.name, name + "p" * public, "", public)
        upload(server.finetunes, finetune, folder)
    references = (name, finetune.name, f"cf-public-{name}")
    assert {error(client, lora)[:2] for lora in references} == {(404, 5033)}
    assert ask(client, f"cf-public-{finetune.name}") == ask(client, finetune.id) != ask(client)


def test_the_keyless_door_of_env_ai_has_public_ones_only(
    client: httpx.Client, server: Running, mine: Finetune
) -> None:
    headers = {"cf-consn-model-id": HOUSE.name}

    def run(lora: str) -> httpx.Response:
        inputs = {"prompt": PROMPT, **ASKED, "lora": lora}
        body = {"inputs": inputs, "options": {}}
        return httpx.post(f"{server.url}/run?version=3", json=body, headers=headers)

    assert run(PIRATE).json()["response"] == ask(client, PIRATE)
    for private in (mine.id, mine.name):
        refused = run(private)
        assert (refused.status_code, refused.json()["internalCode"]) == (404, 5033)


def test_one_whose_files_are_not_all_here_says_which_it_lacks(
    client: httpx.Client, server: Running, tmp_path: Path
) -> None:
    finetune = server.finetunes.create("configured", HOUSE.name, "half")
    missing = f"Finetune is missing required files ({WEIGHTS} and {CONFIG})"
    assert error(client, "half")[:2] == (400, 3039)
    assert missing in error(client, "half")[2]
    upload(server.finetunes, finetune, noise(tmp_path, 1), CONFIG)
    assert f"files ({WEIGHTS})" in error(client, "half")[2]
    server.finetunes.delete(finetune)


def test_one_of_another_model_is_not_compatible(
    client: httpx.Client, server: Running, tmp_path: Path
) -> None:
    finetune = server.finetunes.create("configured", LLAMA, "foreign")
    shape = Architecture.from_config(Catalog.load().get(LLAMA).architecture)
    folder = peft_folder(tmp_path, architecture=shape, rank=1, kinds=("k_proj",))
    upload(server.finetunes, finetune, folder)
    # Also where the bundled model stands in for the one that it is for.
    for path in (RUN, f"{ACCOUNT}/ai/run/{LLAMA}"):
        status, code, message = error(client, "foreign", path)
        assert (status, code) == (400, 3030)
        assert f"adapter of {LLAMA}, and {HOUSE.name} answers" in message
    server.finetunes.delete(finetune)


def test_a_stand_in_takes_adapters_of_its_own(client: httpx.Client) -> None:
    body = {"prompt": PROMPT, **ASKED, "lora": PIRATE}
    response = client.post(f"{ACCOUNT}/ai/run/{LLAMA}", json=body)
    assert response.headers["x-understudy-stand-in"] == HOUSE.name
    assert response.json()["result"]["response"] == ask(client, PIRATE)


def test_a_file_that_was_damaged_on_disk_fails_its_requests_and_no_others(
    client: httpx.Client, mine: Finetune
) -> None:
    plain = ask(client)
    (mine.folder / WEIGHTS).write_bytes(b"damaged")
    status, code, _ = error(client, mine.name)
    assert (status, code) == (400, 3030)
    (mine.folder / WEIGHTS).unlink()
    assert error(client, mine.name)[:2] == (400, 3039)
    assert ask(client) == plain


@pytest.mark.parametrize("model", [HOUSE.name, LLAMA])
def test_a_model_loaded_without_room_for_adapters_supports_none(
    scripted: Running, tmp_path: Path, model: str
) -> None:
    finetune = scripted.finetunes.create("configured", HOUSE.name, uuid.uuid4().hex[:12])
    upload(scripted.finetunes, finetune, noise(tmp_path, 1))
    with scripted.client() as client:
        status, code, message = error(client, finetune.name, f"{ACCOUNT}/ai/run/{model}")
    assert (status, code) == (405, 5005)
    assert f"LoRA unsupported: The model {model} does not support LoRA inference" in message
