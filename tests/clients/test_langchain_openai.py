"""``langchain-openai`` now and of a year ago, and ``langchain-deepinfra``, all unmodified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.access import accesses
from tests.clients.another_environment import OLDER, PYTHON, told

CURRENT, YESTERDAY = "current", "older"
ENVIRONMENTS = {
    CURRENT: (PYTHON, ["ChatOpenAI"]),
    YESTERDAY: (OLDER, ["ChatOpenAI", "ChatDeepInfra"]),
}


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def seen(request: pytest.FixtureRequest, server: Any) -> Iterator[dict[str, Any]]:
    """What the classes saw, and in ``log`` what the server logged of it."""
    python, kinds = ENVIRONMENTS[request.param]
    with accesses() as log:
        found = told("langchain_openai_program.py", server, python)
        assert list(found["conversation"]) == kinds
        yield {**found, "log": log}


def test_a_conversation_is_the_same_whole_and_streamed_and_in_a_batch(seen: dict[str, Any]) -> None:
    for talk in seen["conversation"].values():
        assert talk["whole"].strip()
        assert "".join(talk["pieces"]) == talk["whole"]
        assert talk["batch"] == [talk["whole"]] * 2
        whole, streamed = talk["finish"]
        assert whole == streamed


def test_usage_is_counted_once_in_a_body_and_in_a_stream(seen: dict[str, Any]) -> None:
    for talk in seen["conversation"].values():
        whole, streamed = talk["usage"]
        assert whole["total_tokens"] == whole["input_tokens"] + whole["output_tokens"]
        for name in ("input_tokens", "output_tokens", "total_tokens"):
            assert whole[name] == streamed[name] > 0
        # LangChain adds up what chunks tell.
        assert [usage["total_tokens"] for usage in talk["usage asked for"]] == [
            whole["total_tokens"]
        ]


def test_it_can_be_awaited(seen: dict[str, Any]) -> None:
    for kind, talk in seen["asynchronous"].items():
        assert "".join(talk["pieces"]) == talk["whole"] == seen["conversation"][kind]["whole"]


def test_each_token_has_its_log_probability(seen: dict[str, Any]) -> None:
    for talk in seen["log_probabilities"].values():
        assert len(talk["told"]) == talk["usage"]["output_tokens"]
        assert all(len(entry["top_logprobs"]) == 2 for entry in talk["told"])


def test_a_stop_string_ends_the_answer(seen: dict[str, Any]) -> None:
    for whole, stopped in seen["stopped"].values():
        assert stopped == whole.split(whole[1:3])[0]


def test_an_answer_is_parsed_into_a_class(seen: dict[str, Any]) -> None:
    for found in seen["structured"].values():
        for answer in found.values():
            assert answer["town"] in ("Oslo", "Rome")
            assert isinstance(answer["rains"], bool)
        for name in found:
            assert found[name] == found[name.partition(",")[0]]


def test_json_mode_gives_json_or_is_cut(seen: dict[str, Any]) -> None:
    found = seen["json_mode"]
    assert found.get("raised", "OutputParserException") == "OutputParserException"


def test_a_tool_that_is_asked_for_is_called(seen: dict[str, Any]) -> None:
    for found in seen["tools"].values():
        assert found["streamed"] == found["any"]
        for calls in found.values():
            for call in calls:
                assert call["name"] == "Weather"
                assert call["args"].keys() == {"town", "rains"}


def test_results_of_tools_are_read(seen: dict[str, Any]) -> None:
    assert all(isinstance(text, str) for text in seen["tool_results"].values())


def test_legacy_completions_are_the_same_every_way(seen: dict[str, Any]) -> None:
    for kind, found in seen["texts"].items():
        assert found["whole"]
        assert "".join(found["pieces"]) == found["awaited"] == found["whole"], kind
        assert found["batch"] == [found["whole"]] * 2


REFUSALS = {
    "wrong_key": ("AuthenticationError", "Not authenticated"),
    "unknown_model": ("NotFoundError", "Model not found: no/one"),
    "too_hot": ("UnprocessableEntityError", "less than or equal to 2"),
    # The current version has a class of its own for it, which it knows by OpenAI's code.
    "too_long": (("BadRequestError", "OpenAIContextOverflowError"), "exceeds maximum input length"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_has_its_class_and_says_why(seen: dict[str, Any], case: str) -> None:
    kinds, words = REFUSALS[case]
    for found in seen["refusals"].values():
        assert found[case]["raised"].endswith(kinds)
        assert words in found[case]["said"]


def test_no_refusal_is_asked_again(seen: dict[str, Any]) -> None:
    times = len(seen["refusals"])
    assert seen["log"].refusals(4 * times) == dict.fromkeys((400, 401, 404, 422), times)


def test_a_stream_that_is_left_ends_the_work(seen: dict[str, Any]) -> None:
    seen["log"].until_disconnected(len(seen["left"]))
