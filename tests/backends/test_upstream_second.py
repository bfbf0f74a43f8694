"""One Understudy before another, each a server of its own: what the second says, the first does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from tests.doors import DOORS, MODEL, Door, assert_error, by_name
from tests.running import START, Running, running, settings_for
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.remote import RoutedPool
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore
from understudy.upstreams import OFFERED, Upstream

ROOT = Path(__file__).parents[2]
HOUSE = "@house/prompter"
SECRET = "the-key-of-the-second"


@pytest.fixture(scope="module")
def said() -> Queue[str]:
    """The second server's log, from when it was ready."""
    return Queue()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, said: Queue[str]) -> Iterator[httpx.Client]:
    """A process with a server. One that does not start fails with its log."""
    home = tmp_path_factory.mktemp("second")
    clean = {name: value for name, value in os.environ.items() if "UNDERSTUDY" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.backends.second_process", "serve", "--port", "0"],
        cwd=ROOT,
        env={**clean, "UNDERSTUDY_HOME": str(home), "UNDERSTUDY_API_KEY": SECRET},
        stderr=subprocess.PIPE,
        text=True,
    )
    log = process.stderr
    assert log is not None
    hangs = threading.Timer(START, process.kill)
    reading = threading.Thread(target=lambda: deque(map(said.put, log), 0))
    headers = {"authorization": f"Bearer {SECRET}"}
    try:
        hangs.start()
        url = _url_once_ready(log)
        hangs.cancel()
        reading.start()
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            yield client
    finally:
        hangs.cancel()
        process.kill()
        process.wait()
        if reading.ident is not None:
            reading.join()
        log.close()


def _url_once_ready(log: Iterable[str]) -> str:
    lines: list[str] = []
    for line in log:
        lines.append(line)
        if line.endswith(" ready\n"):
            return "".join(re.findall(r"listening on (\S+)", "".join(lines)))
    raise AssertionError("the second server did not start:\n" + "".join(lines))


