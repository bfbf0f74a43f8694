"""DeepInfra's native route over a real socket and the real engine, whole and streamed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running import Running
from understudy.catalog.registry import Catalog

HOUSE = Catalog.load().bundled
PATH = f"/v1/inference/{HOUSE.name}"
PRICED = "/v1/inference/meta-llama/Llama-2-70b-chat-hf"
ASKED = {"input": "Once upon a time", "max_new_tokens": 12, "seed": 7, "ignore_eos": True}


@pytest.fixture
def client(tiny_server: Running) -> Iterator[httpx.Client]:
    with tiny_server.client() as client:
        yield client


def ask(client: httpx.Client, path: str = PATH, **fields: Any) -> dict[str, Any]:
    response = client.post(path, json={**ASKED, **fields})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def frames(client: httpx.Client, **fields: Any) -> list[dict[str, Any]]:
    sent = client.post(PATH, json={**ASKED, **fields, "stream": True}).text.split("\n\n")
    assert sent[-2:] == ["data: [DONE]", ""]
    return [json.loads(frame.removeprefix("data: ")) for frame in sent[:-2]]


def only(body: dict[str, Any]) -> str:
    [result] = body["results"]
    text: str = result["generated_text"]
    return text


def test_a_seeded_answer_is_the_same_whole_and_in_a_frame_for_each_token(
    client: httpx.Client,
) -> None:
    body, streamed = ask(client), frames(client)
    assert only(body) == "".join(frame["token"]["text"] for frame in streamed)
    assert only(body) == streamed[-1]["generated_text"]
    assert len(streamed) == 12 == body["num_tokens"]
    assert streamed[-1]["details"] == {
        "finish_reason": "length",
        "generated_tokens": 12,
        "input_length": body["num_input_tokens"],
    }
    for frame in streamed:
        assert isinstance(frame["token"]["id"], int)
        assert frame["token"]["logprob"] < 0


def test_what_was_used_is_told_twice_alike(client: httpx.Client) -> None:
    body = ask(client)
    status = body["inference_status"]
    assert (status["status"], status["cost"]) == ("succeeded", 0)
    assert status["tokens_generated"] == body["num_tokens"] == 12
    assert status["tokens_input"] == body["num_input_tokens"] > 0
    assert status["runtime_ms"] >= 0
    assert body["request_id"]


def test_cost_is_the_prices_of_the_model_that_was_asked_for(client: httpx.Client) -> None:
    prices = Catalog.load().get(PRICED.removeprefix("/v1/inference/")).prices
    assert prices is not None
    body = ask(client, PRICED)
    cents = body["num_input_tokens"] * prices.input + 12 * prices.output
    assert body["inference_status"]["cost"] == pytest.approx(cents / 1e6)


def test_several_answers_count_together_over_one_input(client: httpx.Client) -> None:
    one, several = ask(client), ask(client, num_responses=3)
    assert len(several["results"]) == 3
    assert several["num_tokens"] == several["inference_status"]["tokens_generated"] == 36
    assert several["num_input_tokens"] == one["num_input_tokens"]


def test_a_stop_ends_the_answer_before_it(client: httpx.Client) -> None:
    text = only(ask(client))
    stop = text[3:5]
    for stops in (stop, [stop], ["never in it", stop]):
        assert only(ask(client, stop=stops)) == text[: text.index(stop)]
    streamed = frames(client, stop=[stop])
    assert "".join(frame["token"]["text"] for frame in streamed) == text[: text.index(stop)]
    assert streamed[-1]["details"]["finish_reason"] == "stop_sequence"


@pytest.mark.parametrize(
    ("asked", "pattern"),
    [
        ({"type": "regex", "regex": "(yes|no), [0-9]{3}"}, "(yes|no), [0-9]{3}"),
        (
            {"type": "json_schema", "json_schema": {"schema": {"enum": [12, 34]}}},
            "12|34",
        ),
    ],
    ids=["regex", "json_schema"],
)
def test_an_answer_keeps_to_its_form(
    client: httpx.Client, asked: dict[str, Any], pattern: str
) -> None:
    fields: dict[str, Any] = {"response_format": asked, "max_new_tokens": 60, "ignore_eos": False}
    for result in ask(client, num_responses=2, **fields)["results"]:
        assert re.fullmatch(pattern, result["generated_text"])
    streamed = frames(client, **fields)
    assert re.fullmatch(pattern, streamed[-1]["generated_text"])
    assert streamed[-1]["details"]["finish_reason"] == "eos_token"


def test_a_cache_key_changes_no_answer(client: httpx.Client) -> None:
    assert only(ask(client, prompt_cache_key="mine")) == only(ask(client))


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"num_responses": 2, "stream": True}, 400, "num_responses"),
        ({"num_responses": 5}, 422, "num_responses"),
        ({"webhook": "https://example.org"}, 400, "webhook"),
        ({"max_new_tokens": 0}, 422, "max_new_tokens"),
        ({"max_new_tokens": 10**6}, 400, "max_new_tokens"),
        ({"temperature": 2.5}, 422, "temperature"),
        ({"fail_fast": True}, 400, "fail_fast"),
        ({"response_format": {"type": "regex"}}, 422, "regex"),
        ({"input": None}, 422, "input"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_cannot_be_is_refused_by_name_before_any_frame(
    client: httpx.Client, fields: dict[str, Any], status: int, named: str
) -> None:
    response = client.post(PATH, json={**ASKED, **fields})
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert named in response.text
