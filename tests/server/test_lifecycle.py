"""A server process from its first start to its last stream."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors import DOORS, Door, assert_error, by_name
from understudy.catalog.registry import Catalog
from understudy.models.store import ModelStore

MODEL = "@house/prompter"
SCRIPTED = {"SCRIPTED_POOL": "works", "UNDERSTUDY_API_KEY": "k"}
"""With these variables a process serves a scripted model; SIGUSR1 releases what waits."""


class Process:
    """``understudy serve`` on a free port; lines of its log are read as they come."""

    def __init__(self, home: Path, *flags: str, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if "UNDERSTUDY" not in name}
        self.lines: list[str] = []
        module = (
            "tests.server.scripted_process" if environment.get("SCRIPTED_POOL") else "understudy"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--port", "0", *flags],
            env={**clean, "UNDERSTUDY_HOME": str(home), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url = re.search(r"http://\S+", self.line("listening on"))[0]

    def line(self, part: str) -> str:
        """The next line of output that contains ``part``."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if part in line:
                return line
        raise AssertionError(f"no line with {part!r} in:\n" + "".join(self.lines))

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        rest, _ = self.process.communicate(timeout=60)
        self.lines += rest.splitlines(keepends=True)
        return self.process.returncode


@contextmanager
def serving(home: Path, *flags: str, **environment: str) -> Iterator[Process]:
    server = Process(home, *flags, **environment)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def test_the_first_start_makes_a_key_shows_it_once_and_stores_a_hash(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        made = [line for line in server.lines if "API key" in line]
        key = made[0].split()[-1]
        headers = {"authorization": f"Bearer {key}"}
        assert httpx.get(f"{server.url}/v1/models", headers=headers).status_code == 200
        assert server.stop() == 0
    assert key.split("-", 2)[2] not in (tmp_path / "keys.json").read_text(encoding="utf-8")
    with serving(tmp_path) as server:
        assert not [line for line in server.lines if "API key" in line]
        assert httpx.get(f"{server.url}/v1/models", headers=headers).status_code == 200


def test_ready_follows_once_the_bundled_model_is_loaded(tmp_path: Path) -> None:
    with serving(tmp_path, UNDERSTUDY_API_KEY="k") as server:
        assert httpx.get(f"{server.url}/health").status_code == 200
        server.line("ready")
        assert httpx.get(f"{server.url}/ready").json() == {"status": "ready"}


def test_neither_keys_nor_prompts_reach_the_log(tmp_path: Path) -> None:
    with serving(tmp_path, "--log-level", "debug", UNDERSTUDY_API_KEY="s3cret-key") as server:
        for key in ("s3cret-key", "wr0ng-key"):
            httpx.post(
                f"{server.url}/v1/inference/{MODEL}",
                headers={"authorization": f"Bearer {key}"},
                json={"input": "pr1vate words", "max_new_tokens": 4},
                timeout=60,
            )
        assert server.stop() == 0
    log = "".join(server.lines)
    assert log.count("/v1/inference/") == 2
    assert f"model={MODEL}" in log
    for secret in ("s3cret-key", "wr0ng-key", "pr1vate"):
        assert secret not in log


def test_a_client_that_wants_a_websocket_gets_http_and_no_line_of_the_log(tmp_path: Path) -> None:
    upgrade = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    with serving(tmp_path, **SCRIPTED) as server:
        server.line("ready")
        before = len(server.lines)
        assert httpx.get(f"{server.url}/health", headers=upgrade).status_code == 200
        assert server.stop() == 0
    assert "draining" in server.lines[before]
    assert "upgrade" not in "".join(server.lines)


def test_a_signal_does_not_wait_for_a_body_that_does_not_come(tmp_path: Path) -> None:
    door = DOORS[0]
    with serving(tmp_path, "--drain-timeout", "600", **SCRIPTED) as server:
        server.line("ready")
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port), timeout=60) as raw:
            head = f"POST {door.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"
            length = "content-length: 90000\r\nexpect: 100-continue\r\n\r\n"
            raw.sendall((head + length).encode())
            assert raw.recv(12) == b"HTTP/1.1 100"
            assert server.stop() == 0
            rest = b"".join(iter(lambda: raw.recv(4096), b""))
        assert b"HTTP/1.1 503" in rest


