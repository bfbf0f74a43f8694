"""Chat completions whole and streamed, in every combination of what changes their form: the real
engine, over a model of random weights, behind a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx
import pytest

from tests.running import TINY, running, settings_for
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.models.random_weights import write_random
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore

PATH = "/v1/openai/chat/completions"
PARAMETERS = {
    "type": "object",
    "properties": {"a": {"enum": [1, 2]}},
    "required": ["a"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "f", "parameters": PARAMETERS}}
ASKED: dict[str, Any] = {
    "model": "meta-llama/Llama-2-70b-chat-hf",
    "messages": [{"role": "user", "content": "Naïve 🙂?"}],
    "max_tokens": 60,
    "seed": 11,
}
ANSWERS: dict[str, dict[str, Any]] = {"one": {}, "four": {"n": 4}}
LOGPROBS: dict[str, dict[str, Any]] = {
    "untold": {},
    "told": {"logprobs": True},
    "top": {"logprobs": True, "top_logprobs": 3},
}
TOOLS: dict[str, dict[str, Any]] = {
    "no tools": {},
    "a call": {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
    "calls": {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
    "may call": {"tools": [TOOL]},
}
STOPS: dict[str, dict[str, Any]] = {"no stop": {}, "stops": {"stop": ["e", "a"]}}
USAGE: dict[str, dict[str, Any]] = {
    "usage": {},
    "usage apart": {"stream_options": {"include_usage": True}},
    "no usage": {"stream_options": {"include_usage": False}},
    "running usage": {"stream_options": {"continuous_usage_stats": True}},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    def pool(settings: Settings, catalog: Catalog) -> ModelPool:
        folder = settings.home / "tiny"
        write_random({**TINY, "max_position_embeddings": 2048}, folder)
        return ModelPool(settings, catalog, ModelStore(settings.home, bundled=lambda: folder))

    settings = settings_for(tmp_path_factory.mktemp("streams"), kv_cache_tokens=16384)
    with running(settings, pool) as server, server.client() as client:
        yield client


def post(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    response = client.post(PATH, json=body)
    assert response.status_code == 200, response.text
    return response


def chunks(stream: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in stream.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def folded(stream: list[Any]) -> dict[int, dict[str, Any]]:
    """The choices of a body, out of the chunks of a stream."""
    found: dict[int, dict[str, Any]] = {}
    for chunk in stream:
        assert chunk["object"] == "chat.completion.chunk"
        for choice in chunk["choices"]:
            empty: dict[str, Any] = {"index": choice["index"], "finish_reason": None}
            empty |= {"content": "", "tool_calls": [], "logprobs": []}
            into = found.setdefault(choice["index"], empty)
            assert into["finish_reason"] is None, "nothing comes after a finish"
            into["finish_reason"] = choice["finish_reason"]
            delta = choice["delta"]
            into["content"] += delta.get("content") or ""
            if choice["logprobs"] is not None:
                assert "content" in delta
                into["logprobs"] += choice["logprobs"]["content"]
            for piece in delta.get("tool_calls", []):
                if piece.pop("index") == len(into["tool_calls"]):
                    into["tool_calls"].append(piece)
                else:
                    arguments = piece.pop("function")["arguments"]
                    into["tool_calls"][-1]["function"]["arguments"] += arguments
                    assert piece == {}
    return found


def said(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice of a body in the form of ``folded``."""
    message, told = choice["message"], choice["logprobs"]
    return {
        "index": choice["index"],
        "finish_reason": choice["finish_reason"],
        "content": message["content"] or "",
        "tool_calls": message.get("tool_calls", []),
        "logprobs": [] if told is None else told["content"],
    }


