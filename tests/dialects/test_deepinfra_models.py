"""DeepInfra's own catalogue, as its OpenAPI document and its clients have it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dialects.openai_wire import CARD, FREE, MODEL
from understudy.dialects.deepinfra_models import info, list_entry, me
from understudy.dialects.deepinfra_native import NativeBody
from understudy.dialects.openai_models import Adapter, adapter_object, model_object
from understudy.keys import Caller

ORIGIN = "http://here:1"
ADAPTER = Adapter("mine", "Ours.", "2026-01-02T00:00:00Z", public=False, own=True)
# What the service's document requires.
LISTED = {"model_name", "type", "reported_type", "pricing"}
SHOWN = {
    *("model_name", "type", "tags", "reported_type", "version", "featured", "public", "curl_inv"),
    *("cmdline_inv", "txt_docs", "out_example", "out_docs", "pricing", "schemas"),
}
ACCOUNT = {
    *("uid", "email", "email_verified", "account_setup", "display_name", "provider", "picture"),
    *("is_admin", "name", "first_name", "last_name", "country", "is_business_account", "company"),
    *("website", "title", "root_uid"),
}


def test_a_model_is_listed_with_what_it_holds_and_costs() -> None:
    card = replace(CARD, tags=("meta",), description="Big.")
    entry = list_entry(card)
    assert set(entry) >= LISTED
    assert (entry["model_name"], entry["type"], entry["tags"]) == (
        MODEL,
        "text-generation",
        ["meta"],
    )
    assert (entry["max_tokens"], entry["private"], entry["deprecated"]) == (4096, 0, None)
    # Cents a token, where the card has dollars a million: 0.64 and 0.8.
    assert entry["pricing"] == {
        "type": "tokens",
        "cents_per_input_token": 0.000064,
        "cents_per_output_token": 0.00008,
    }


def test_a_model_without_prices_is_free() -> None:
    pricing = list_entry(FREE)["pricing"]
    assert (pricing["cents_per_input_token"], pricing["cents_per_output_token"]) == (0, 0)


def test_the_day_on_which_a_model_goes_is_told() -> None:
    day = {"property_id": "planned_deprecation_date", "value": "2023-07-18"}
    assert list_entry(replace(CARD, properties=(day,)))["deprecated"] == 1689638400


@pytest.mark.parametrize("adapter", [None, ADAPTER])
def test_what_is_shown_of_a_model_is_what_is_listed_and_more(adapter: Any) -> None:
    shown, listed = info(CARD, adapter, ORIGIN), list_entry(CARD, adapter)
    assert set(shown) >= SHOWN
    shared = set(shown) & set(listed)
    assert {key: shown[key] for key in shared} == {key: listed[key] for key in shared}
    assert f"{ORIGIN}/v1/inference/{listed['model_name']}" in shown["curl_inv"]
    assert (shown["owner"], shown["public"]) == (adapter is not None, adapter is None)


def test_the_fields_that_are_told_are_those_that_are_taken() -> None:
    told = info(CARD, None, ORIGIN)["txt_docs"]
    names = {name for line in told.splitlines() for name in line.split(":")[0].split(", ")}
    assert names == set(NativeBody.model_fields) - {"webhook"}


def test_an_example_is_safe_in_a_shell_whatever_the_model_is_called() -> None:
    adapter = replace(ADAPTER, name="'; reboot; '")
    shown = info(CARD, adapter, ORIGIN)
    assert r"""'"'"'; reboot; '"'"'""" in shown["curl_inv"]
    assert r"""'"'"'; reboot; '"'"'""" in shown["cmdline_inv"]


def test_the_version_is_the_revision_or_latest() -> None:
    assert info(replace(CARD, revision="abc"), None, ORIGIN)["version"] == "abc"
    assert info(replace(CARD, revision=None), None, ORIGIN)["version"] == "latest"


def test_an_adapter_is_its_model_under_a_name_of_its_own() -> None:
    base, adapted = model_object(CARD), adapter_object(ADAPTER, CARD)
    own = {"id", "created", "owned_by", "parent", "metadata"}
    assert {key for key in base if base[key] != adapted[key]} == own
    assert (adapted["id"], adapted["root"], adapted["parent"]) == ("mine", MODEL, MODEL)
    assert adapted["created"] == 1767312000
    assert adapted["metadata"]["tags"] == [*base["metadata"]["tags"], "lora"]
    assert list_entry(CARD, ADAPTER)["tags"] == [*CARD.tags, "lora"]
    assert adapter_object(replace(ADAPTER, own=False), CARD)["owned_by"] == "public"


def test_a_key_is_an_account_without_a_person() -> None:
    told = me(Caller("a1", frozenset({"run"})), "laptop")
    assert set(told) >= ACCOUNT
    assert (told["uid"], told["display_name"], told["is_admin"]) == ("a1", "laptop", False)
    assert me(Caller("a1", frozenset({"admin"})), "laptop")["is_admin"] is True
