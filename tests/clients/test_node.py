"""npm packages, unmodified, against a real server: each file of ``node/`` that ends in
``.test.mjs`` is a client's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.node_run import PACKAGES, environment, run_tests
from tests.requires import need_packages
from tests.running import Running

FILES = sorted(PACKAGES.glob("*.test.mjs"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_clients_own_tests_pass(server: Running, tmp_path: Path, file: Path) -> None:
    need_packages(PACKAGES)
    run_tests(file, environment(server, tmp_path))
