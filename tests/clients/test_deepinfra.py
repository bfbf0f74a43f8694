"""The PyPI package ``deepinfra``, unmodified, on the native route."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import deepinfra
import httpx
import pytest

from tests.clients.conversation import COMPLETION_MODEL, WORKERS_MODELS

BODY = {"input": "Once upon a time", "max_new_tokens": 24, "temperature": 0.8, "seed": 3}


def endpoint(server: Any, model: str) -> str:
    return f"{server.url}/v1/inference/{model}"


@pytest.fixture
def model_of(server: Any) -> Iterator[Callable[..., deepinfra.TextGeneration]]:
    """Opens models; their HTTP clients are closed at the end, as the package leaves to us."""
    with ExitStack() as stack:

        def opened(name: str, key: str = server.key) -> deepinfra.TextGeneration:
            model = deepinfra.TextGeneration(endpoint(server, name), key)
            stack.callback(model.client.close)
            return model

        yield opened


@pytest.mark.parametrize("model", [COMPLETION_MODEL, WORKERS_MODELS[-1]])
def test_the_same_text_whole_and_streamed(server: Any, model_of: Any, model: str) -> None:
    answer = model_of(model).generate(BODY)
    text = answer.results[0]["generated_text"]
    assert answer.inference_status["status"] == "succeeded"
    with httpx.stream(
        "POST",
        endpoint(server, model),
        json={**BODY, "stream": True},
        headers={"Authorization": f"bearer {server.key}"},
    ) as response:
        lines = [line for line in response.iter_lines() if line.startswith("data: {")]
    frames = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert "".join(frame["token"]["text"] for frame in frames) == text
    assert frames[-1]["generated_text"] == text
    assert 1 <= answer.num_tokens <= 24


def test_errors_have_the_class_that_the_sdk_knows(model_of: Any) -> None:
    with pytest.raises(deepinfra.DeepInfraError):
        model_of(COMPLETION_MODEL).generate({"input": "x", "temperature": -1})
    with pytest.raises(deepinfra.DeepInfraError):
        model_of("nobody/nothing").generate(BODY)
    with pytest.raises(deepinfra.AuthenticationError):
        model_of(COMPLETION_MODEL, "wrong").generate(BODY)
