"""``workerd`` without Miniflare: its ``env.AI`` over a plain external service, as Cloudflare's own
tests of the runtime have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.conversation import WORKERS_MODELS
from tests.clients.node_run import PACKAGES, environment, running_command
from tests.requires import need_packages
from tests.running import Running

WORKER = """
export default {
  async fetch(request, env) {
    const { model, ...inputs } = await request.json();
    try {
      const answer = await env.AI.run(model, inputs);
      return answer instanceof ReadableStream ? new Response(answer) : Response.json(answer);
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`, { status: 500 });
    }
  },
};
"""
CONFIG = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "understudy", external = (address = "ADDRESS", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-04-01",
  bindings = [(
    name = "AI",
    wrapped = (
      moduleName = "cloudflare-internal:ai-api",
      innerBindings = [(name = "fetcher", service = "understudy")],
    ),
  )],
);
"""


@pytest.fixture(scope="module")
def worker(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    need_packages(PACKAGES)
    home = tmp_path_factory.mktemp("workerd")
    (home / "worker.mjs").write_text(WORKER)
    (home / "config.capnp").write_text(
        CONFIG.replace("ADDRESS", httpx.URL(server.url).netloc.decode())
    )
    workerd: list[str | Path] = [PACKAGES / "node_modules" / ".bin" / "workerd", "serve"]
    words = ["config.capnp", "--experimental", "--control-fd=1"]
    with running_command([*workerd, *words], home, environment(server, home)) as command:
        port = command.until(r'"event":"listen".*"port":(\d+)')[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as sdk:
            yield sdk


def test_an_answer_is_the_same_whole_and_streamed(worker: httpx.Client) -> None:
    asked = {"model": WORKERS_MODELS[3], "prompt": "Who are you?", "seed": 7, "max_tokens": 12}
    whole = worker.post("/", json=asked).json()["response"]
    lines = worker.post("/", json={**asked, "stream": True}).text.split("\n\n")
    frames = [line.removeprefix("data: ") for line in lines if line]
    assert frames.pop() == "[DONE]"
    assert "".join(json.loads(frame)["response"] for frame in frames) == whole


def test_an_error_is_thrown_with_its_code(worker: httpx.Client) -> None:
    said = worker.post("/", json={"model": "@cf/nobody/nothing", "prompt": "x"}).text
    assert said == "AiError: 5007: No such model @cf/nobody/nothing or task"