def test_another_interface_than_loopback_is_warned_about(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", UNDERSTUDY_API_KEY="k") as server:
        assert [line for line in server.lines if "WARNING" in line and "other machines" in line]


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with serving(tmp_path, UNDERSTUDY_API_KEY="k") as server:
        port = server.url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "understudy", "serve", "--port", port, "--home", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert port in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def frames_of(response: httpx.Response) -> Iterator[Any]:
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


@contextmanager
def streaming(server: Process, door: Door, prompt: str) -> Iterator[Iterator[Any]]:
    """The frames of a stream that has begun."""
    body = door.body(prompt, stream=True)
    headers = {"authorization": "Bearer k"}
    with (
        httpx.Client(base_url=server.url, headers=headers, timeout=20) as client,
        client.stream("POST", door.path, json=body) as response,
    ):
        assert response.status_code == 200
        frames = frames_of(response)
        next(frames)
        yield frames


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_streams_finish_and_refuses_new_work(tmp_path: Path, sig: int) -> None:
    with serving(tmp_path, "--drain-timeout", "60", **SCRIPTED) as server:
        server.line("ready")
        with streaming(server, DOORS[0], "[wait]") as frames:
            server.process.send_signal(sig)
            server.line("draining")
            refused = httpx.get(f"{server.url}/ready")
            assert (refused.status_code, refused.json()) == (503, {"status": "draining"})
            for door in DOORS:
                headers = {"authorization": "Bearer k"}
                answer = httpx.post(server.url + door.path, json=door.body("x"), headers=headers)
                assert_error(door, answer, 503)
                assert int(answer.headers["retry-after"]) > 0
            server.process.send_signal(signal.SIGUSR1)
            rest = list(frames)
        assert rest[-1] == "[DONE]"
        assert server.wait() == 0


@pytest.mark.parametrize("door", DOORS, ids=by_name)
def test_streams_that_take_too_long_end_with_an_error_frame(tmp_path: Path, door: Door) -> None:
    with serving(tmp_path, "--drain-timeout", "0", **SCRIPTED) as server:
        server.line("ready")
        with streaming(server, door, "[hang]") as frames:
            server.process.send_signal(signal.SIGTERM)
            rest = list(frames)
        assert [frame for frame in rest if '"error' in frame]
        assert server.wait() == 0


def test_a_second_signal_ends_streams_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--drain-timeout", "600", **SCRIPTED) as server:
        server.line("ready")
        with streaming(server, DOORS[0], "[hang]") as frames:
            server.process.send_signal(signal.SIGTERM)
            server.line("draining")
            server.process.send_signal(signal.SIGTERM)
            rest = list(frames)
        assert [frame for frame in rest if '"error' in frame]
        assert server.wait() == 0


@contextmanager
def waiting_for_a_lock(home: Path, *flags: str) -> Iterator[Process]:
    """A server whose bundled model cannot be loaded before this process lets go of its files."""
    bundled = Catalog.load().bundled
    with (
        ModelStore(home).lock(bundled, wait=False),
        serving(home, *flags, UNDERSTUDY_API_KEY="k") as server,
    ):
        server.line("waiting for another process")
        yield server


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_does_not_wait_for_a_model_that_is_being_loaded(tmp_path: Path, sig: int) -> None:
    with waiting_for_a_lock(tmp_path) as server:
        server.process.send_signal(sig)
        assert server.wait() == 0
    assert "still being loaded" in server.lines[-1]
    assert "Traceback" not in "".join(server.lines)


def test_a_second_signal_ends_a_call_that_waits_for_a_model(tmp_path: Path) -> None:
    with waiting_for_a_lock(tmp_path, "--stand-in", "--drain-timeout", "600") as server:
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port), timeout=60) as raw:
            body = json.dumps(DOORS[0].body("x"))
            head = f"POST {DOORS[0].path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n"
            raw.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
            # The server reads its sockets in turn: whoever asks later is answered later.
            assert httpx.get(f"{server.url}/ready").status_code == 503
            server.process.send_signal(signal.SIGTERM)
            server.line("draining")
            server.process.send_signal(signal.SIGTERM)
            assert raw.recv(12) == b"HTTP/1.1 503"
        assert server.wait() == 0


def test_a_model_that_cannot_be_loaded_stops_the_start(tmp_path: Path) -> None:
    with serving(tmp_path, **{**SCRIPTED, "SCRIPTED_POOL": "broken"}) as server:
        assert server.wait() == 1
    assert server.lines[-1].startswith("understudy: ")
    assert "Traceback" not in "".join(server.lines)
