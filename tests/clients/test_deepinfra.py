"""The PyPI package ``deepinfra``, unmodified, on the native route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import deepinfra
import pytest

from tests.clients.access import accesses
from tests.clients.conversation import COMPLETION_MODEL, WORKERS_MODELS

BODY = {"input": "Once upon a time", "max_new_tokens": 24, "temperature": 0.8, "seed": 3}
SCHEMA = {
    "type": "object",
    "properties": {"town": {"enum": ["Oslo", "Rome"]}, "rains": {"type": "boolean"}},
    "required": ["town", "rains"],
    "additionalProperties": False,
}


@pytest.fixture
def model_of(server: Any) -> Iterator[Callable[..., deepinfra.TextGeneration]]:
    """Opens models; their HTTP clients are closed at the end, as the package leaves to us."""
    with ExitStack() as stack:

        def opened(name: str, key: str = server.key) -> deepinfra.TextGeneration:
            model = deepinfra.TextGeneration(f"{server.url}/v1/inference/{name}", key)
            stack.callback(model.client.close)
            return model

        yield opened


def text_of(response: Any) -> str:
    """The text of a native stream, which its last frame has whole."""
    lines = [line for line in response.iter_lines() if line.startswith("data: {")]
    frames = [json.loads(line.removeprefix("data: ")) for line in lines]
    text = "".join(frame["token"]["text"] for frame in frames)
    assert frames[-1]["generated_text"] == text
    return text


@pytest.mark.parametrize("model", [COMPLETION_MODEL, WORKERS_MODELS[-1]])
def test_the_same_text_whole_and_streamed_and_awaited(
    server: Any, model_of: Any, model: str
) -> None:
    answer = model_of(model).generate(BODY)
    text = answer.results[0]["generated_text"]
    assert answer.inference_status["status"] == "succeeded"
    assert answer.inference_status["tokens_generated"] == answer.num_tokens
    assert 1 <= answer.num_tokens <= 24

    path = f"/v1/inference/{model}"
    asked = deepinfra.RequestSpec("POST", path, json=BODY)
    streamed = deepinfra.RequestSpec("POST", path, json={**BODY, "stream": True})
    client = deepinfra.DeepInfraClient(server.key, base_url=server.url)
    with client.stream(streamed) as response:
        assert text_of(response) == text
    client.close()

    async def awaited() -> Any:
        try:
            return (await client.arequest(asked)).json()
        finally:
            await client.aclose()

    assert asyncio.run(awaited())["results"] == answer.results


def test_several_answers_and_a_stop_string(model_of: Any) -> None:
    model = model_of(COMPLETION_MODEL)
    texts = [r["generated_text"] for r in model.generate({**BODY, "num_responses": 3}).results]
    assert len(texts) == 3
    stop = texts[0][2:5]
    [stopped] = model.generate({**BODY, "stop": [stop]}).results
    assert stopped["generated_text"] == texts[0].split(stop)[0]


def test_an_answer_keeps_to_a_schema(model_of: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": SCHEMA}}
    body = {**BODY, "max_new_tokens": 80, "response_format": form}
    [answer] = model_of(COMPLETION_MODEL).generate(body).results
    assert json.loads(answer["generated_text"]).keys() == {"town", "rains"}


def test_errors_have_the_class_that_the_sdk_knows_and_are_not_asked_again(model_of: Any) -> None:
    model = model_of(COMPLETION_MODEL)
    with accesses() as log:
        with pytest.raises(deepinfra.APIStatusError, match="greater than or equal to 0") as odd:
            model.generate({**BODY, "temperature": -1})
        with pytest.raises(deepinfra.NotFoundError, match="Model not found: nobody/nothing"):
            model_of("nobody/nothing").generate(BODY)
        with pytest.raises(deepinfra.AuthenticationError, match="Not authenticated"):
            model_of(COMPLETION_MODEL, "wrong").generate(BODY)
        with pytest.raises(deepinfra.BadRequestError, match="exceeds maximum input length"):
            model.generate({**BODY, "input": "x y " * 4096})
        assert odd.value.status_code == 422
        assert log.refusals(4) == {422: 1, 404: 1, 401: 1, 400: 1}


def test_a_stream_that_is_left_ends_the_work(server: Any) -> None:
    body = {**BODY, "max_new_tokens": 2000, "ignore_eos": True, "stream": True}
    client = deepinfra.DeepInfraClient(server.key, base_url=server.url)
    asked = deepinfra.RequestSpec("POST", f"/v1/inference/{COMPLETION_MODEL}", json=body)
    with accesses() as log:
        with client.stream(asked) as response:
            assert next(response.iter_lines()).startswith("data: ")
        log.until_disconnected(1)
    client.close()
