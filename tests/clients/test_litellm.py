"""The PyPI package ``litellm``, unmodified, with its providers ``cloudflare`` and ``deepinfra``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.another_environment import told

DOORS = ("cloudflare", "cloudflare, older", "deepinfra")


@pytest.fixture(scope="module")
def seen(server: Any) -> dict[str, Any]:
    return told("litellm_program.py", server)


@pytest.mark.parametrize("door", DOORS)
def test_a_conversation_is_the_same_whole_and_streamed(seen: dict[str, Any], door: str) -> None:
    talk = seen["conversation"][door]
    assert talk["whole"].strip()
    assert "".join(talk["pieces"]) == talk["whole"]
    assert [reason for reason in talk["finishes"] if reason] == [talk["finish"]]
    usage = talk["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 1 <= usage["completion_tokens"] <= 32


def test_it_can_be_awaited(seen: dict[str, Any]) -> None:
    assert seen["asynchronous"].strip()


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


def test_errors_have_the_class_that_the_package_knows(seen: dict[str, Any]) -> None:
    assert seen["wrong_key"]["raised"] == "AuthenticationError"
    assert seen["too_hot"]["raised"] == "BadRequestError"
    assert "'/temperature' must be <= 5" in seen["too_hot"]["said"]
