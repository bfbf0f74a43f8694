"""Servers that many tests share, each as long as the test run; and that no test is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.running import Running, house_pool, running, settings_for, tiny_pool

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that share an id: pytest-xdist would run only one of them, and say nothing."""
    shared = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if shared:
        raise pytest.UsageError(f"tests of the same id: {', '.join(shared)}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server with the bundled model, standing in for all others."""
    with running(settings_for(tmp_path_factory.mktemp("server")), house_pool) as server:
        yield server


@pytest.fixture(scope="session")
def tiny_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The server and the real engine with a tiny model of random weights."""
    home = tmp_path_factory.mktemp("tiny")
    with running(settings_for(home, kv_cache_tokens=8192), tiny_pool) as server:
        yield server
