"""The fields of DeepInfra's completions on a running server: what each of them does."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.doors import MODEL
from tests.running import Running
from understudy.catalog.registry import Catalog

ROUTE = "/v1/openai/completions"
PROMPT = "one two three"


@pytest.fixture(scope="module")
def client(tiny_server: Running) -> Iterator[httpx.Client]:
    with tiny_server.client() as client:
        yield client


def body_of(**fields: Any) -> dict[str, Any]:
    given = {"model": MODEL, "prompt": PROMPT, "max_tokens": 8, "seed": 1, **fields}
    return {name: value for name, value in given.items() if value is not ...}


def ask(client: httpx.Client, **fields: Any) -> Any:
    reply = client.post(ROUTE, json=body_of(**fields))
    assert reply.status_code == 200, reply.text
    return reply.json()


def text(client: httpx.Client, **fields: Any) -> str:
    said: str = ask(client, **fields)["choices"][0]["text"]
    return said


def chunks(client: httpx.Client, **fields: Any) -> list[Any]:
    reply = client.post(ROUTE, json=body_of(stream=True, **fields))
    assert reply.status_code == 200, reply.text
    frames = [frame.removeprefix("data: ") for frame in reply.text.split("\n\n")]
    assert frames[-2:] == ["[DONE]", ""]
    return [json.loads(frame) for frame in frames[:-2]]


@pytest.mark.parametrize("none", [..., None], ids=["omitted", "null"])
def test_without_max_tokens_an_answer_ends_where_the_context_does(
    client: httpx.Client, none: Any
) -> None:
    """The context is that of the model of random weights: 1024 tokens."""
    told = ask(client, prompt=[7] * 1000, max_tokens=none, ignore_eos=True)
    assert told["usage"]["total_tokens"] == 1024
    assert told["choices"][0]["finish_reason"] == "length"


def test_every_seed_of_the_range_draws_and_draws_the_same_again(client: httpx.Client) -> None:
    seeds = [-(2**63), -1, 0, 1, 2**53 + 1, 2**63, 2**64 - 2]
    said = [text(client, seed=seed) for seed in seeds]
    assert said == [text(client, seed=seed) for seed in seeds]
    # A negative seed is its two's complement, so the ends of the range meet.
    assert said[0] == said[5]
    assert len(set(said)) == len(said) - 1


def test_top_k_is_off_at_0_and_beyond_every_vocabulary(client: httpx.Client) -> None:
    plain = text(client)
    assert text(client, top_k=0) == text(client, top_k=10**30) == plain
    greedy = text(client, temperature=0)
    assert text(client, top_k=1) == text(client, top_p=0) == text(client, min_p=1) == greedy
    assert greedy != plain


def test_penalties_weigh_against_what_was_said(client: httpx.Client) -> None:
    def most(**fields: Any) -> int:
        told = ask(client, temperature=0, max_tokens=40, logprobs=0, ignore_eos=True, **fields)
        tokens: list[str] = told["choices"][0]["logprobs"]["tokens"]
        return max(map(tokens.count, tokens))

    plain = most()
    assert plain > 2
    assert most(frequency_penalty=2) < plain
    assert most(presence_penalty=2) < plain
    assert most(repetition_penalty=5) < plain
    assert most(frequency_penalty=-2) >= plain


def test_the_last_of_sixteen_stops_ends_the_answer_and_is_no_part_of_it(
    client: httpx.Client,
) -> None:
    plain = text(client, max_tokens=24)
    stop = plain[9:12]
    stops = [f"☃ {number}" for number in range(15)] + [stop]
    told = ask(client, max_tokens=24, stop=stops)["choices"][0]
    assert told["text"] == plain[: plain.index(stop)]
    assert told["finish_reason"] == "stop"
    assert client.post(ROUTE, json=body_of(stop=[*stops, "one more"])).status_code == 422


def test_a_stop_token_ends_the_answer_counts_and_has_no_text(client: httpx.Client) -> None:
    """Of the model that stands in, ids are its own: it is asked for by its own name."""
    own = {"model": "@house/prompter", "max_tokens": 12}
    told = ask(client, logprobs=0, return_tokens_as_token_ids=True, **own)
    names = told["choices"][0]["logprobs"]["tokens"]
    ids = [int(name.removeprefix("token_id:")) for name in names]
    place = ids.index(ids[6])
    stopped = ask(client, stop_token_ids=[511, ids[6]], logprobs=0, **own)
    [choice] = stopped["choices"]
    assert choice["finish_reason"] == "stop"
    assert stopped["usage"]["completion_tokens"] == len(choice["logprobs"]["tokens"]) == place + 1
    assert told["choices"][0]["text"].startswith(choice["text"].removesuffix("\ufffd"))
    assert client.post(ROUTE, json=body_of(stop_token_ids=[10**6])).status_code == 400


SCHEMA = {
    "type": "object",
    "properties": {"a": {"enum": [1, 2]}},
    "required": ["a"],
    "additionalProperties": False,
}


def test_an_answer_has_the_form_that_was_asked_for(client: httpx.Client) -> None:
    def said(**asked: Any) -> list[str]:
        told = ask(client, response_format=asked, max_tokens=80, n=4)["choices"]
        assert {choice["finish_reason"] for choice in told} == {"stop"}
        return [choice["text"] for choice in told]

    assert set(said(type="regex", regex="(ja|nein)!")) <= {"ja!", "nein!"}
    for answer in said(type="json_schema", json_schema={"name": "x", "schema": SCHEMA}):
        assert json.loads(answer) in ({"a": 1}, {"a": 2})


def test_a_json_object_begins_as_one_and_text_is_any(client: httpx.Client) -> None:
    assert text(client, response_format={"type": "json_object"}).startswith("{")
    assert text(client, response_format={"type": "text"}) == text(client)


def test_usage_of_a_stream_is_on_its_finish_chunk_unless_declined(client: httpx.Client) -> None:
    whole = ask(client, n=2)["usage"]
    for options in (None, {}, {"include_usage": None}):
        *texts, finish = chunks(client, n=2, stream_options=options)
        assert not any("usage" in chunk for chunk in texts)
        assert finish["choices"][0]["finish_reason"] == "length"
        assert finish["usage"]["total_tokens"] == whole["total_tokens"]
    *texts, extra = chunks(client, n=2, stream_options={"include_usage": True})
    assert not any("usage" in chunk for chunk in texts)
    assert extra["choices"] == []
    assert extra["usage"]["total_tokens"] == whole["total_tokens"]
    none = chunks(client, n=2, stream_options={"include_usage": False})
    assert none[-1]["choices"][0]["finish_reason"] == "length"
    assert not any("usage" in chunk for chunk in none)


def test_continuous_usage_counts_up_to_the_whole(client: httpx.Client) -> None:
    told = chunks(client, logprobs=0, echo=True, stream_options={"continuous_usage_stats": True})
    counted = [chunk["usage"]["completion_tokens"] for chunk in told]
    # The echo first, each token, what is left of half a character, then the finish.
    assert counted in ([0, *range(1, 9), 8], [0, *range(1, 9), 8, 8])
    prompt = told[-1]["usage"]["prompt_tokens"]
    assert all(chunk["usage"]["prompt_tokens"] == prompt for chunk in told)


def test_an_answer_costs_what_the_card_says(client: httpx.Client) -> None:
    prices = Catalog.load().get(MODEL).prices
    assert prices is not None
    usage = ask(client, n=4)["usage"]
    counted = (usage["prompt_tokens"], usage["completion_tokens"])
    expected = (counted[0] * prices.input + counted[1] * prices.output) / 1e6
    assert usage["estimated_cost"] == pytest.approx(expected, abs=1e-12)
    assert usage["estimated_cost"] > 0


def test_a_cache_key_keeps_prompts_apart_and_says_what_was_cached(client: httpx.Client) -> None:
    prompt = list(range(40, 140))

    def cached(**fields: Any) -> int:
        usage = ask(client, prompt=prompt, max_tokens=1, **fields)["usage"]
        assert usage["prompt_tokens"] == len(prompt)
        count: int = usage["prompt_tokens_details"]["cached_tokens"]
        return count

    assert cached(prompt_cache_key="a") == 0
    first = cached(prompt_cache_key="a")
    assert 0 < first < len(prompt)
    assert cached(prompt_cache_key="b") == 0
    assert cached() == cached(prompt_cache_key="") - first == 0
    assert cached(prompt_cache_key=None) == first


def test_packed_bodies_are_read_and_broken_or_endless_ones_named(client: httpx.Client) -> None:
    def send(packed: bytes) -> httpx.Response:
        return client.post(ROUTE, content=packed, headers={"content-encoding": "gzip"})

    packed = gzip.compress(json.dumps(body_of()).encode())
    assert send(packed).json()["choices"][0]["text"] == text(client)
    for broken in (packed[:-9], packed + b"x", b"no gzip at all"):
        told = send(broken)
        assert 400 <= told.status_code < 500
        assert "gzip" in told.text
    endless = send(gzip.compress(bytes(100_000_000), 1))
    assert endless.status_code == 413
    assert "larger than" in endless.json()["error"]["message"]


def test_images_are_judged_and_then_refused_by_name(client: httpx.Client) -> None:
    image = "data:image/png;base64,iVBORw0KGgo="
    for name in ("data", "multi_modal_data"):
        told = client.post(ROUTE, json=body_of(**{name: {"image": [image]}}))
        assert (told.status_code, told.json()["error"]["param"]) == (400, name)
        told = client.post(ROUTE, json=body_of(**{name: {"image": ["https://example.com/a.png"]}}))
        assert told.status_code == 422
        assert told.json()["detail"][0]["loc"] == ["body", name, "image", 0]
