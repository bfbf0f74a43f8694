"""npm packages, unmodified, against a real server: each file of ``node/`` that ends in
``.test.mjs`` is a client's own tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.clients.access import accesses
from tests.clients.node_run import PACKAGES, environment, run_tests
from tests.requires import need_packages
from tests.running import Running

FILES = sorted(PACKAGES.glob("*.test.mjs"))
NEWER = PACKAGES.parent / "node22"
LEFT = "a stream can be left"


def name_of(file: Path) -> str:
    return file.name.removesuffix(".test.mjs")


def run_and_look(file: Path, server: Running, home: Path) -> None:
    """Run ``file``; the server must notice that a client leaves a stream."""
    with accesses() as log:
        run_tests(file, environment(server, home))
        log.until_disconnected(f'"{LEFT}"' in file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_the_clients_own_tests_pass(server: Running, tmp_path: Path, file: Path) -> None:
    need_packages(PACKAGES)
    run_and_look(file, server, tmp_path)


@pytest.mark.parametrize("name", ["ai-deepinfra", "openai"])
def test_they_pass_with_newer_versions(server: Running, tmp_path: Path, name: str) -> None:
    need_packages(NEWER, node=22)
    for module in PACKAGES.glob("*.mjs"):
        shutil.copy(module, tmp_path)
    (tmp_path / "node_modules").symlink_to(NEWER / "node_modules")
    run_and_look(tmp_path / f"{name}.test.mjs", server, tmp_path)
