"""The page about clients names tests that there are, and its examples run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.another_environment import OLDER, OURS, PYTHON, needed, quiet
from tests.clients.node_run import PACKAGES, environment, run
from tests.requires import need_packages

CLIENTS = Path(__file__).parent
PAGE = (CLIENTS.parents[1] / "docs" / "clients.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(python|js)\n(.*?)```", PAGE, re.DOTALL)
HOMES = {
    "cloudflare": OURS,
    "deepinfra": OURS,
    "openai": OURS,
    "langchain_deepinfra": OLDER,
    "langchain_cloudflare": PYTHON,
    "langchain_openai": PYTHON,
    "litellm": PYTHON,
}


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:node/)?\w+\.(?:py|test\.mjs))`", PAGE))
    assert len(named) > 10
    assert {name for name in named if not (CLIENTS / name).exists()} == set()


def imported(source: str) -> str:
    """The client that an example in Python is about."""
    [name] = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)) & HOMES.keys()
    return name


def at(server: Any, source: str) -> str:
    """``source`` with the address and the key of ``server``, and the account as it was."""
    source = source.replace("http://127.0.0.1:8080", server.url).replace(
        '"local"', f'"{server.key}"'
    )
    return re.sub(f'(account_?[iI]d(?:=|: ))"{server.key}"', r'\1"local"', source)


def test_there_is_one_for_each_python_package() -> None:
    assert sorted(imported(source) for kind, source in EXAMPLES if kind == "python") == sorted(
        HOMES
    )


@pytest.mark.parametrize("source", [source for kind, source in EXAMPLES if kind == "python"])
def test_an_example_in_python_prints_an_answer(source: str, server: Any) -> None:
    python = needed(HOMES[imported(source)])
    done = subprocess.run(
        [str(python), "-c", at(server, source)],
        env=quiet(server),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search("[A-Za-z]{3}", done.stdout)


@pytest.mark.parametrize("source", [source for kind, source in EXAMPLES if kind == "js"])
def test_an_example_in_javascript_prints_an_answer(
    source: str, server: Any, tmp_path: Path
) -> None:
    need_packages(PACKAGES)
    (tmp_path / "node_modules").symlink_to(PACKAGES / "node_modules")
    program = tmp_path / "example.mjs"
    program.write_text(at(server, source), encoding="utf-8")
    printed = run(["node", program], tmp_path, environment(server, tmp_path))
    assert re.search("[A-Za-z]{3}", printed)
