"""The PyPI package ``litellm``, unmodified, with its providers ``cloudflare`` and ``deepinfra``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.access import accesses
from tests.clients.another_environment import told

DOORS = ("cloudflare", "cloudflare, older", "deepinfra")


@pytest.fixture(scope="module")
def seen(server: Any) -> Iterator[dict[str, Any]]:
    """What the package saw, and in ``log`` what the server logged of it."""
    with accesses() as log:
        yield {**told("litellm_program.py", server), "log": log}


@pytest.mark.parametrize("door", DOORS)
def test_a_conversation_is_the_same_whole_and_streamed(seen: dict[str, Any], door: str) -> None:
    talk = seen["conversation"][door]
    assert talk["whole"].strip()
    assert "".join(talk["pieces"]) == talk["whole"]
    assert [reason for reason in talk["finishes"] if reason] == [talk["finish"]]
    usage = talk["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 1 <= usage["completion_tokens"] <= 32


@pytest.mark.parametrize("door", DOORS)
def test_it_can_be_awaited(seen: dict[str, Any], door: str) -> None:
    talk = seen["asynchronous"][door]
    assert "".join(talk["pieces"]) == talk["whole"] == seen["conversation"][door]["whole"]


def test_options_of_openai_are_honoured(seen: dict[str, Any]) -> None:
    found = seen["options"]
    first, second = found["texts"]
    assert first == found["alone"]
    assert second.strip()
    assert found["stopped"] == first.split(first[1:3])[0]
    whole, streamed = found["usage"]
    assert streamed == [whole]


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_keeps_to_a_schema(seen: dict[str, Any], door: str) -> None:
    said = seen["structured"][door]
    assert json.loads(said["whole"]).keys() == {"name", "grown"}
    assert said["streamed"] == said["whole"]


@pytest.mark.parametrize("door", DOORS)
def test_a_tool_that_is_named_is_called(seen: dict[str, Any], door: str) -> None:
    calls = seen["tools"][door]
    for (call,) in calls.values():
        assert call["name"] == "get_weather"
        assert list(json.loads(call["arguments"])) == ["town"]
    assert calls["streamed"] == calls["whole"]


def test_legacy_completions_are_answered(seen: dict[str, Any]) -> None:
    assert all(text.strip() for text in seen["completion"])


REFUSALS = {
    ("cloudflare", "wrong_key"): ("AuthenticationError", "Authentication error"),
    ("cloudflare", "unknown_model"): ("BadRequestError", "No such model @cf/no/one"),
    ("cloudflare", "too_hot"): ("BadRequestError", "'/temperature' must be <= 5"),
    ("cloudflare", "too_long"): ("BadRequestError", "exceeded this model context window limit"),
    # The package takes OpenAI's type of the error for more than its status.
    ("deepinfra", "wrong_key"): ("BadRequestError", "Not authenticated"),
    ("deepinfra", "unknown_model"): ("NotFoundError", "Model not found: @cf/no/one"),
    ("deepinfra", "too_hot"): ("BadRequestError", "less than or equal to 2"),
    ("deepinfra", "too_long"): ("BadRequestError", "exceeds maximum input length"),
}


@pytest.mark.parametrize(("door", "case"), REFUSALS)
def test_a_refusal_has_its_class_and_says_why(seen: dict[str, Any], door: str, case: str) -> None:
    kind, words = REFUSALS[door, case]
    assert seen["refusals"][door][case]["raised"] == kind
    assert words in seen["refusals"][door][case]["said"]


def test_no_refusal_is_asked_again(seen: dict[str, Any]) -> None:
    assert seen["log"].refusals(8) == {400: 3, 401: 2, 404: 1, 413: 1, 422: 1}


def test_a_stream_that_is_left_ends_the_work(seen: dict[str, Any]) -> None:
    seen["log"].until_disconnected(len(seen["left"]))
