"""What a server refuses for want of time or room, at each door."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.doors import DOORS, EVERY_DOOR, Door, assert_error, by_name
from tests.running import Running, running, settings_for
from tests.server.scripted import scripted_pool

each_door = pytest.mark.parametrize("door", EVERY_DOOR, ids=by_name)
PLACES = 2


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that gives a call a fifth of a second, and its body as much."""
    home = tmp_path_factory.mktemp("hasty")
    settings = settings_for(home, request_timeout=0.2, body_timeout=0.2)
    with running(settings, scripted_pool) as server:
        yield server
        server.pool.backend.wait_idle()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with room for two calls."""
    settings = settings_for(tmp_path_factory.mktemp("small"), max_batch=1, queue_limit=PLACES - 1)
    with running(settings, scripted_pool) as server:
        yield server


@each_door
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_takes_too_long_has_a_status(hasty: Running, door: Door, stream: bool) -> None:
    with hasty.client() as client:
        response = client.post(door.path, json=door.body("[hang first]", stream=stream))
    assert "0.2 seconds" in assert_error(door, response, 408, 504)


@each_door
def test_a_stream_that_takes_too_long_ends_with_an_error_frame(hasty: Running, door: Door) -> None:
    with hasty.client() as client:
        response = client.post(door.path, json=door.body("[hang]", stream=True))
    assert response.status_code == 200
    assert "0.2 seconds" in response.text
    assert '"error' in response.text


def test_a_body_that_never_comes_is_given_up(hasty: Running) -> None:
    def never() -> Iterator[bytes]:
        yield b"{"
        with hasty.client() as other:
            # Long enough to be sure, and no sleep: the server answers after its own limit.
            other.post(DOORS[0].path, json=DOORS[0].body("[hang first]"))
            other.post(DOORS[0].path, json=DOORS[0].body("[hang first]"))
        yield b"}"

    with hasty.client() as client:
        response = client.post(DOORS[0].path, content=never())
    assert_error(DOORS[0], response, 408)


@each_door
def test_more_calls_than_there_is_room_for_are_told_to_come_back(
    small: Running, door: Door
) -> None:
    with ExitStack() as held, small.client() as client:
        for _ in range(PLACES):
            stream = client.stream("POST", door.path, json=door.body("[hang]", stream=True))
            assert held.enter_context(stream).status_code == 200
        response = client.post(door.path, json=door.body("hello"))
        assert_error(door, response, 429)
        assert int(response.headers["retry-after"]) >= 1
        # Whoever only asks what there is takes no place.
        assert client.get("/v1/models").status_code == 200
    small.settle()
    with small.client() as client:
        assert client.post(door.path, json=door.body("hello")).status_code == 200


def test_bodies_that_are_on_their_way_take_no_place(small: Running) -> None:
    door = DOORS[0]
    url = httpx.URL(small.url)
    head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {small.key}\r\n"
    with ExitStack() as held, small.client() as client:
        for length in (2, 90_000, 90_000, 90_000):
            raw = held.enter_context(socket.create_connection((url.host, url.port), timeout=60))
            raw.sendall(f"{head}expect: 100-continue\r\ncontent-length: {length}\r\n\r\n".encode())
            # The server says so when it begins to read.
            assert raw.recv(12) == b"HTTP/1.1 100"
            raw.sendall(b"{")
        assert client.post(door.path, json=door.body("hello")).status_code == 200


def test_a_key_is_checked_before_room_is_looked_for(small: Running) -> None:
    door = DOORS[0]
    with ExitStack() as held, small.client() as client:
        for _ in range(PLACES):
            stream = client.stream("POST", door.path, json=door.body("[hang]", stream=True))
            held.enter_context(stream)
        stranger = httpx.post(
            small.url + door.path, json={}, headers={"authorization": "Bearer wrong"}
        )
        assert stranger.status_code == 401
    small.settle()


def test_a_full_server_empties(small: Running) -> None:
    door = DOORS[0]

    def ask(_: int) -> int:
        with small.client() as client:
            return client.post(door.path, json=door.body("hello")).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(32))) <= {200, 429}
    small.settle()
    assert small.gate.live == 0
