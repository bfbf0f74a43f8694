"""The PyPI package ``cloudflare``, unmodified, against a real server."""

from __future__ import annotations

import json
from typing import Any

import cloudflare
import pytest

from tests.clients.conversation import COMPLETION_MODEL, SYSTEM, TURNS, WORKERS_MODELS, after


@pytest.fixture
def client(server: Any) -> Any:
    with cloudflare.Cloudflare(
        api_token=server.key, base_url=f"{server.url}/client/v4", max_retries=0
    ) as sdk:
        yield sdk


def whole(client: Any, model: str, **body: Any) -> dict[str, Any]:
    answer = client.ai.run(model, account_id="local", **body)
    return answer if isinstance(answer, dict) else answer.to_dict()


def streamed(client: Any, model: str, **body: Any) -> list[dict[str, Any]]:
    with client.ai.with_streaming_response.run(
        model, account_id="local", stream=True, **body
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def counted(answer: dict[str, Any]) -> dict[str, int]:
    """The usage without its cached share: the second of two equal prompts has one."""
    return {name: n for name, n in answer["usage"].items() if name != "prompt_tokens_details"}


@pytest.mark.parametrize("model", [*WORKERS_MODELS, COMPLETION_MODEL])
def test_a_conversation_is_the_same_whole_and_streamed(client: Any, model: str) -> None:
    turns: list[dict[str, str]] = [SYSTEM]
    for said in TURNS:
        messages = [*turns, {"role": "user", "content": said}]
        body = {"messages": messages, "max_tokens": 24, "extra_body": {"seed": 5}}
        answer = whole(client, model, **body)
        frames = streamed(client, model, **body)
        assert all(isinstance(frame["response"], str) for frame in frames)
        assert "".join(frame["response"] for frame in frames) == answer["response"]
        usage = counted(answer)
        assert counted(frames[-1]) == usage
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        assert 1 <= usage["completion_tokens"] <= 24
        turns = after(turns, said, answer["response"])


def test_a_prompt_is_answered(client: Any) -> None:
    answer = whole(client, WORKERS_MODELS[0], prompt="Who are you?")
    assert answer["response"].strip()


def test_the_catalogue_is_listed_to_its_end(client: Any) -> None:
    names = [model["name"] for model in client.ai.models.list(account_id="local")]
    assert set(WORKERS_MODELS) | {COMPLETION_MODEL} <= set(names)
    assert len(names) == len(set(names))


def test_errors_have_the_class_that_the_sdk_knows(client: Any, server: Any) -> None:
    model = WORKERS_MODELS[0]
    with pytest.raises(cloudflare.BadRequestError, match="5006"):
        client.ai.run(model, account_id="local", prompt="")
    with pytest.raises(cloudflare.BadRequestError, match="5007"):
        client.ai.run("@cf/nobody/nothing", account_id="local", prompt="x")
    with pytest.raises(cloudflare.NotFoundError, match="7003"):
        client.ai.run(model, account_id="nobody", prompt="x")
    with (
        cloudflare.Cloudflare(
            api_token="wrong", base_url=f"{server.url}/client/v4", max_retries=0
        ) as stranger,
        pytest.raises(cloudflare.AuthenticationError, match="10000"),
    ):
        stranger.ai.run(model, account_id="local", prompt="x")
