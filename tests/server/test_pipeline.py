"""A generation at every door: whole, streamed, failed, cut off."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, DOORS, EVERY_DOOR, MODEL, Door, assert_error, by_name
from tests.running import Running
from tests.server.scripted import ANSWER, ScriptedBackend
from understudy import generate
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.dialects.workers_ai import WorkersAI
from understudy.errors import ConfigError, ModelDoesNotFit, ModelFolderInvalid, UnderstudyError
from understudy.keys import FILE_NAME
from understudy.server import pipeline

each_door = pytest.mark.parametrize("door", EVERY_DOOR, ids=by_name)


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
        for door in EVERY_DOOR:
            assert client.post(door.path, json=door.body("hello")).status_code == 200


def test_many_callers_at_once_are_all_answered(
    client: httpx.Client, backend: ScriptedBackend
) -> None:
    def ask(number: int) -> str:
        door = EVERY_DOOR[number % len(EVERY_DOOR)]
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
    for door in EVERY_DOOR:
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


def test_turns_are_the_keys_own_in_proportion_to_its_weight(
    scripted: Running, client: httpx.Client, backend: ScriptedBackend
) -> None:
    door = DOORS[4]
    heavy = scripted.keys.create("heavy", weight=3)
    backend.turns.clear()
    client.post(door.path, json=door.body("hello"))
    client.post(door.path, json=door.body("hello"), headers={"authorization": f"Bearer {heavy}"})
    assert backend.turns == [("configured", 1), (scripted.keys.verify(heavy).id, 3)]


class Held:
    """A function that waits to be let go before it does what it does."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.began = threading.Event()
        self.free = threading.Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.began.set()
        assert self.free.wait(30)
        return self._function(*args, **kwargs)


PARSERS = {
    "/run": WorkersAI,
    "/chat/completions": OpenAIChat,
    "/completions": OpenAICompletions,
    "inference": DeepInfraNative,
}
WASTE: dict[str, dict[str, Any]] = {
    "as it is": {},
    "many empty messages": {"messages": [{}] * 5000},
    "many parts": {"messages": [{"role": "user", "content": [{}] * 5000}]},
    "many tokens": {"prompt": [1] * 5000},
}


def held_up(client: httpx.Client, scripted: Running, door: Door, body: Any, held: Held) -> None:
    """Health must be told while ``held`` works on ``body``."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, door.path, json=body)
        try:
            assert held.began.wait(30)
            assert httpx.get(scripted.url + "/health", timeout=10).status_code == 200
        finally:
            held.free.set()
        assert asked.result().status_code in (200, 400, 413, 422)


@each_door
@pytest.mark.parametrize("waste", WASTE)
@pytest.mark.parametrize("step", ["read", "judge"])
def test_the_server_goes_on_while_a_large_body_is_read_and_judged(
    scripted: Running,
    client: httpx.Client,
    backend: ScriptedBackend,
    monkeypatch: pytest.MonkeyPatch,
    door: Door,
    waste: str,
    step: str,
) -> None:
    body = door.body("word " * 3000, **WASTE[waste])
    if step == "read":
        held = Held(pipeline.parse_json)
        monkeypatch.setattr(pipeline, "parse_json", held)
    else:
        parser: Any = next(kind for part, kind in PARSERS.items() if part in door.path)
        held = Held(parser.parse)
        monkeypatch.setattr(parser, "parse", lambda *args: held(*args))
    held_up(client, scripted, door, body, held)


@each_door
def test_the_server_goes_on_while_a_large_input_is_tokenised(
    scripted: Running,
    client: httpx.Client,
    backend: ScriptedBackend,
    monkeypatch: pytest.MonkeyPatch,
    door: Door,
) -> None:
    held = Held(generate.prepare)
    monkeypatch.setattr(generate, "prepare", held)
    held_up(client, scripted, door, door.body("word " * 3000), held)


@each_door
@pytest.mark.parametrize(
    "why",
    [
        ModelFolderInvalid(MODEL, "the tensor x is missing"),
        ModelDoesNotFit(MODEL, 2 * 10**9, 10**9),
        ConfigError("a setting\nis wrong"),
    ],
    ids=lambda why: type(why).__name__,
)
def test_what_only_the_owner_can_mend_is_in_the_log_under_the_requests_id(
    scripted: Running,
    client: httpx.Client,
    caplog: pytest.LogCaptureFixture,
    door: Door,
    why: UnderstudyError,
) -> None:
    why.__cause__ = OSError("the disk is gone")
    scripted.pool.broken = why
    try:
        response = client.post(door.path, json=door.body("hello"))
    finally:
        scripted.pool.broken = None
    assert_error(door, response, 500, 503)
    (line,) = errors_of(caplog)
    assert response.headers["x-request-id"] in line
    assert " ".join(str(why).split()) in line
    assert "the disk is gone" in line
    assert "\n" not in line


@pytest.mark.parametrize("door", DOORS, ids=by_name)
def test_a_damaged_key_file_is_named_in_the_log_and_not_to_strangers(
    scripted: Running, caplog: pytest.LogCaptureFixture, door: Door
) -> None:
    file = scripted.settings.home / FILE_NAME
    before = file.read_bytes() if file.exists() else b'{"keys": []}'
    file.write_text("{")
    try:
        with scripted.client(headers={"authorization": "Bearer usk-1-2"}) as client:
            response = client.post(door.path, json=door.body("hello"))
    finally:
        file.write_bytes(before)
    assert FILE_NAME not in assert_error(door, response, 500)
    assert [line for line in errors_of(caplog) if str(file) in line]


@each_door
def test_a_stream_that_fails_is_in_the_log_too(
    client: httpx.Client, backend: ScriptedBackend, caplog: pytest.LogCaptureFixture, door: Door
) -> None:
    response = client.post(door.path, json=door.body("[fail]", stream=True))
    (line,) = errors_of(caplog)
    assert response.headers["x-request-id"] in line


def test_what_a_client_can_mend_is_no_error_of_the_server(
    client: httpx.Client, backend: ScriptedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    for door in EVERY_DOOR:
        client.post(door.path, content=b"{")
    assert errors_of(caplog) == []


def errors_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