@pytest.mark.parametrize(
    ("answers", "logprobs", "tools", "stop"), list(product(ANSWERS, LOGPROBS, TOOLS, STOPS))
)
def test_a_stream_folds_to_its_body(
    client: httpx.Client, answers: str, logprobs: str, tools: str, stop: str
) -> None:
    body = {**ASKED, **ANSWERS[answers], **LOGPROBS[logprobs], **TOOLS[tools], **STOPS[stop]}
    whole = post(client, body).json()
    choices = {choice["index"]: said(choice) for choice in whole["choices"]}
    assert list(choices) == list(range(body.get("n", 1)))
    assert all((c["logprobs"] is None) is (logprobs == "untold") for c in whole["choices"])
    for choice in choices.values():
        check(choice, logprobs, tools, stop)
    # Which chunks have usage has nothing to do with what tokens are told.
    for asked in USAGE if logprobs == "untold" else ["usage apart"]:
        stream = chunks(post(client, {**body, "stream": True, **USAGE[asked]}).text)
        usages = [chunk["usage"] for chunk in stream if "usage" in chunk]
        assert folded(stream) == choices
        expect = {"usage": 1, "usage apart": 1, "no usage": 0, "running usage": len(stream)}
        assert len(usages) == expect[asked]
        assert all(same(usage, whole["usage"]) for usage in usages[-1:])
        assert (stream[-1]["choices"] == []) is (asked == "usage apart")


def test_a_bias_decides_what_is_said(client: httpx.Client) -> None:
    told = {"logprobs": True, "return_tokens_as_token_ids": True, "max_tokens": 5}

    def said_ids(**asked: Any) -> list[str]:
        [choice] = post(client, {**ASKED, **told, "temperature": 0, **asked}).json()["choices"]
        return [token["token"] for token in choice["logprobs"]["content"]]

    plain = said_ids()
    forced = said_ids(logit_bias={"300": 100})
    assert forced == ["token_id:300"] * 5
    banned = {one.removeprefix("token_id:"): -100 for one in plain}
    assert set(plain).isdisjoint(said_ids(logit_bias=banned))
    response = client.post(PATH, json={**ASKED, "logit_bias": {"100000": 1}})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "logit_bias"


def test_a_stop_string_stays_in_the_text_where_it_is_wanted(client: httpx.Client) -> None:
    body = {**ASKED, "n": 4, "stop": ["e", "a", "s", "1"]}
    plain = [said(choice) for choice in post(client, body).json()["choices"]]
    wanted = {**body, "include_stop_str_in_output": True}
    shown = [said(choice) for choice in post(client, wanted).json()["choices"]]
    streamed = folded(chunks(post(client, {**wanted, "stream": True}).text))
    assert [streamed[choice["index"]] for choice in shown] == shown
    ends = [
        one["content"].removeprefix(bare["content"]) for one, bare in zip(shown, plain, strict=True)
    ]
    assert set(ends) <= {"", *body["stop"]}
    assert set(ends) != {""}


def check(choice: dict[str, Any], logprobs: str, tools: str, stop: str) -> None:
    """What holds of an answer whatever it is."""
    if logprobs == "top":
        assert all(len(token["top_logprobs"]) == 3 for token in choice["logprobs"])
    if stop == "stops":
        # A call that is cut within its name is text.
        assert not {"e", "a"} & set(choice["content"])
    elif tools in ("a call", "calls"):
        assert choice["finish_reason"] in ("tool_calls", "length")
        assert choice["tool_calls"]
        assert choice["content"] == ""
        # At most the token that ends the answer is no part of a call.
        assert len(choice["logprobs"]) <= 1
        for call in choice["tool_calls"][: None if choice["finish_reason"] == "tool_calls" else -1]:
            assert json.loads(call["function"]["arguments"])["a"] in (1, 2)
    elif logprobs != "untold":
        # The token that ends an answer is told and is no text.
        shown = choice["logprobs"][: None if choice["finish_reason"] == "length" else -1]
        spelt = b"".join(bytes(token["bytes"] or []) for token in shown)
        assert spelt.decode(errors="replace").strip() == choice["content"].strip()


def same(usage: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal but for what the prefix cache happened to have."""
    return all(
        usage[field] == other[field]
        for field in ("prompt_tokens", "completion_tokens", "total_tokens", "estimated_cost")
    )
