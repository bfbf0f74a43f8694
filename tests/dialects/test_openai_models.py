"""The model list, as the package ``openai`` reads it."""

from __future__ import annotations

from dataclasses import replace

from openai.types import Model

from tests.dialects.openai_wire import CARD, FREE, MODEL
from understudy.catalog.card import Prices
from understudy.catalog.registry import Catalog
from understudy.dialects.openai_models import model_list, model_object


def test_a_model_says_what_it_costs_and_holds() -> None:
    card = replace(CARD, created_at="2023-07-18T00:00:00Z", tags=("meta",), description="Big.")
    assert model_object(card) == {
        "id": MODEL,
        "object": "model",
        "created": 1689638400,
        "owned_by": "meta-llama",
        "root": MODEL,
        "parent": None,
        "metadata": {
            "description": "Big.",
            "context_length": 4096,
            "max_tokens": 4096,
            "pricing": {"input_tokens": 0.64, "output_tokens": 0.8},
            "tags": ["meta", "chat", "prompt_cache"],
        },
    }


def test_a_model_without_prices_is_free() -> None:
    assert model_object(FREE)["metadata"]["pricing"] == {"input_tokens": 0.0, "output_tokens": 0.0}


def test_dates_of_every_form_are_utc() -> None:
    for written in ("2023-07-18", "2023-07-18 00:00:00.000", "2023-07-18T02:00:00+02:00"):
        assert model_object(replace(CARD, created_at=written))["created"] == 1689638400


def test_the_owner_is_who_made_the_model() -> None:
    owners = {
        "@cf/meta/llama": "meta",
        "@house/prompter": "house",
        "a/b": "a",
        "solo": "understudy",
    }
    for name, owner in owners.items():
        assert model_object(replace(CARD, name=name))["owned_by"] == owner


def test_the_list_keeps_the_catalogues_order_and_suits_openai() -> None:
    cards = list(Catalog.load())
    listed = model_list(map(model_object, cards))
    assert listed["object"] == "list"
    models = [Model.model_validate(value, strict=True) for value in listed["data"]]
    assert [model.id for model in models] == [card.name for card in cards]


def test_prices_are_those_of_a_million_tokens() -> None:
    priced = replace(CARD, prices=Prices(input=1.5, output=2))
    assert model_object(priced)["metadata"]["pricing"] == {
        "input_tokens": 1.5,
        "output_tokens": 2,
    }
