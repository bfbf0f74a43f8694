"""Who may do what without a key, because a page of this server was opened on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope

from tests.running import Running, running, settings_for, tiny_pool
from understudy.web.session import Sessions

PAGE = {"accept": "text/html"}
SAME = {"sec-fetch-site": "same-origin"}
MODELS = "/v1/models"


@pytest.fixture
def browser(tiny_server: Running) -> Iterator[httpx.Client]:
    """A client that has opened a page, as a browser on this machine does."""
    with tiny_server.client(headers={}) as client:
        assert client.get("/", headers=PAGE).status_code == 200
        yield client


def test_the_cookie_is_for_this_site_alone_and_not_for_scripts(tiny_server: Running) -> None:
    cookie = httpx.get(tiny_server.url + "/").headers["set-cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith(f"understudy-{httpx.URL(tiny_server.url).port}=")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict"]


def test_a_page_of_this_server_needs_no_key(browser: httpx.Client) -> None:
    assert browser.get(MODELS, headers=SAME).status_code == 200
    chat = {"model": "@house/prompter", "messages": [{"role": "user", "content": "x"}]}
    origin = {"origin": str(browser.base_url).rstrip("/")}
    for headers in (origin, {**SAME, **origin}):
        body = {**chat, "max_tokens": 2}
        answer = browser.post("/v1/chat/completions", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


def test_it_may_do_what_needs_either_scope(browser: httpx.Client) -> None:
    body = {"model": "@house/prompter", "name": "from a page", "description": ""}
    path = "/client/v4/accounts/local/ai/finetunes"
    made = browser.post(path, json=body, headers=SAME).json()["result"]
    assert browser.delete(f"{path}/{made['id']}", headers=SAME).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {**SAME, "origin": "https://example.com"},
        {**SAME, "host": "example.com"},
        {**SAME, "host": "localhost.example.com"},
        {**SAME, "host": "workers-binding.ai"},
        {**SAME, "x-forwarded-for": "10.0.0.1"},
        {**SAME, "via": "1.1 proxy"},
    ],
    ids=str,
)
def test_nobody_else_may(browser: httpx.Client, headers: dict[str, str]) -> None:
    assert browser.get(MODELS, headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["authorization", "xi-api-key", "x-api-key"])
def test_a_key_that_is_sent_is_the_one_that_counts(browser: httpx.Client, name: str) -> None:
    headers = {**SAME, name: "Bearer wrong" if name == "authorization" else "wrong"}
    assert browser.get(MODELS, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "value", ["", ".", "nothing", "00000000.", "00000000.secret"], ids=lambda value: repr(value)
)
def test_a_cookie_that_was_not_given_is_worth_nothing(tiny_server: Running, value: str) -> None:
    name = f"understudy-{httpx.URL(tiny_server.url).port}"
    headers = {**SAME, "cookie": f"{name}={value}"}
    assert httpx.get(tiny_server.url + MODELS, headers=headers).status_code == 401


def test_a_browser_keeps_its_session(browser: httpx.Client) -> None:
    assert "set-cookie" not in browser.get("/", headers=PAGE).headers
    assert browser.get(MODELS, headers=SAME).status_code == 200


def test_what_the_cookie_says_is_no_key(browser: httpx.Client) -> None:
    value = next(iter(browser.cookies.values()))
    for text in (value, value.partition(".")[2]):
        answer = httpx.get(browser.base_url.join(MODELS), headers={"xi-api-key": text})
        assert answer.status_code == 401


def test_env_ai_stays_closed_to_pages(browser: httpx.Client) -> None:
    headers = {**SAME, "cf-consn-model-id": "@house/prompter"}
    answer = browser.post("/run", json={"prompt": "x"}, headers=headers)
    assert answer.status_code == 403


def test_the_owner_may_do_without(tmp_path: Path) -> None:
    with running(settings_for(tmp_path, web_session=False), tiny_pool) as server:
        page = httpx.get(server.url + "/", headers=PAGE)
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        assert 'data-session="off"' in page.text


def scope(peer: str = "127.0.0.1", **headers: str) -> Scope:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (peer, 1), "server": ("127.0.0.1", 80), "headers": raw}


async def admitted(sessions: Sessions, asked: Scope) -> bool:
    """Whether a request leaves ``sessions`` with the header that stands for a key."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope)

    async def nothing() -> Message:
        raise AssertionError

    async def nowhere(message: Message) -> None:
        raise AssertionError

    await sessions.around(app)(asked, nothing, nowhere)
    return any(name == b"authorization" for name, _ in seen[0]["headers"])


async def test_other_machines_get_none_and_can_use_none() -> None:
    sessions, local = Sessions(enabled=True), {"host": "localhost"}
    assert sessions.cookie(scope("10.0.0.1"), local) is None
    given = sessions.cookie(scope(), local)
    assert given is not None
    sent = {"host": "localhost", "cookie": given.partition(";")[0], "sec-fetch-site": "same-origin"}
    assert await admitted(sessions, scope(**sent))
    assert not await admitted(sessions, scope("10.0.0.1", **sent))
    assert not await admitted(Sessions(enabled=True), scope(**sent))


async def test_the_session_that_was_unused_for_longest_gives_way() -> None:
    sessions, local = Sessions(enabled=True), {"host": "localhost"}
    cookies = [sessions.cookie(scope(), local) or "" for _ in range(256)]
    asked = [scope(**local, **SAME, cookie=cookie.partition(";")[0]) for cookie in cookies]
    assert await admitted(sessions, asked[0])
    assert sessions.cookie(scope(), local)
    assert [await admitted(sessions, one) for one in asked] == [True, False, *[True] * 254]


@pytest.mark.parametrize("loaded_as", ["image", "script", "empty", "iframe"])
def test_what_a_page_loads_makes_no_session(tiny_server: Running, loaded_as: str) -> None:
    """A page of any site may load what it likes, and would push out the sessions in use."""
    headers = {"sec-fetch-dest": loaded_as}
    assert "set-cookie" not in httpx.get(tiny_server.url + "/", headers=headers).headers
    headers = {"sec-fetch-dest": "document"}
    assert "set-cookie" in httpx.get(tiny_server.url + "/", headers=headers).headers


def test_a_proxy_that_is_known_by_its_version_alone_gets_none(tiny_server: Running) -> None:
    """As nginx passes calls on where no more than ``proxy_pass`` is said."""
    address = httpx.URL(tiny_server.url)
    asked = f"GET / HTTP/1.0\r\nHost: {address.host}:{address.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((address.host, address.port or 0)) as connection:
        connection.sendall(asked.encode())
        page = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 200 OK" in page.partition(b"\r\n")[0]
    assert b'data-session="off"' in page
    assert b"set-cookie" not in page.lower().partition(b"\r\n\r\n")[0]
