"""What there is: OpenAI's model list and the Workers AI catalogue, over the socket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, MODEL
from tests.running import Running
from understudy.catalog.registry import Catalog

LISTS = ["/v1/openai/models", "/v1/models", f"{ACCOUNT}/ai/v1/models"]
CATALOGUE = [
    f"{ACCOUNT}/ai/{rest}"
    for rest in ("models/search", "models/schema", "tasks/search", "authors/search")
]


@pytest.mark.parametrize("path", LISTS)
def test_every_model_is_listed_at_every_openai_door(client: httpx.Client, path: str) -> None:
    listed = client.get(path).json()
    names = {model["id"] for model in listed["data"]}
    assert listed["object"] == "list"
    assert {MODEL, "meta-llama/Llama-2-70b-chat-hf", "@house/prompter"} <= names
    for name in names:
        assert client.get(f"{path}/{name}").json()["id"] == name
    assert client.get(f"{path}/nobody/nothing").status_code in (400, 404)


@pytest.mark.parametrize("path", [*LISTS, *CATALOGUE])
def test_lists_need_a_key(scripted: Running, path: str) -> None:
    assert httpx.get(scripted.url + path).status_code in (400, 401)


def search(client: httpx.Client, **query: Any) -> dict[str, Any]:
    response = client.get(f"{ACCOUNT}/ai/models/search", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_the_catalogue_comes_in_pages_and_the_last_is_empty(client: httpx.Client) -> None:
    everything = search(client)["result"]
    one_by_one = []
    page = 1
    while result := search(client, page=page, per_page=2)["result"]:
        one_by_one += result
        page += 1
    assert one_by_one == everything
    assert len(everything) >= 6
    assert {"id", "name", "task", "properties"} <= set(everything[0])


def test_the_catalogue_can_be_searched(client: httpx.Client) -> None:
    assert [model["name"] for model in search(client, search="LLAMA-3.2-1b")["result"]] == [MODEL]
    assert search(client, search="nothing-like-it")["result"] == []
    assert search(client, task="Translation")["result"] == []
    by_author = search(client, author="openchat")
    assert [model["name"] for model in by_author["result"]] == ["@cf/openchat/openchat-3.5-0106"]
    assert by_author["result_info"] == {"page": 1, "per_page": 50, "count": 1, "total_count": 1}


def test_what_is_experimental_can_be_hidden(client: httpx.Client) -> None:
    everything = {model["name"] for model in search(client)["result"]}
    assert {m["name"] for m in search(client, hide_experimental="false")["result"]} == everything
    stable = {model["name"] for model in search(client, hide_experimental="true")["result"]}
    cards = Catalog.load()
    assert stable == {name for name in everything if not cards.get(name).beta}


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=x", "page=", "page=1.5", "page=" + "1" * 4400, "per_page=" + "0" * 4400),
        *("per_page=1001", "per_page=0000001001", "per_page=100000000000", "per_page=-1"),
        *("format=xml", "hide_experimental=1", "hide_experimental=", "colour=red"),
        *("source=cf", "include_deprecated=yes"),
    ],
    ids=lambda query: query[:24],
)
def test_what_the_catalogue_cannot_do_is_refused(client: httpx.Client, query: str) -> None:
    response = client.get(f"{ACCOUNT}/ai/models/search?{query}")
    assert response.status_code == 400
    assert query.split("=")[0] in response.json()["errors"][0]["message"]


def test_a_source_is_a_number(client: httpx.Client) -> None:
    cards = Catalog.load()
    for source in (1, 2):
        names = {model["name"] for model in search(client, source=source)["result"]}
        assert names == {card.name for card in cards if card.source == source} != set()
    assert search(client, source=77)["result"] == []


@pytest.mark.parametrize("query", [{"search": ""}, {"author": ""}, {"task": ""}, {"page": 1}])
def test_what_is_empty_filters_nothing(client: httpx.Client, query: dict[str, Any]) -> None:
    assert search(client, **query)["result"] == search(client)["result"]


def test_models_past_their_time_are_shown_to_who_asks(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = list(Catalog.load())
    ends = {0: "2020-01-01", 1: "2999-12-31"}

    def dated(place: int, day: str) -> Any:
        entry = {"property_id": "planned_deprecation_date", "value": day}
        return replace(cards[place], properties=(*cards[place].properties, entry))

    dates = [dated(place, day) for place, day in ends.items()]
    monkeypatch.setattr(Catalog, "__iter__", lambda self: iter([*dates, *cards[2:]]))
    shown = [model["name"] for model in search(client)["result"]]
    assert shown == [card.name for card in cards[1:]]
    everything = search(client, include_deprecated="true")["result"]
    assert [model["name"] for model in everything] == [card.name for card in cards]


def test_what_a_model_costs_is_a_property(client: httpx.Client) -> None:
    (model,) = search(client, search="llama-3.2-1b")["result"]
    (price,) = (p["value"] for p in model["properties"] if p["property_id"] == "price")
    assert price == [
        {"unit": "per M input tokens", "price": 0.027, "currency": "USD"},
        {"unit": "per M output tokens", "price": 0.201, "currency": "USD"},
    ]


def test_the_catalogue_speaks_openrouters_form(client: httpx.Client) -> None:
    everything = search(client, format="openrouter", per_page=1000)["data"]
    assert [model["id"] for model in everything] == [card.name for card in Catalog.load()]
    (model,) = search(client, format="openrouter", search="llama-3.2-1b")["data"]
    assert model["pricing"] == {"prompt": "0.000000027", "completion": "0.000000201"}
    assert model["context_length"] == model["max_output_length"] == 60000
    assert model["hugging_face_id"] == "meta-llama/Llama-3.2-1B-Instruct"
    assert "tools" in model["supported_features"]
    assert (model["input_modalities"], model["output_modalities"]) == (["text"], ["text"])
    (house,) = search(client, format="openrouter", author="house")["data"]
    assert house["pricing"] == {"prompt": "0", "completion": "0"}
    assert "hugging_face_id" not in house


def test_a_models_schemas_are_those_that_bodies_are_judged_by(client: httpx.Client) -> None:
    for card in Catalog.load():
        response = client.get(f"{ACCOUNT}/ai/models/schema", params={"model": card.name})
        assert response.json() == {
            "result": {"input": card.input_schema, "output": card.output_schema},
            "success": True,
            "errors": [],
            "messages": [],
        }


@pytest.mark.parametrize(
    ("query", "code"),
    [("", 5006), ("?model=", 5006), ("?model=%40cf/nobody/x", 5007), ("?model=a&b=c", 5006)],
)
def test_a_schema_of_nothing_is_refused(client: httpx.Client, query: str, code: int) -> None:
    response = client.get(f"{ACCOUNT}/ai/models/schema{query}")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, code)


def test_tasks_and_authors_are_those_of_the_models(client: httpx.Client) -> None:
    models = search(client)["result"]
    tasks = client.get(f"{ACCOUNT}/ai/tasks/search").json()
    assert tasks["result"] == [models[0]["task"]]
    assert set(tasks) == {"result", "success", "errors", "messages"}
    authors = client.get(f"{ACCOUNT}/ai/authors/search").json()["result"]
    for author in authors:
        assert search(client, author=author["name"].upper())["result"]
    assert sum(len(search(client, author=a["name"])["result"]) for a in authors) == len(models)
    for path in ("tasks", "authors"):
        assert client.get(f"{ACCOUNT}/ai/{path}/search?name=x").status_code == 400


@pytest.mark.parametrize("task", ["embeddings", "responses"])
def test_what_is_not_served_is_refused_by_name(
    scripted: Running, client: httpx.Client, task: str
) -> None:
    path = f"{ACCOUNT}/ai/v1/{task}"
    assert httpx.post(scripted.url + path, json={}).json()["errors"][0]["code"] == 9106
    response = client.post(path, json={"model": MODEL, "input": "a"})
    body = response.json()
    assert (response.status_code, body["errors"][0]["code"]) == (400, 5007)
    assert f"'{task}'" in body["error"]["message"]
    assert body["error"]["type"] == "invalid_request_error"
    assert client.get(path).status_code == 405
