"""Functions from socket to socket: a model that says what the prompt tells it, and real code."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.doors import ACCOUNT, MODEL
from tests.requires import need
from tests.running import Running, house_pool, running, settings_for
from tests.server.scripted import ScriptedPool, scripted_pool
from understudy.backends.base import Steps, TokenizedPrompt
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.events import FinishEvent, FinishReason, PromptEvent, TokenEvent
from understudy.functions import sandbox
from understudy.functions.sandbox import Sandbox
from understudy.request import GenerationRequest

need("quickjs")

RUN = f"{ACCOUNT}/ai/run/{MODEL}"
ADD = {"name": "add", "code": "async ({ a, b }) => ({ sum: a + b })"}
CALL = '{"name": "add", "arguments": {"a": 40, "b": 2}}'
ASK = {"name": "ask", "description": "Asks.", "parameters": {"type": "object", "properties": {}}}


class Prompted:
    """Says, of what stands between ``<<`` and ``>>`` in the prompt, the part whose turn it is:
    one for each result that the model was told."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.prompts: list[str] = []

    async def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        assert prompt is not None
        self.prompts.append(prompt.text)
        said = re.search("<<(.*?)>>", prompt.text, re.DOTALL)
        assert said is not None
        parts = said[1].split("||")
        part = parts[min(prompt.text.count("Result of add:"), len(parts) - 1)]
        limit = request.sampling.max_tokens
        assert limit is not None
        tokens = self._tokenizer.encode(part, add_bos=False)
        yield [PromptEvent(len(prompt.token_ids))]
        for token in tokens[:limit]:
            yield [TokenEvent(0, token)]
        reason = FinishReason.LENGTH if limit < len(tokens) else FinishReason.STOP
        yield [FinishEvent(0, reason)]

    async def close(self) -> None: ...


def prompted_pool(settings: Settings, catalog: Catalog) -> ScriptedPool:
    pool = scripted_pool(settings, catalog)
    backend: Any = Prompted(pool._tokenizer)
    pool.backend = backend
    return pool


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = settings_for(tmp_path_factory.mktemp("functions"), run_functions=True)
    with running(settings, prompted_pool) as server:
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    server.pool.backend.prompts.clear()
    with server.client() as client:
        yield client


def ask(client: httpx.Client, *turns: str, **fields: Any) -> dict[str, Any]:
    """The result of a body, after a look at whether a stream adds up to it."""
    body = {"prompt": f"<<{'||'.join(turns)}>>", "functions": [ADD], "max_tokens": 500, **fields}
    response = client.post(RUN, json=body)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    stream = client.post(RUN, json={**body, "stream": True}).text
    *frames, done = [line.removeprefix("data: ") for line in stream.split("\n\n") if line]
    assert done == "[DONE]"
    told = [json.loads(frame) for frame in frames]
    assert "".join(frame["response"] for frame in told) == result["response"]
    assert told[-1]["finish_reason"] == result["finish_reason"]
    assert told[-1]["usage"] == result["usage"]
    named = [call["name"] for frame in told for call in frame.get("tool_calls", [])]
    assert named == [call["name"] for call in result.get("tool_calls", [])]
    return result


def test_the_final_answer_has_read_what_the_function_returned(
    server: Running, client: httpx.Client
) -> None:
    result = ask(client, CALL, "It is 42.")
    assert (result["response"], result["finish_reason"]) == ("It is 42.", "stop")
    assert "tool_calls" not in result
    first, last = server.pool.backend.prompts[:2]
    assert '{"name": "add", "description": "", "parameters": {"type": "object"}}' in first
    assert 'Result of add:\n{"sum":42}' in last
    assert result["usage"]["prompt_tokens"] > len(first) // 4


def test_text_before_a_call_is_part_of_the_answer(client: httpx.Client) -> None:
    result = ask(client, f"Let me see. {CALL}", "It is 42.")
    assert result["response"].split() == ["Let", "me", "see.", "It", "is", "42."]


def test_what_the_function_throws_is_what_the_model_reads(
    server: Running, client: httpx.Client
) -> None:
    broken = {"name": "add", "code": "() => { throw new RangeError('too much') }"}
    assert ask(client, CALL, "It failed.", functions=[broken])["response"] == "It failed."
    assert '{"error": "RangeError: too much"}' in server.pool.backend.prompts[1]


