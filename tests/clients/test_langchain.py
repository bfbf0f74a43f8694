"""The PyPI package ``langchain-cloudflare``, unmodified, at both formats that it speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.another_environment import told

FORMATS = ("workers_ai", "openai_compatible")


@pytest.fixture(scope="module")
def seen(server: Any) -> dict[str, Any]:
    return told("langchain_program.py", server)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("case", ["conversation", "asynchronous"])
def test_a_conversation_is_the_same_whole_and_streamed(
    seen: dict[str, Any], case: str, kind: str
) -> None:
    talk = seen[case][kind]
    assert talk["whole"].strip()
    assert "".join(talk["pieces"]) == talk["whole"]
    assert len([piece for piece in talk["pieces"] if piece]) > 1


@pytest.mark.parametrize("kind", FORMATS)
def test_usage_is_counted(seen: dict[str, Any], kind: str) -> None:
    usage = seen["conversation"][kind]["usage"]
    assert 1 <= usage["output_tokens"] <= 32
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize("kind", FORMATS)
def test_run_options_and_gateway_headers_are_taken(seen: dict[str, Any], kind: str) -> None:
    assert seen["options"][kind].strip()


@pytest.mark.parametrize("kind", FORMATS)
def test_an_answer_keeps_to_a_schema(seen: dict[str, Any], kind: str) -> None:
    content = seen["structured"][kind]
    person = json.loads(content) if isinstance(content, str) else content
    assert person.keys() == {"name", "grown"}
    assert isinstance(person["grown"], bool)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_tool_that_is_named_is_called(seen: dict[str, Any], kind: str) -> None:
    for calls in seen["tools"][kind].values():
        (call,) = calls
        assert call["name"] == "get_weather"
        assert list(call["args"]) == ["town"]


@pytest.mark.parametrize("kind", FORMATS)
def test_results_of_tools_are_read(seen: dict[str, Any], kind: str) -> None:
    assert isinstance(seen["tool_results"][kind], str)


def test_errors_say_what_the_service_says(seen: dict[str, Any]) -> None:
    assert "401" in seen["wrong_key"]["said"]
    assert "400" in seen["too_hot"]["said"]