@pytest.fixture(scope="module")
def first(second: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server here, whose model the second computes; other cards are routed to worse places."""
    home = tmp_path_factory.mktemp("first")
    url = f"{second.base_url}".rstrip("/") + "/v1/openai"
    everything = OFFERED["understudy"]
    others = [card.name for card in Catalog.load() if card.name not in (MODEL, HOUSE)]
    upstreams = (
        Upstream(MODEL, url, HOUSE, "understudy", "SECOND_KEY", capabilities=everything),
        Upstream(others[0], url, HOUSE, "understudy", "WRONG_KEY", capabilities=everything),
        Upstream(others[1], url, "no such model", "understudy", "SECOND_KEY", None, everything),
    )

    def pool(settings: Settings, catalog: Catalog) -> RoutedPool:
        local = ModelPool(settings, catalog, ModelStore(settings.home))
        return RoutedPool(local, settings.upstreams, catalog)

    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SECOND_KEY", SECRET)
        patch.setenv("WRONG_KEY", "no-key-of-anyone")
        patch.setattr(RoutedPool, "warm", _nothing)
        yield stack.enter_context(running(settings_for(home, upstreams=upstreams), pool))


async def _nothing(pool: RoutedPool, name: str) -> None:
    """The first server computes nothing itself, so it need not load its model."""


@pytest.fixture(scope="module")
def client(first: Running) -> Iterator[httpx.Client]:
    with first.client() as made:
        yield made


@pytest.mark.parametrize("door", DOORS, ids=by_name)
@pytest.mark.parametrize("stream", [False, True])
def test_every_door_answers_with_what_the_second_computes(
    door: Door, stream: bool, client: httpx.Client, second: httpx.Client
) -> None:
    body = door.body("Once upon", stream=stream, seed=5, **{door.limit: 12})
    reply = client.post(door.path, json=body)
    assert reply.status_code == 200, reply.text
    said = door.streamed_text(reply.text) if stream else door.text(reply.json())
    asked = {"max_tokens": 12, "seed": 5, "model": HOUSE, **_defaults(door)}
    turns = {"messages": [{"role": "user", "content": "Once upon"}]}
    if door.name in ("openai completions", "workers completions", "deepinfra native"):
        direct = second.post("/v1/openai/completions", json={**asked, "prompt": "Once upon"})
        assert said == direct.json()["choices"][0]["text"]
    else:
        direct = second.post("/v1/openai/chat/completions", json={**asked, **turns})
        assert said == direct.json()["choices"][0]["message"]["content"]


def _defaults(door: Door) -> dict[str, Any]:
    if door.name == "deepinfra native":
        return {"temperature": 0.7, "top_p": 0.9}
    return {"temperature": 1.0} if door.errors == "deepinfra" else {"temperature": 0.6}


GRID = [
    {},
    {"stream": True},
    {"logprobs": 0},
    {"logprobs": 2, "stream": True},
    {"logprobs": 2, "return_tokens_as_token_ids": True},
    {"echo": True},
    {"echo": True, "stream": True, "logprobs": 1},
    {"echo": True, "prompt": [70, 71, 72]},
    {"echo": True, "prompt": [70, 71, 72], "logprobs": 2, "n": 2, "stream": True},
    {"n": 3},
    {"stop": ["e", "a"]},
    {"stop": ["e"], "logprobs": 1, "stream": True},
    {"response_format": {"type": "json_object"}},
    {"response_format": {"type": "regex", "regex": "[a-c]{3}"}},
    {"max_tokens": None, "response_format": {"type": "regex", "regex": "[a-c]{3}"}},
    {"top_k": 3, "min_p": 0.1, "repetition_penalty": 1.2, "presence_penalty": 0.5},
    {"temperature": 0, "ignore_eos": True, "stop_token_ids": [80]},
    {"stream": True, "stream_options": {"include_usage": True, "continuous_usage_stats": True}},
]


def choices_of(reply: httpx.Response) -> dict[int, dict[str, Any]]:
    """Text, log-probabilities and finish of each answer, and the usage, streamed or not."""
    assert reply.status_code == 200, reply.text
    if reply.headers["content-type"] == "application/json":
        chunks = [reply.json()]
    else:
        frames = [line.removeprefix("data: ") for line in reply.text.split("\n\n") if line]
        assert frames[-1] == "[DONE]"
        chunks = [json.loads(frame) for frame in frames[:-1]]
    found: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            into = found.setdefault(choice["index"], {"text": "", "end": None, "told": {}})
            into["text"] += choice["text"]
            into["end"] = choice["finish_reason"] or into["end"]
            for name, values in (choice["logprobs"] or {}).items():
                into["told"].setdefault(name, []).extend(values)
        if "usage" in chunk:
            found[-1] = {name: chunk["usage"][name] for name in COUNTS}
    return found


COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@pytest.mark.parametrize("more", GRID, ids=str)
def test_a_completion_is_the_same_by_way_of_the_first(
    more: dict[str, Any], client: httpx.Client, second: httpx.Client
) -> None:
    body = {"prompt": "Once é", "max_tokens": 8, "seed": 3, **more}
    ours = choices_of(client.post("/v1/completions", json={**body, "model": MODEL}))
    theirs = choices_of(second.post("/v1/completions", json={**body, "model": HOUSE}))
    assert ours == theirs


TOOL = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer", "minimum": 1, "maximum": 3}},
            "required": ["a"],
        },
    },
}


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [TOOL], "tool_choice": "required"},
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "add"}}},
        {"logprobs": True, "top_logprobs": 2},
        {"n": 2, "max_tokens": 5},
    ],
    ids=str,
)
def test_a_chat_is_the_same_by_way_of_the_first(
    more: dict[str, Any], client: httpx.Client, second: httpx.Client
) -> None:
    turns = [{"role": "user", "content": "Add one to two."}]
    body = {"messages": turns, "max_tokens": 60, "seed": 3, **more}
    ours = client.post("/v1/chat/completions", json={**body, "model": MODEL}).json()
    theirs = second.post("/v1/chat/completions", json={**body, "model": HOUSE}).json()
    for reply in (ours, theirs):
        for choice in reply["choices"]:
            for call in choice["message"].get("tool_calls", ()):
                # Either names calls by its own request.
                assert call.pop("id")
    assert ours["choices"] == theirs["choices"]


def test_the_seconds_refusal_reaches_the_caller_as_one(client: httpx.Client) -> None:
    body = {"model": MODEL, "prompt": "a" * 3000, "max_tokens": 4}
    reply = client.post("/v1/completions", json=body)
    assert_error(DOORS[5], reply, 400)
    assert "input length" in reply.text


def test_a_wrong_key_or_name_is_the_owners_mistake_and_not_the_callers(
    first: Running, client: httpx.Client
) -> None:
    models = [upstream.model for upstream in first.settings.upstreams[1:]]
    for model, said in zip(models, ("does not take our key", "no such model"), strict=True):
        reply = client.post("/v1/completions", json={"model": model, "prompt": "a"})
        text = assert_error(DOORS[5], reply, 502)
        assert said in text
        assert "no-key-of-anyone" not in text


def test_who_leaves_the_first_leaves_the_second(
    client: httpx.Client, second: httpx.Client, said: Queue[str]
) -> None:
    body = {"model": MODEL, "prompt": "a", "max_tokens": 1000, "ignore_eos": True, "n": 4}
    with client.stream("POST", "/v1/completions", json={**body, "stream": True}) as reply:
        next(reply.iter_lines())
    while "end=disconnected" not in (line := said.get(timeout=60)):
        assert "POST" not in line or "completion=4000" not in line, "it ran to its end"


def test_the_seconds_key_is_in_no_answer(client: httpx.Client) -> None:
    body = {"model": MODEL, "prompt": "a", "max_tokens": 4}
    reply = client.post("/v1/completions", json=body)
    assert SECRET not in f"{reply.headers}{reply.text}"
