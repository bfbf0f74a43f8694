"""The programs on a model's page run as they stand there: taken from the page, not the code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.node_run import PACKAGES, environment, running_command
from tests.requires import need, need_packages
from tests.running import Running
from tests.web.html import Element, read

WORKERS, HOUSE, DEEPINFRA = (
    "@cf/meta/llama-3.2-1b-instruct",
    "@house/prompter",
    "meta-llama/Llama-2-70b-chat-hf",
)
MODELS = (WORKERS, HOUSE, DEEPINFRA)


@pytest.fixture(scope="module")
def pages(server: Running) -> dict[str, Element]:
    """The pages of some models of each kind, by name."""
    with server.client() as client:
        return {name: read(client.get(f"/catalog/{name}").text) for name in MODELS}


def programs(page: Element, tab: str) -> dict[str, str]:
    """What stands in one tab, by file name."""
    boxes = page.one("section", id=tab).every("div")
    return {box.one("p").text: box.one("pre").raw for box in boxes}


def test_every_model_has_the_same_tabs(pages: dict[str, Element]) -> None:
    for page in pages.values():
        tabs = [link.text for link in page.one("p", data_tablist="").every("a")]
        assert tabs == ["Worker streaming", "Worker", "Python", "curl", "OpenAI SDK"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("tab", ["python", "openai", "curl"])
def test_a_program_prints_an_answer(
    server: Running, pages: dict[str, Element], tmp_path: Path, tab: str, model: str
) -> None:
    ((name, text),) = programs(pages[model], tab).items()
    (tmp_path / name).write_text(text, encoding="utf-8")
    if tab == "curl":
        need("curl", tool=True)
    command = ["sh", "-eu", name] if tab == "curl" else [sys.executable, name]
    environ = environment(server, tmp_path)
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["result"]["response"] if tab == "curl" else done.stdout
    assert said.strip()


@pytest.fixture(scope="module", params=["worker", "worker-streaming"])
def worker(
    request: pytest.FixtureRequest,
    server: Running,
    pages: dict[str, Element],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, httpx.Client]]:
    """A tab's name, and its Worker in Cloudflare's runtime, as its two files start it."""
    need_packages(PACKAGES)
    home = tmp_path_factory.mktemp(request.param)
    for name, text in programs(pages[WORKERS], request.param).items():
        # Any free port, since others may be using the one on the page.
        (home / name).write_text(text.replace("port: 8787", "port: 0"), encoding="utf-8")
    (home / "node_modules").symlink_to(PACKAGES / "node_modules")
    with running_command(["node", "start.mjs"], home, environment(server, home)) as started:
        url = started.until(r"answers at (http://\S+)")[1]
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield request.param, client


def test_a_worker_answers(worker: tuple[str, httpx.Client]) -> None:
    tab, client = worker
    answer = client.get("/")
    assert answer.status_code == 200, answer.text
    if tab == "worker":
        assert answer.json()["response"]
        return
    assert answer.headers["content-type"] == "text/event-stream"
    frames = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert frames.pop() == "[DONE]"
    assert "".join(json.loads(frame)["response"] for frame in frames)
