"""Whatever a test sends, the next request works and the engine holds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.doors import DOORS
from tests.running import Running


@pytest.fixture
def client(tiny_server: Running) -> Iterator[httpx.Client]:
    with tiny_server.client() as client:
        yield client
    door = DOORS[0]
    with tiny_server.client() as after:
        answer = after.post(door.path, json=door.body("hello", max_tokens=2))
    assert answer.status_code == 200, answer.text
    tiny_server.settle()
    (loaded,) = tiny_server.pool.resident()
    stats = loaded.backend.engine.stats()
    assert (stats.live, stats.blocks_used) == (0, 0)
    assert stats.blocks_free + stats.blocks_cached == stats.blocks_total
