"""``wrangler``'s commands about models, pointed here by the environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conversation import WORKERS_MODELS
from tests.clients.node_run import PACKAGES, environment, run
from tests.models.adapters import peft_folder
from tests.requires import need_packages
from tests.running import Running
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture

NEWEST = Path(__file__).parent / "wrangler"

Wrangler = Callable[..., str]


def wrangler_of(packages: Path, server: Running, home: Path) -> Wrangler:
    """Runs one command and returns what it printed."""
    environ = environment(server, home)

    def wrangler(*words: str | Path) -> str:
        return run([packages / "node_modules" / ".bin" / "wrangler", *words], home, environ)

    return wrangler


@pytest.fixture
def newest(server: Running, tmp_path: Path) -> Wrangler:
    need_packages(NEWEST, node=22)
    return wrangler_of(NEWEST, server, tmp_path)


@pytest.fixture
def older(server: Running, tmp_path: Path) -> Wrangler:
    """The last version for Node 20, where listing models has no subcommand."""
    need_packages(PACKAGES)
    return wrangler_of(PACKAGES, server, tmp_path)


def test_models_are_listed(newest: Wrangler) -> None:
    names = [entry["name"] for entry in json.loads(newest("ai", "models", "list", "--json"))]
    assert set(WORKERS_MODELS) <= set(names)
    assert len(set(names)) == len(names)


def test_a_schema_is_the_cards(newest: Wrangler) -> None:
    card = Catalog.load().get(WORKERS_MODELS[0])
    shown = json.loads(newest("ai", "models", "schema", WORKERS_MODELS[0]))
    assert (shown["input"], shown["output"]) == (card.input_schema, card.output_schema)


def test_models_are_listed_in_the_older_way(older: Wrangler) -> None:
    listed = json.loads(older("ai", "models", "--json"))
    assert set(WORKERS_MODELS) <= {entry["name"] for entry in listed}


def test_an_adapter_is_brought_and_listed(older: Wrangler, server: Running, tmp_path: Path) -> None:
    house = Catalog.load().bundled
    shape = Architecture.from_config(house.architecture)
    folder = peft_folder(tmp_path / "adapter", architecture=shape, model_type="llama")
    older("ai", "finetune", "create", house.name, "wrangled", folder)
    brought = server.finetunes.get_owned("wrangled", "configured")
    assert brought.missing == ()
    assert "wrangled" in older("ai", "finetune", "list")
    server.finetunes.delete(brought)
