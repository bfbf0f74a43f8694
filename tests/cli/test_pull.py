"""``understudy pull`` from a hub on a socket, then ``run`` on what it brought."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.test_cli import assert_one_line, understudy_run
from tests.hub.server import Hub, serving
from tests.running import TINY
from understudy.catalog.registry import CARDS
from understudy.models.random_weights import write_random

NAME = "@me/tiny"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    write_random(TINY, folder)
    with serving(Hub(folder)) as hub:
        yield hub


@pytest.fixture
def home(tmp_path: Path, hub: Hub) -> Path:
    """A home whose owner added a card for the model on the hub."""
    _, front, text = (CARDS / "tinyllama-1.1b-chat-v1.0.md").read_text("utf-8").split("---\n", 2)
    card = yaml.safe_load(front)
    card["model"]["name"] = NAME
    card["understudy"]["weights"]["repo"] = hub.repo
    card["understudy"]["architecture"] = TINY
    (tmp_path / "cards").mkdir()
    document = f"---\n{yaml.safe_dump(card)}---\n{text}"
    (tmp_path / "cards" / "tiny.md").write_text(document, encoding="utf-8")
    return tmp_path


def test_a_pull_says_what_it_costs_and_the_model_then_answers(home: Path, hub: Hub) -> None:
    assert_one_line(understudy_run(home, "run", NAME, "hello"), 1, f"understudy pull {NAME}")
    pulled = understudy_run(home, "pull", NAME, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0")
    assert pulled.returncode == 0, pulled.stderr
    assert f"{NAME} is ready" in pulled.stdout
    for word in ("download", "disk", "memory", "convert"):
        assert word in pulled.stderr
    listed = json.loads(understudy_run(home, "models", "--json").stdout)
    assert {entry["state"] for entry in listed if entry["model"] == NAME} == {"downloaded"}
    answered = understudy_run(home, "run", NAME, "hello", "--max-tokens", "4", "--raw")
    assert answered.returncode == 0, answered.stderr


def test_a_hub_that_does_not_answer_is_said_in_one_line(home: Path) -> None:
    done = understudy_run(home, "pull", NAME, HF_ENDPOINT="http://127.0.0.1:9")
    assert_one_line(done, 1, "hub")


def test_a_card_that_is_wrong_is_named(home: Path) -> None:
    (home / "cards" / "broken.md").write_text("no front matter", encoding="utf-8")
    assert_one_line(understudy_run(home, "models"), 1, "broken.md")


def test_a_program_reads_the_plan_and_the_progress_in_lines(home: Path, hub: Hub) -> None:
    environment = {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}
    pulled = understudy_run(home, "pull", NAME, "--json", **environment)
    assert pulled.returncode == 0, pulled.stderr
    plan, *progress = [json.loads(line) for line in pulled.stdout.splitlines()]
    assert plan["plan"]["disk"] >= plan["plan"]["remaining"] > 0
    steps = [line["progress"]["step"] for line in progress]
    assert steps[0] == "download"
    assert {"download", "convert"} <= set(steps)
    for line in progress:
        assert 0 <= line["progress"]["done"] <= line["progress"]["total"]
