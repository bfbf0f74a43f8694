"""What the name of a model means at DeepInfra's doors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.models.adapters import BASE, OTHER, make_store, peft_folder, upload
from understudy.catalog.registry import Catalog
from understudy.dialects.deepinfra_refusals import UnknownDeployment, UnknownVersion
from understudy.errors import AdapterIncomplete, UnknownModel
from understudy.models.finetunes import FinetuneStore
from understudy.server.naming import Named, deepinfra, exact

PINNED = replace(BASE, revision="abc")
CARDS = Catalog([PINNED, OTHER])


@pytest.fixture
def store(tmp_path: Path) -> FinetuneStore:
    """One finetune of "ann", whole, and one without files."""
    store = make_store(tmp_path)
    upload(store, store.create("ann", BASE.name, "mine:too"), peft_folder(tmp_path / "peft"))
    store.create("ann", BASE.name, "half")
    return store


@pytest.mark.parametrize(
    "name", [BASE.name, BASE.name.upper(), f"{BASE.name}:abc", f"{BASE.name}:latest"]
)
def test_a_card_is_found_by_its_name_and_its_version(store: FinetuneStore, name: str) -> None:
    assert deepinfra(CARDS, store, name, "ann") == Named(PINNED)


def test_elsewhere_only_the_very_name_counts(store: FinetuneStore) -> None:
    assert exact(CARDS, store, BASE.name, "ann") == Named(PINNED)
    for name in (BASE.name.upper(), f"{BASE.name}:latest", "mine:too"):
        with pytest.raises(UnknownModel):
            exact(CARDS, store, name, "ann")


def test_a_spelling_that_fits_two_models_fits_none(store: FinetuneStore) -> None:
    twins = Catalog([PINNED, replace(OTHER, name=BASE.name.upper())])
    assert deepinfra(twins, store, BASE.name, "ann").card is PINNED
    with pytest.raises(UnknownModel):
        deepinfra(twins, store, BASE.name.title(), "ann")


@pytest.mark.parametrize("name", ["mine:too", "mine:too:latest", "mine:too:abc"])
def test_a_finetune_is_found_by_whose_it_is(store: FinetuneStore, name: str) -> None:
    found = deepinfra(CARDS, store, name, "ann")
    assert found == Named(PINNED, store.get("mine:too", "ann").id)
    with pytest.raises(UnknownModel):
        deepinfra(CARDS, store, name, "bob")


def test_a_finetune_that_lacks_files_says_so_by_its_name(store: FinetuneStore) -> None:
    with pytest.raises(AdapterIncomplete, match="'half' still lacks"):
        deepinfra(CARDS, store, "half", "ann")


def test_a_finetune_whose_model_has_gone_is_no_model(store: FinetuneStore) -> None:
    with pytest.raises(UnknownModel, match=BASE.name):
        deepinfra(Catalog([OTHER]), store, "mine:too", "ann")


@pytest.mark.parametrize("version", ["", "abcd", "LATEST"])
def test_another_version_is_refused_by_name(store: FinetuneStore, version: str) -> None:
    with pytest.raises(UnknownVersion, match=f"no version '{version}' here, only 'abc' or"):
        deepinfra(CARDS, store, f"{BASE.name}:{version}", "ann")


def test_a_deployment_is_refused_by_name(store: FinetuneStore) -> None:
    with pytest.raises(UnknownDeployment, match=r"deploy_id:x is a deployment"):
        deepinfra(CARDS, store, "deploy_id:x", "ann")


@pytest.mark.parametrize("name", ["", ":", ":latest", "nobody/nothing", "nobody:latest", "\ud83c"])
def test_anything_else_is_no_model(store: FinetuneStore, name: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        deepinfra(CARDS, store, name, "ann")
    assert refused.value.model == name
