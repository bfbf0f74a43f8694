"""Every way to ask for the same completion: the same text, the same arrays, whole and streamed.

A model of random weights says any bytes, so its tokens are mostly parts of characters that never
become whole; so are those of its prompts.
"""

from __future__ import annotations

import ast
import itertools
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.running import Running

TEXT = "naïve 東京 🦊🏽 e\u0301 fox"
PROMPTS = ["text", "ids", "halves"]
LOGPROBS = [None, 0, 1, 5]
FIELDS = ("tokens", "token_logprobs", "top_logprobs", "text_offset")
BOS = "<s>"


@pytest.fixture(scope="module")
def client(tiny_server: Running) -> Iterator[httpx.Client]:
    with tiny_server.client() as client:
        yield client


def ask(client: httpx.Client, prompt: Any, **fields: Any) -> Any:
    """The body of a completion, or what its stream adds up to."""
    body = {"model": "@house/prompter", "prompt": prompt, "seed": 7, "max_tokens": 12, **fields}
    reply = client.post("/v1/openai/completions", json=body)
    assert reply.status_code == 200, reply.text
    return folded(reply.text) if body.get("stream") else reply.json()


def folded(stream: str) -> dict[str, Any]:
    frames = [frame.removeprefix("data: ") for frame in stream.split("\n\n")]
    assert frames[-2:] == ["[DONE]", ""]
    chunks = [json.loads(frame) for frame in frames[:-2]]
    choices: dict[int, dict[str, Any]] = {}
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        one = choices.setdefault(choice["index"], {"text": "", "logprobs": None})
        assert "finish_reason" not in one, "a chunk came after the last"
        one["text"] += choice["text"]
        if choice["logprobs"] is not None:
            into = one["logprobs"] = one["logprobs"] or {name: [] for name in FIELDS}
            for name in FIELDS:
                into[name] += choice["logprobs"][name]
        if choice["finish_reason"] is not None:
            one["finish_reason"] = choice["finish_reason"]
    [usage] = [chunk["usage"] for chunk in chunks if "usage" in chunk]
    told = [{"index": index, **choice} for index, choice in sorted(choices.items())]
    return {"choices": told, "usage": usage}


@pytest.fixture(scope="module")
def prompts(client: httpx.Client) -> dict[str, Any]:
    """The same text in both spellings, and ids between which characters are halved."""
    told = ask(client, TEXT, echo=True, logprobs=0, max_tokens=1, return_tokens_as_token_ids=True)
    names = told["choices"][0]["logprobs"]["tokens"][:-1]
    ids = [int(name.removeprefix("token_id:")) for name in names]
    halves = [token for place, token in enumerate(ids) if place % 5 != 4]
    return {"text": TEXT, "ids": ids, "halves": halves}


def data_of(token: str) -> bytes:
    """The bytes of a token as completions name it."""
    name = token.removeprefix("bytes:")
    return token.encode() if name == token else bytes(ast.literal_eval(f"b'{name}'"))


def check_places(text: str, told: dict[str, list[Any]]) -> None:
    """Each array is as long as the tokens, and each token stands where its text does."""
    assert len({len(told[name]) for name in FIELDS}) == 1
    assert told["text_offset"] == sorted(told["text_offset"])
    joined = b""
    for token, offset in zip(told["tokens"], told["text_offset"], strict=True):
        data = data_of(token)
        if token == BOS and not text.startswith(BOS):
            assert offset == 0
            continue
        joined += data
        if token.startswith("bytes:"):
            assert text[offset] == "\ufffd" or data in text[offset].encode()
        else:
            assert text.startswith(token, offset)
    assert joined.decode("utf-8", "replace") == text


def likeliest(told: dict[str, list[Any]], count: int) -> list[Any]:
    """The first ``count`` of more likely tokens, and the token itself."""
    both = zip(told["tokens"], told["token_logprobs"], told["top_logprobs"], strict=True)
    return [
        None if top is None else {**dict(list(top.items())[:count]), token: value}
        for token, value, top in both
    ]


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("kind", PROMPTS)
def test_a_completion_is_the_same_however_it_is_told(
    client: httpx.Client, prompts: dict[str, Any], kind: str, n: int
) -> None:
    prompt = prompts[kind]
    asked = partial(ask, client, prompt, n=n)
    plain = [choice["text"] for choice in asked()["choices"]]
    assert len(set(plain)) == n
    full = asked(echo=True, logprobs=5)
    before = full["choices"][0]["text"].removesuffix(plain[0])
    assert before == (TEXT if kind == "text" else before)
    for choice in full["choices"]:
        check_places(choice["text"], choice["logprobs"])
        count = full["usage"]["prompt_tokens"]
        assert choice["logprobs"]["token_logprobs"][0] is None
        assert len(choice["logprobs"]["tokens"]) == count + 12
    stop = plain[0][4:6]
    for echo, logprobs, stopped, stream in itertools.product(
        [False, True], LOGPROBS, [False, True], [False, True]
    ):
        more = {"stop": ["☃ never said", stop]} if stopped else {}
        told = asked(echo=echo, logprobs=logprobs, stream=stream, **more)
        assert told["usage"]["prompt_tokens"] == full["usage"]["prompt_tokens"]
        for index, (choice, reference) in enumerate(
            zip(told["choices"], full["choices"], strict=True)
        ):
            text = plain[index].partition(stop)[0] if stopped else plain[index]
            ended = stopped and stop in plain[index]
            assert choice["index"] == index
            assert choice["text"] == before * echo + text
            assert choice["finish_reason"] == ("stop" if ended else "length")
            check_arrays(choice, reference["logprobs"], len(before), echo, logprobs, ended)


def check_arrays(
    choice: dict[str, Any],
    reference: dict[str, list[Any]],
    before: int,
    echo: bool,
    logprobs: int | None,
    ended: bool,
) -> None:
    """The arrays of ``choice`` are those of the same one told in full, as far as it goes."""
    if logprobs is None:
        assert choice["logprobs"] is None
        return
    skipped = 0 if echo else len(reference["tokens"]) - 12
    told, length = choice["logprobs"], len(choice["logprobs"]["tokens"])
    here = slice(skipped, skipped + length if ended else None)
    shift = 0 if echo else before
    assert told["tokens"] == reference["tokens"][here]
    assert told["token_logprobs"] == reference["token_logprobs"][here]
    assert told["top_logprobs"] == likeliest(reference, logprobs)[here]
    assert told["text_offset"] == [offset - shift for offset in reference["text_offset"][here]]
    if ended:
        # Of a stop string's tokens those alone are told that begin before it.
        text = len(choice["text"])
        assert all(offset < text for offset in told["text_offset"])
        assert reference["text_offset"][skipped + length] - shift >= text
