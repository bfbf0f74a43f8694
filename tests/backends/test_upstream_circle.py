"""A server that is its own upstream, which is the smallest circle that settings can make."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests import running as starting
from tests.doors import DOORS, MODEL, Door, assert_error, by_name
from tests.running import Running, running, settings_for
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.remote import RoutedPool, pool_for
from understudy.models.store import ModelStore
from understudy.server.lifecycle import listen, url_of
from understudy.upstreams import HOPS_HEADER, MOST_HOPS, OFFERED, Upstream

KEY_VARIABLE = "CIRCLE_KEY"


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("circle")
    sock = listen("127.0.0.1", 0)
    itself = Upstream(
        MODEL, f"{url_of(sock)}/v1", MODEL, "understudy", KEY_VARIABLE, None, OFFERED["understudy"]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, starting.KEY)
        patch.setattr(starting, "listen", lambda host, port: sock)
        patch.setattr(RoutedPool, "warm", _nothing)
        settings = settings_for(home, upstreams=(itself,))
        with running(settings, _pool) as server:
            yield server


async def _nothing(pool: RoutedPool, name: str) -> None:
    """This server computes nothing itself."""


def _pool(settings: Settings, catalog: Catalog) -> RoutedPool:
    return pool_for(settings, catalog, ModelStore(settings.home))


@pytest.mark.parametrize("door", DOORS, ids=by_name)
def test_a_request_that_goes_in_a_circle_is_ended_after_a_few_servers(
    door: Door, circle: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "understudy.access"), circle.client() as client:
        reply = client.post(door.path, json=door.body("Once"))
        circle.settle()
    text = assert_error(door, reply, 502)
    assert "passes requests on, and so does the next: after 4 servers" in text
    assert "failed with status" not in text
    calls = [line for line in caplog.messages if line.startswith("POST")]
    assert len(calls) == 1 + MOST_HOPS


@pytest.mark.parametrize(
    ("told", "calls"), [(f"{MOST_HOPS}", 1), (f"{MOST_HOPS - 1}", 2), ("-1", 5), ("9" * 9999, 5)]
)
def test_where_a_request_has_been_is_counted_and_what_is_no_count_is_not(
    told: str, calls: int, circle: Running, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"model": MODEL, "prompt": "Once", "max_tokens": 1}
    with caplog.at_level(logging.INFO, "understudy.access"), circle.client() as client:
        reply = client.post("/v1/completions", json=body, headers={HOPS_HEADER: told})
        circle.settle()
    assert reply.status_code == 502, reply.text
    assert len([line for line in caplog.messages if line.startswith("POST")]) == calls
