"""A generation at every door: whole, streamed, failed, cut off."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, DOORS, MODEL, Door, assert_error, by_name
from tests.running import Running
from tests.server.scripted import ANSWER, ScriptedBackend

each_door = pytest.mark.parametrize("door", DOORS, ids=by_name)


@each_door
def test_a_whole_answer_is_json_of_exactly_that_type(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    response = client.post(door.path, json=door.body("hello"))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert int(response.headers["content-length"]) == len(response.content)
    assert door.text(response.json()) == ANSWER


@each_door
def test_a_stream_says_what_the_whole_answer_says(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    response = client.post(door.path, json=door.body("hello", stream=True))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    assert door.streamed_text(response.text) == ANSWER


@each_door
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_tells_its_id_and_who_stood_in(
    client: httpx.Client, backend: ScriptedBackend, door: Door, stream: bool
) -> None:
    response = client.post(door.path, json=door.body("hello", stream=stream))
    assert len(response.headers["x-request-id"]) == 36
    assert response.headers["x-understudy-stand-in"] == "@house/prompter"
    if "/ai/run/" in door.path:
        assert response.headers["cf-ai-req-id"] == response.headers["x-request-id"]


@each_door
def test_a_failure_before_the_first_byte_has_a_status(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    for stream in (False, True):
        response = client.post(door.path, json=door.body("[fail first]", stream=stream))
        assert_error(door, response, 500)


@each_door
def test_a_failure_while_folding_has_a_status(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    for prompt in ("[fail]", "[crash]", "[short]"):
        response = client.post(door.path, json=door.body(prompt))
        assert "secret" not in assert_error(door, response, 500)


@each_door
@pytest.mark.parametrize("prompt", ["[fail]", "[crash]", "[short]"])
def test_a_failure_in_a_stream_is_its_last_frame(
    client: httpx.Client, backend: ScriptedBackend, door: Door, prompt: str
) -> None:
    response = client.post(door.path, json=door.body(prompt, stream=True))
    assert response.status_code == 200
    frames = [
        json.loads(line.removeprefix("data: "))
        for line in response.text.split("\n\n")
        if line and line != "data: [DONE]"
    ]
    assert [frame for frame in frames if "error" in frame or "error_message" in frame]
    assert "secret" not in response.text


@each_door
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("prompt", ["[hang first]", "[hang]"])
def test_a_disconnect_ends_the_work(
    client: httpx.Client, backend: ScriptedBackend, door: Door, stream: bool, prompt: str
) -> None:
    request = client.build_request("POST", door.path, json=door.body(prompt, stream=stream))
    impatient = httpx.Timeout(60, read=0.2)
    request.extensions["timeout"] = impatient.as_dict()
    with pytest.raises(httpx.ReadTimeout):
        client.send(request)
    backend.wait_begun(1)
    backend.wait_idle()
    assert client.post(door.path, json=door.body("hello")).status_code == 200


@each_door
def test_a_disconnect_in_the_middle_of_a_stream_ends_the_work(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    with client.stream("POST", door.path, json=door.body("[hang]", stream=True)) as response:
        assert response.status_code == 200
        assert backend.live == 1
    backend.wait_idle()


@each_door
def test_a_disconnect_in_the_middle_of_the_body_leaves_nothing(
    scripted: Running, client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    def half() -> Any:
        yield b'{"prompt": "'
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError), scripted.client() as other:
        other.post(door.path, content=half())
    assert client.post(door.path, json=door.body("hello")).status_code == 200


@each_door
def test_a_stop_string_ends_the_work(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    response = client.post(door.path, json=door.body("hello", stop=["four"]))
    assert response.status_code == 200, response.text
    assert door.text(response.json()) == "One two three, "


def test_a_pipelined_connection_serves_request_after_request(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    for _ in range(3):
        for door in DOORS:
            assert client.post(door.path, json=door.body("hello")).status_code == 200


def test_many_callers_at_once_are_all_answered(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    def ask(number: int) -> str:
        door = DOORS[number % len(DOORS)]
        return door.text(client.post(door.path, json=door.body("hello")).json())

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(60))) == {ANSWER}


@pytest.mark.parametrize("model", [MODEL, MODEL.replace("/", "%2F"), MODEL + "/", f"{MODEL}?a=b"])
def test_the_model_may_be_written_with_or_without_escapes(
    client: httpx.Client, backend: ScriptedBackend, model: str
) -> None:
    for path, body in (
        (f"{ACCOUNT}/ai/run/{model}", {"prompt": "hello"}),
        (f"/v1/inference/{model}", {"input": "hello"}),
    ):
        assert client.post(path, json=body).status_code == 200


def test_a_body_needs_no_content_type(client: httpx.Client, backend: ScriptedBackend) -> None:
    for door in DOORS:
        content = json.dumps(door.body("hello")).encode()
        for headers in ({}, {"content-type": "application/x-www-form-urlencoded"}):
            response = client.post(door.path, content=content, headers=headers)
            assert response.status_code == 200, response.text


@each_door
def test_gzip_bodies_are_read_where_the_service_reads_them(
    client: httpx.Client, backend: ScriptedBackend, door: Door
) -> None:
    content = gzip.compress(json.dumps(door.body("hello")).encode())
    headers = {"content-encoding": "gzip"}
    response = client.post(door.path, content=content, headers=headers)
    if door.errors == "deepinfra":
        assert door.text(response.json()) == ANSWER
    else:
        assert_error(door, response, 400)


def test_prefix_caches_are_apart_by_key_by_cache_key_and_by_session(
    scripted: Running, client: httpx.Client, backend: ScriptedBackend
) -> None:
    door = DOORS[4]
    other = scripted.keys.create("other")
    backend.namespaces.clear()
    for headers, more in (
        ({}, {}),
        ({}, {}),
        ({"authorization": f"Bearer {other}"}, {}),
        ({"x-session-affinity": "a"}, {}),
        ({}, {"prompt_cache_key": "a"}),
    ):
        client.post(door.path, json=door.body("hello", **more), headers=headers)
    assert backend.namespaces[0] == backend.namespaces[1]
    assert len(set(backend.namespaces)) == 4
    assert scripted.key not in "".join(backend.namespaces)