def test_a_call_of_a_tool_without_code_is_an_ordinary_one(client: httpx.Client) -> None:
    call = CALL.replace("add", "ask")
    result = ask(client, call, "No.", tools=[ASK])
    assert (result["response"], result["finish_reason"]) == ("", "tool_calls")
    assert [(one["name"], one["arguments"]) for one in result["tool_calls"]] == [
        ("ask", {"a": 40, "b": 2})
    ]


def test_what_is_called_after_four_rounds_is_told(server: Running, client: httpx.Client) -> None:
    result = ask(client, CALL, max_tokens=2000)
    assert [one["name"] for one in result["tool_calls"]] == ["add"]
    assert result["finish_reason"] == "tool_calls"
    assert server.pool.backend.prompts[4].count("Result of add:") == 4


def test_code_that_is_no_function_is_refused_with_a_status(client: httpx.Client) -> None:
    for stream in (False, True):
        body = {"prompt": "<<a>>", "functions": [{"name": "add", "code": "1 +"}], "stream": stream}
        response = client.post(RUN, json=body)
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert error["code"] == 5006
        assert "'functions': The code of 'add' is no function: SyntaxError" in error["message"]


def test_a_result_beyond_the_context_is_refused_with_the_numbers(client: httpx.Client) -> None:
    long = {"name": "add", "code": "() => 'many words '.repeat(5000)"}
    body = {"prompt": f"<<{CALL}||Done.>>", "functions": [long]}
    response = client.post(RUN, json=body)
    assert response.status_code == 413
    assert response.json()["errors"][0]["code"] == 5021
    stream = client.post(RUN, json={**body, "stream": True}).text
    assert "5021" in stream
    assert "[DONE]" not in stream


def test_every_native_door_runs_functions(client: httpx.Client) -> None:
    inner = {"prompt": f"<<{CALL}||Done.>>", "functions": [ADD]}
    unified = client.post(f"{ACCOUNT}/ai/run", json={"model": MODEL, **inner})
    assert unified.json()["result"]["response"] == "Done."
    headers = {"cf-consn-model-id": MODEL}
    bound = client.post("/run?version=3", json={"inputs": inner}, headers=headers)
    assert bound.json()["response"] == "Done."


def test_a_disconnect_ends_the_code_that_runs(
    server: Running, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    children: list[Any] = []
    answer = sandbox._answer

    async def patient(child: Any, payload: bytes, seconds: float) -> Any:
        children.append(child)
        if len(children) == 2:  # the first looked at the code only
            begun.set()
        return await answer(child, payload, 60)

    monkeypatch.setattr(sandbox, "_answer", patient)
    endless = {"name": "add", "code": "() => { while (true); }"}
    body = {"prompt": f"<<Well. {CALL}>>", "functions": [endless], "stream": True}
    with client.stream("POST", RUN, json=body) as response:
        chunks = response.iter_raw()
        assert next(chunks)
        assert begun.wait(30)
    server.settle()
    assert [child.returncode for child in children] == [0, -9]


def test_the_bundled_model_answers_after_its_call(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[tuple[str, str]] = []
    call = Sandbox.call

    async def noted(self: Sandbox, name: str, code: str, arguments: str) -> str:
        result = await call(self, name, code, arguments)
        results.append((arguments, result))
        return result

    monkeypatch.setattr(Sandbox, "call", noted)
    settings = settings_for(tmp_path_factory.mktemp("house"), run_functions=True)
    parameters = {
        "type": "object",
        "properties": {"city": {"enum": ["Paris", "Rome"]}},
        "required": ["city"],
    }
    tool = {"name": "weather", "description": "Tells the weather.", "parameters": parameters}
    body = {
        "messages": [{"role": "user", "content": "What is the weather like in Rome?"}],
        "tools": [tool],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "functions": [{"name": "weather", "code": "({ city }) => `${city}: sunny`"}],
        "max_tokens": 200,
        "seed": 1,
    }
    with running(settings, house_pool) as server, server.client() as client:
        response = client.post(f"{ACCOUNT}/ai/run/@house/prompter", json=body)
    assert response.status_code == 200, response.text
    result = response.json()["result"]
    assert results
    for arguments, returned in results:
        assert returned == f"{json.loads(arguments)['city']}: sunny"
    assert result["finish_reason"] in ("stop", "length", "tool_calls")
    assert result["response"] or result["finish_reason"] != "stop"
    assert 0 < result["usage"]["completion_tokens"] <= 200
