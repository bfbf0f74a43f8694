"""One server with a scripted backend for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.running import Running, running, settings_for
from tests.server.scripted import ScriptedBackend, scripted_pool


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running server whose model does what the prompt says."""
    home = tmp_path_factory.mktemp("scripted")
    with running(settings_for(home, max_body=100_000), scripted_pool) as server:
        yield server


@pytest.fixture
def backend(scripted: Running) -> Iterator[ScriptedBackend]:
    """The backend behind ``scripted``; whatever a test did, nothing may be left of it."""
    backend: ScriptedBackend = scripted.pool.backend
    backend.mark()
    yield backend
    backend.wait_idle()


@pytest.fixture
def client(scripted: Running) -> Iterator[httpx.Client]:
    with scripted.client() as client:
        yield client
