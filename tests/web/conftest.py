"""A reader of pages that many tests share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.running import Running


@pytest.fixture(scope="session")
def visitor(tiny_server: Running) -> Iterator[httpx.Client]:
    """Somebody without a key, on one connection."""
    with tiny_server.client(headers={}) as client:
        yield client
