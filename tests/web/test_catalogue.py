"""The catalogue page finds models by what one asks for, with or without script."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.running import Running, running, settings_for, tiny_pool
from tests.web.html import Element, read
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog

CARDS = list(Catalog.load())


def page(server: Running, **query: str) -> Element:
    answer = httpx.get(server.url + "/", params=query, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return read(answer.text)


def shown(document: Element) -> set[str]:
    """Names of the models that can be seen."""
    listed = document.every("li", class_="model")
    return {li.one("code").text for li in listed if "hidden" not in li.attributes}


def test_every_model_has_an_entry_that_leads_to_its_page(tiny_server: Running) -> None:
    document = page(tiny_server)
    assert shown(document) == {card.name for card in CARDS}
    for entry in document.every("li", class_="model"):
        name = entry.one("code").text
        assert entry.one("h2").one("a").attributes["href"] == f"/catalog/{name}"
        said = entry.text
        assert "On this machine" in said
        assert "Memory to serve it" in said


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_words_find_a_model_in_any_order_and_case(tiny_server: Running, card: ModelCard) -> None:
    name = card.name
    words = name.upper().split("/")
    assert name in shown(page(tiny_server, search=" ".join(reversed(words))))


def test_each_filter_keeps_what_it_says(tiny_server: Running) -> None:
    meta = {card.name for card in CARDS if card.author == "meta"}
    assert shown(page(tiny_server, author="meta")) == meta
    tools = {card.name for card in CARDS if card.property("function_calling") == "true"}
    assert shown(page(tiny_server, capability="tools")) == tools
    assert shown(page(tiny_server, author="meta", capability="tools")) == meta & tools
    assert shown(page(tiny_server, task="Text Generation")) == {card.name for card in CARDS}
    assert shown(page(tiny_server, task="Something Else")) == set()


def test_what_was_asked_for_stays_in_the_form(tiny_server: Running) -> None:
    document = page(tiny_server, search='"><b>', author="meta")
    assert document.one("input", name="search").attributes["value"] == '"><b>'
    selected = [option.text for option in document.every("option", selected="")]
    assert selected == ["meta"]
    assert document.one(id="found").text == f"0 of {len(CARDS)} models"
    assert "hidden" not in document.one(id="none").attributes


def test_a_filter_that_there_is_none_of_is_refused_by_name(tiny_server: Running) -> None:
    answer = httpx.get(tiny_server.url + "/?colour=red")
    assert answer.status_code == 400
    assert "colour" in answer.text


def test_where_each_model_is_and_who_answers_for_it(tiny_server: Running) -> None:
    by_name = {li.one("code").text: li for li in page(tiny_server).every("li", class_="model")}
    for card in CARDS:
        entry = by_name[card.name]
        assert entry.one(data_state="").text == ("bundled" if card.bundled else "not downloaded")
        assert len(list(entry.every("button", data_start=""))) == (0 if card.bundled else 1)
        answers = "@house/prompter answers for it" in entry.text
        assert answers is not card.bundled


def test_no_one_is_said_to_answer_where_nobody_does(tmp_path: Path) -> None:
    with running(settings_for(tmp_path, stand_in=False), tiny_pool) as server:
        assert "answers for it" not in page(server).text
