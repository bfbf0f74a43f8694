"""Clients that go away, and many at once, against the real engine."""

from __future__ import annotations

import asyncio
import json
import socket

import httpx
import pytest

from tests.doors import DOORS, Door, by_name
from tests.running import Running

each_door = pytest.mark.parametrize("door", DOORS, ids=by_name)


def request_bytes(server: Running, door: Door, body: bytes, length: int | None = None) -> bytes:
    head = (
        f"POST {door.path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {server.key}\r\n"
        f"content-length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body


def connect(server: Running) -> socket.socket:
    url = httpx.URL(server.url)
    return socket.create_connection((url.host, url.port), timeout=60)


@each_door
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_while_its_answer_is_made(
    tiny_server: Running, client: httpx.Client, door: Door, stream: bool
) -> None:
    body = json.dumps(door.body("hello", stream=stream, **{door.limit: 500})).encode()
    with connect(tiny_server) as raw:
        raw.sendall(request_bytes(tiny_server, door, body))
        if stream:
            assert raw.recv(12) == b"HTTP/1.1 200"


@each_door
def test_a_client_that_leaves_in_the_middle_of_its_body(
    tiny_server: Running, client: httpx.Client, door: Door
) -> None:
    with connect(tiny_server) as raw:
        raw.sendall(request_bytes(tiny_server, door, b'{"prompt": "he', length=1000))


@each_door
def test_a_client_that_sends_less_than_it_said_and_waits(
    tiny_server: Running, client: httpx.Client, door: Door
) -> None:
    with connect(tiny_server) as raw:
        raw.sendall(request_bytes(tiny_server, door, b"{}", length=3))
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(100) == b""


def test_what_is_not_http(tiny_server: Running, client: httpx.Client) -> None:
    with connect(tiny_server) as raw:
        raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n")
        assert raw.recv(12) == b"HTTP/1.1 400"


def test_headers_without_an_end_are_cut_off(tiny_server: Running, client: httpx.Client) -> None:
    line = b"x-more: " + b"x" * 8000 + b"\r\n"
    with connect(tiny_server) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nhost: test\r\n")
        with pytest.raises(ConnectionError):
            # More than the buffers of both sockets hold, so that somebody must have read it.
            raw.sendall(line * 8000)


@each_door
def test_a_stream_to_an_old_client_has_no_chunks_and_ends_with_the_connection(
    tiny_server: Running, client: httpx.Client, door: Door
) -> None:
    body = json.dumps(door.body("hello", stream=True, **{door.limit: 4})).encode()
    request = request_bytes(tiny_server, door, body).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with connect(tiny_server) as raw:
        raw.sendall(request)
        head, _, rest = b"".join(iter(lambda: raw.recv(65536), b"")).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert rest.startswith(b"data: ")
    door.streamed_text(rest.decode())


async def test_two_hundred_connections_at_once(tiny_server: Running, client: httpx.Client) -> None:
    async with httpx.AsyncClient(
        base_url=tiny_server.url,
        headers={"authorization": f"Bearer {tiny_server.key}"},
        limits=httpx.Limits(max_connections=None),
        timeout=120,
    ) as many:

        async def ask(number: int) -> None:
            door = DOORS[number % len(DOORS)]
            stream = number % 2 == 0
            body = door.body(f"hello {number}", stream=stream, **{door.limit: 4})
            response = await many.post(door.path, json=body)
            assert response.status_code == 200, response.text
            if stream:
                door.streamed_text(response.text)
            else:
                door.text(response.json())

        await asyncio.gather(*(ask(number) for number in range(200)))


async def test_five_hundred_streams_of_which_a_third_is_cut_off_leave_nothing(
    tiny_server: Running, client: httpx.Client
) -> None:
    async with httpx.AsyncClient(
        base_url=tiny_server.url,
        headers={"authorization": f"Bearer {tiny_server.key}"},
        limits=httpx.Limits(max_connections=20),
        timeout=120,
    ) as many:

        async def ask(number: int) -> None:
            door = DOORS[number % len(DOORS)]
            cut = number % 3 == 0
            body = door.body("hello", stream=True, **{door.limit: 400 if cut else 6})
            async with many.stream("POST", door.path, json=body) as response:
                assert response.status_code == 200
                async for _ in response.aiter_bytes():
                    if cut:
                        break

        await asyncio.gather(*(ask(number) for number in range(500)))
