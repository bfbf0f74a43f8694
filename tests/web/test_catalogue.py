"""The catalogue page finds models by what one asks for, with or without script."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.running import running, settings_for, tiny_pool
from tests.web.html import Element, read
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog

CARDS = list(Catalog.load())


def page(client: httpx.Client, **query: str) -> Element:
    answer = client.get("/", params=query, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return read(answer.text)


def shown(document: Element) -> set[str]:
    """Names of the models that can be seen."""
    listed = document.every("li", class_="model")
    return {li.one("code").text for li in listed if "hidden" not in li.attributes}


def test_every_model_has_an_entry_that_leads_to_its_page(visitor: httpx.Client) -> None:
    document = page(visitor)
    assert shown(document) == {card.name for card in CARDS}
    for entry in document.every("li", class_="model"):
        name = entry.one("code").text
        assert entry.one("h2").one("a").attributes["href"] == f"/catalog/{name}"
        said = entry.text
        assert "On this machine" in said
        assert "Memory to serve it" in said


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_words_find_a_model_in_any_order_and_case(visitor: httpx.Client, card: ModelCard) -> None:
    name = card.name
    words = name.upper().split("/")
    assert name in shown(page(visitor, search=" ".join(reversed(words))))


def test_each_filter_keeps_what_it_says(visitor: httpx.Client) -> None:
    meta = {card.name for card in CARDS if card.author == "meta"}
    assert shown(page(visitor, author="meta")) == meta
    tools = {card.name for card in CARDS if card.property("function_calling") == "true"}
    assert shown(page(visitor, capability="tools")) == tools
    assert shown(page(visitor, author="meta", capability="tools")) == meta & tools
    assert shown(page(visitor, task="Text Generation")) == {card.name for card in CARDS}
    assert shown(page(visitor, task="Something Else")) == set()


def test_what_was_asked_for_stays_in_the_form(visitor: httpx.Client) -> None:
    document = page(visitor, search='"><b>', author="meta")
    assert document.one("input", name="search").attributes["value"] == '"><b>'
    selected = [option.text for option in document.every("option", selected="")]
    assert selected == ["meta"]
    assert document.one(id="found").text == f"0 of {len(CARDS)} models"
    assert "hidden" not in document.one(id="none").attributes


def test_a_filter_that_there_is_none_of_is_refused_by_name(visitor: httpx.Client) -> None:
    answer = visitor.get("/?colour=red")
    assert answer.status_code == 400
    assert "colour" in answer.text


def test_where_each_model_is_and_who_answers_for_it(visitor: httpx.Client) -> None:
    by_name = {li.one("code").text: li for li in page(visitor).every("li", class_="model")}
    for card in CARDS:
        entry = by_name[card.name]
        assert entry.one(data_state="").text == ("bundled" if card.bundled else "not downloaded")
        assert len(list(entry.every("button", data_start=""))) == (0 if card.bundled else 1)
        answers = "@house/prompter answers for it" in entry.text
        assert answers is not card.bundled


def test_no_one_is_said_to_answer_where_nobody_does(tmp_path: Path) -> None:
    with (
        running(settings_for(tmp_path, stand_in=False), tiny_pool) as server,
        server.client() as client,
    ):
        assert "answers for it" not in page(client).text
