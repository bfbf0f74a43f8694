"""The document of a server whose model answers at random."""

from __future__ import annotations

import httpx
import pytest

from tests.openapi.described import Described
from tests.running import Running


@pytest.fixture(scope="session")
def described(tiny_server: Running) -> Described:
    return Described(httpx.get(tiny_server.url + "/openapi.json").json())
