"""A model's page says what its card says, and shows programs that name this server."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.running import running, settings_for, tiny_pool
from tests.web.html import Element, read
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog

CARDS = list(Catalog.load())
MODEL = "@cf/meta/llama-3.2-1b-instruct"
SAME = {"sec-fetch-site": "same-origin"}


def page(client: httpx.Client, name: str = MODEL, **headers: str) -> Element:
    answer = client.get(f"/catalog/{name}", headers=headers)
    assert answer.status_code == 200
    return read(answer.text)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_it_says_what_the_card_says(visitor: httpx.Client, card: ModelCard) -> None:
    main = page(visitor, card.name).one("main")
    assert main.one("h1").text == card.title
    for text in (card.name, card.description, card.task.name):
        assert " ".join(text.split()) in main.text
    links = {a.attributes["href"] for a in main.every("a") if "href" in a.attributes}
    for link in (card.property("terms"), card.property("info")):
        assert link is None or link in links
    if card.prices is not None:
        assert f"${card.prices.input}" in main.text
    assert any(link.startswith("/playground?model=") for link in links)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_the_schemas_are_those_that_the_raw_endpoint_tells(
    visitor: httpx.Client, card: ModelCard
) -> None:
    main = page(visitor, card.name).one("main")
    shown = [json.loads(code.raw) for code in main.every("code", data_language="json")]
    assert shown == [card.input_schema, card.output_schema]
    raw = next(
        a.attributes["href"] for a in main.every("a") if "models/schema" in a.attributes["href"]
    )
    told = visitor.get(raw, headers=SAME).json()["result"]
    assert [told["input"], told["output"]] == shown


def test_programs_name_the_address_that_the_page_was_asked_at(visitor: httpx.Client) -> None:
    url = str(visitor.base_url).rstrip("/")
    for text in (code.raw for code in page(visitor).every("code", data_language="python")):
        assert url in text
    named = page(visitor, host="localhost:9999").one("main").text
    assert "http://localhost:9999/client/v4" in named
    wrong = page(visitor, host="</script>").one("main").text
    assert "</script>" not in wrong
    assert url in wrong


def test_adapters_of_the_model_and_of_whoever_looks_are_listed(visitor: httpx.Client) -> None:
    finetunes = "/client/v4/accounts/local/ai/finetunes"
    main = page(visitor).one("main").text
    assert "No adapter for this model is public here" in main
    body = {"model": MODEL, "name": "unfinished", "description": "No files yet."}
    made = visitor.post(finetunes, json=body, headers=SAME).json()["result"]
    assert "unfinished" not in page(visitor).text
    visitor.delete(f"{finetunes}/{made['id']}", headers=SAME)


def test_a_model_that_there_is_none_of_is_a_page_that_says_so(visitor: httpx.Client) -> None:
    answer = visitor.get("/catalog/@cf/nobody/nothing<b>")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "@cf/nobody/nothing&lt;b&gt;" in answer.text


def test_what_env_ai_needs_here_is_said(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, env_ai="off")
    with running(settings, tiny_pool) as server, server.client() as client:
        assert "its setting env_ai is off" in page(client).one("main").text
        assert page(client, "@house/prompter").one("h1").text == "prompter"
