"""``clients/worker-dev``: a Worker project runs with env.AI leading to a real server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.conversation import WORKERS_MODELS
from tests.clients.node_run import (
    PACKAGES,
    PATIENCE,
    Command,
    copied,
    environment,
    pins,
    run_tests,
    running_command,
)
from tests.requires import need_packages
from tests.running import Running

WORKER_DEV = Path(__file__).parents[2] / "clients" / "worker-dev"
OWN_TESTS = sorted((WORKER_DEV / "test").glob("*.test.mjs"))
SOURCE = """
import note from "./note.txt";
import { Buffer } from "node:buffer";

interface Env { MY_AI: any; KV: any; GREETING: string; SECRET: string; COUNT: any }

export class Counter {
  constructor(private state: any) {}
  async fetch() {
    const count = ((await this.state.storage.get("count")) ?? 0) + 1;
    await this.state.storage.put("count", count);
    return new Response(String(count));
  }
}

export default {
  async fetch(request: Request, env: Env) {
    await env.KV.put("key", "value");
    const { response } = await env.MY_AI.run("MODEL", { prompt: "Who are you?", max_tokens: 8 });
    const count = await env.COUNT.get(env.COUNT.idFromName("a")).fetch("http://count/");
    return Response.json({
      version: 1, note, response, hex: Buffer.from("x").toString("hex"),
      kept: await env.KV.get("key"),
      greeting: env.GREETING, secret: env.SECRET, counted: (await count.text()) !== "0",
    });
  },
};
"""
CONFIG: dict[str, Any] = {
    "name": "mine",
    "main": "src/index.ts",
    # Newer than the runtime that is installed: most projects are.
    "compatibility_date": "2026-06-01",
    "compatibility_flags": ["nodejs_compat"],
    "ai": {"binding": "MY_AI"},
    "vars": {"GREETING": "hello"},
    "kv_namespaces": [{"binding": "KV", "id": "0123"}],
    "durable_objects": {"bindings": [{"name": "COUNT", "class_name": "Counter"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Counter"]}],
}


VECTORIZE = '"vectorize": [{"binding": "I", "index_name": "i"}], '


@pytest.fixture
def command(tmp_path: Path) -> list[str | Path]:
    need_packages(PACKAGES)
    return ["node", copied(WORKER_DEV, tmp_path) / "worker-dev.mjs", "--port", "0"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "wrangler.jsonc").write_text(json.dumps(CONFIG))
    (folder / "src" / "index.ts").write_text(SOURCE.replace("MODEL", WORKERS_MODELS[3]))
    (folder / "src" / "note.txt").write_text("a note")
    (folder / ".dev.vars").write_text("SECRET=first")
    return folder


@pytest.fixture
def dev(command: list[str | Path], project: Path, server: Running) -> Iterator[Command]:
    with running_command(command, project, environment(server, project)) as dev:
        yield dev


def ask(url: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(url, timeout=60, trust_env=False).json()
    return told


def change(file: Path, old: str, new: str) -> None:
    """Put ``new`` in the place of ``old``, at once: whoever watches sees the one or the other."""
    text = file.read_text()
    assert old in text
    ready = file.with_name(f"{file.name}.ready")
    ready.write_text(text.replace(old, new))
    ready.replace(file)


def test_a_project_runs_and_is_restarted_by_each_change(dev: Command, project: Path) -> None:
    leads = dev.until(r"env\.MY_AI leads to (\S+)")
    assert leads[1].startswith("http://127.0.0.1:")
    dev.until("2026-06-01 is newer than this runtime; .* is used")
    url = dev.until(r"Ready at (http://\S+)")[1]
    first = ask(url)
    response = first.pop("response")
    assert response
    assert first == {
        "version": 1,
        "note": "a note",
        "hex": "78",
        "kept": "value",
        "greeting": "hello",
        "secret": "first",
        "counted": True,
    }

    source = project / "src" / "index.ts"
    change(source, "version: 1", "version: 2")
    dev.until("Reloaded")
    assert ask(url)["version"] == 2

    change(project / "wrangler.jsonc", "hello", "welcome")
    dev.until("Reloaded")
    assert ask(url)["greeting"] == "welcome"

    change(project / ".dev.vars", "first", "second")
    dev.until("Reloaded")
    assert ask(url)["secret"] == "second"

    change(source, "version: 2", "version: ]")
    dev.until("Build failed")
    assert ask(url)["version"] == 2
    change(source, "version: ]", "version: 3")
    dev.until("Reloaded")
    assert ask(url)["version"] == 3

    change(project / "wrangler.jsonc", '"vars"', VECTORIZE + '"vars"')
    dev.until("'I': bindings of type vectorize exist at Cloudflare only")
    assert ask(url)["version"] == 3
    assert dev.end() == 0


def test_what_cannot_be_given_stops_the_start_by_name(
    command: list[str | Path], project: Path, server: Running
) -> None:
    change(project / "wrangler.jsonc", '"vars"', VECTORIZE + '"vars"')
    assert "'I': bindings of type vectorize" in refused(command, project, server)


def test_a_service_worker_is_refused(
    command: list[str | Path], project: Path, server: Running
) -> None:
    config = {name: CONFIG[name] for name in ("name", "main", "compatibility_date", "ai")}
    (project / "wrangler.jsonc").write_text(json.dumps(config))
    (project / "src" / "index.ts").write_text("addEventListener('fetch', () => {});")
    assert "must be a module" in refused(command, project, server)


def test_a_missing_configuration_is_told(
    command: list[str | Path], project: Path, server: Running
) -> None:
    said = refused([*command, "--config", "missing.jsonc"], project, server)
    assert "missing.jsonc" in said


def test_a_port_that_is_taken_ends_it(
    command: list[str | Path], project: Path, server: Running
) -> None:
    taken = str(httpx.URL(server.url).port)
    assert "already in use" in refused([*command, "--port", taken], project, server)


def test_an_understudy_that_takes_no_calls_ends_it(
    command: list[str | Path], project: Path, server: Running
) -> None:
    port = httpx.URL(server.url).port
    said = refused([*command, "--understudy", f"http://0.0.0.0:{port}"], project, server)
    assert "does not take calls of env.MY_AI" in said
    assert "'env_ai'" in said


def test_sources_that_do_not_build_at_the_start_end_it(
    command: list[str | Path], project: Path, server: Running
) -> None:
    (project / "src" / "index.ts").write_text("export default {")
    assert "src/index.ts:1:" in refused(command, project, server)


@pytest.mark.parametrize("file", OWN_TESTS, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_its_own_tests_pass(server: Running, tmp_path: Path, file: Path) -> None:
    need_packages(PACKAGES)
    copy = copied(WORKER_DEV, tmp_path)
    run_tests(copy / "test" / file.name, environment(server, tmp_path))


def refused(command: list[str | Path], project: Path, server: Running) -> str:
    """What a start that is refused says."""
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(server, project),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1, done.stdout
    assert "\n    at " not in done.stderr, "a stack is nothing that the reader can mend"
    return done.stderr


def test_its_packages_are_those_that_are_tested() -> None:
    assert pins(WORKER_DEV).items() <= pins(PACKAGES).items()
