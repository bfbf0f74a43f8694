"""The PyPI package ``openai``, unmodified, on each OpenAI-compatible door."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.clients.conversation import COMPLETION_MODEL, SYSTEM, TURNS, WORKERS_MODELS, after

DOORS = ("/v1/openai", "/v1", "/client/v4/accounts/local/ai/v1")


@pytest.fixture(params=DOORS)
def client(request: pytest.FixtureRequest, server: Any) -> Any:
    with openai.OpenAI(
        api_key=server.key, base_url=server.url + request.param, max_retries=0
    ) as sdk:
        yield sdk


@pytest.mark.parametrize("model", [WORKERS_MODELS[-1], COMPLETION_MODEL])
def test_a_conversation_is_the_same_whole_and_streamed(client: Any, model: str) -> None:
    turns: list[dict[str, str]] = [SYSTEM]
    for said in TURNS:
        body: dict[str, Any] = {
            "model": model,
            "messages": [*turns, {"role": "user", "content": said}],
            "max_tokens": 24,
            "seed": 5,
        }
        answer = client.chat.completions.create(**body)
        text = answer.choices[0].message.content
        chunks = list(
            client.chat.completions.create(
                **body, stream=True, stream_options={"include_usage": True}
            )
        )
        pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
        assert "".join(pieces) == text
        finishes = [
            choice.finish_reason
            for chunk in chunks
            for choice in chunk.choices
            if choice.finish_reason
        ]
        assert finishes == [answer.choices[0].finish_reason]
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == answer.usage.completion_tokens
        turns = after(turns, said, text)


def test_models_are_listed(client: Any) -> None:
    names = {model.id for model in client.models.list()}
    assert set(WORKERS_MODELS) | {COMPLETION_MODEL} <= names


def test_errors_have_the_class_that_the_sdk_knows(client: Any) -> None:
    body: dict[str, Any] = {"messages": [{"role": "user", "content": "x"}]}
    with pytest.raises((openai.NotFoundError, openai.BadRequestError)):
        client.chat.completions.create(model="nobody/nothing", **body)
    with pytest.raises((openai.UnprocessableEntityError, openai.BadRequestError)):
        client.chat.completions.create(model=COMPLETION_MODEL, temperature=5.5, **body)
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").chat.completions.create(model=COMPLETION_MODEL, **body)


@pytest.mark.parametrize("door", DOORS[:2])
def test_a_completion_is_the_same_whole_and_streamed(server: Any, door: str) -> None:
    body: dict[str, Any] = {
        "model": COMPLETION_MODEL,
        "prompt": "Once upon a time",
        "max_tokens": 24,
        "temperature": 0.8,
        "seed": 11,
    }
    with openai.OpenAI(api_key=server.key, base_url=server.url + door, max_retries=0) as client:
        answer = client.completions.create(**body)
        chunks = list(client.completions.create(**body, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == answer.choices[0].text
    assert chunks[-1].choices[0].finish_reason == answer.choices[0].finish_reason
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == answer.usage.completion_tokens
    assert "estimated_cost" in answer.usage.model_dump()
