"""The PyPI package ``openai``, unmodified, in three of its major versions: what its users do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.access import accesses
from tests.clients.another_environment import OLDER, OURS, PYTHON, told
from tests.clients.conversation import COMPLETION_MODEL, WORKERS_MODELS

VERSIONS = {"current": OURS, "2": PYTHON, "1": OLDER}
TOWNS = ("Oslo", "Rome")


@pytest.fixture(scope="module", params=VERSIONS)
def seen(request: pytest.FixtureRequest, server: Any) -> Iterator[dict[str, Any]]:
    """What a version saw, and in ``log`` what the server logged of it."""
    with accesses() as log:
        found = told("openai_program.py", server, VERSIONS[request.param])
        major = int(found["version"].partition(".")[0])
        assert major >= 3 if request.param == "current" else major == int(request.param)
        yield {**found, "log": log}


def test_a_chat_is_the_same_whole_and_streamed_and_awaited(seen: dict[str, Any]) -> None:
    talk = seen["chat"]
    assert talk["whole"].strip()
    assert [talk["streamed"], *talk["awaited"]] == [talk["whole"]] * 3
    whole, streamed = talk["usage"]
    assert whole["total_tokens"] == streamed["total_tokens"]
    assert 1 <= whole["completion_tokens"] <= 12
    assert talk["last_choices"] == 0


def test_an_answer_can_be_found_in_the_log(seen: dict[str, Any]) -> None:
    assert seen["chat"]["request_id"] in seen["chat"]["id"]


def test_completions_are_the_same_whole_and_streamed_and_awaited(seen: dict[str, Any]) -> None:
    talk = seen["completion"]
    texts = [choice["text"] for choice in talk["whole"]["choices"]]
    assert texts == talk["streamed"] == [choice["text"] for choice in talk["awaited"]]
    assert [choice["index"] for choice in talk["whole"]["choices"]] == [0, 1]


def test_arrays_of_log_probabilities_are_of_one_length(seen: dict[str, Any]) -> None:
    talk = seen["completion"]
    assert len(talk["lengths"]) == 4
    assert set(talk["lengths"]) == {len(talk["whole"]["choices"][0]["logprobs"]["tokens"])}
    for choice in talk["whole"]["choices"]:
        assert choice["logprobs"]["token_logprobs"][0] is None
    told = [len(choice["logprobs"]["tokens"]) for choice in talk["whole"]["choices"]]
    usage = talk["whole"]["usage"]
    assert sum(told) == 2 * usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_seed_gives_one_answer_however_it_is_asked(seen: dict[str, Any]) -> None:
    talk = seen["completion"]
    echoed = talk["whole"]["choices"][0]["text"]
    assert echoed.endswith(talk["plain"])
    assert talk["of_ids"] == talk["plain"]


def test_a_stop_string_ends_the_answer(seen: dict[str, Any]) -> None:
    talk = seen["completion"]
    stop = talk["whole"]["choices"][0]["text"][-2:]
    assert talk["stopped"]["text"] == talk["plain"].split(stop)[0]
    assert talk["stopped"]["finish_reason"] == "stop"


@pytest.mark.parametrize("way", ["whole", "beta", "streamed", "awaited"])
def test_an_answer_is_parsed_into_a_class(seen: dict[str, Any], way: str) -> None:
    found = seen["parsed"]
    assert found["is_one"] is True
    assert found[way] == found["whole"]
    assert {place["town"] for place in found[way]["places"]} <= set(TOWNS)
    assert {"content.delta", "content.done"} <= set(found["events"])


def test_json_that_is_cut_is_the_packages_own_error(seen: dict[str, Any]) -> None:
    assert seen["parsed"]["cut"]["raised"] == "LengthFinishReasonError"


def test_json_mode_gives_an_object(seen: dict[str, Any]) -> None:
    text, finish = seen["json_mode"]
    assert finish != "stop" or isinstance(json.loads(text), dict)
    assert text.startswith("{")


def test_a_tool_that_is_named_is_called(seen: dict[str, Any]) -> None:
    found = seen["tools"]
    assert found["finishes"] == ["tool_calls", "tool_calls"]
    assert found["parsed"] == json.loads(found["whole"])
    assert found["parsed"]["town"] in TOWNS
    assert found["streamed"] == [found["whole"]] == ["".join(found["deltas"])]
    assert len([piece for piece in found["deltas"] if piece]) > 1
    assert isinstance(found["after"], str)


def test_models_are_listed(seen: dict[str, Any]) -> None:
    assert {*WORKERS_MODELS, COMPLETION_MODEL} <= set(seen["models"]["listed"])
    assert seen["models"]["one"] == COMPLETION_MODEL


REFUSALS = {
    "wrong_key": ("AuthenticationError", "Not authenticated", None, None),
    "unknown_model": ("NotFoundError", "Model not found: no/one", "model", "model_not_found"),
    "unlisted": ("NotFoundError", "Model not found: no/one", "model", "model_not_found"),
    "too_long": (
        "BadRequestError",
        "exceeds maximum input length",
        "prompt",
        "context_length_exceeded",
    ),
    "too_hot": (
        "UnprocessableEntityError",
        "less than or equal to 2",
        "temperature",
        "less_than_equal",
    ),
    "unserved": ("NotFoundError", "does not serve embeddings", None, "not_served"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_has_its_class_and_says_why(seen: dict[str, Any], case: str) -> None:
    kind, words, param, code = REFUSALS[case]
    found = seen["refusals"][case]
    assert found["raised"] == kind
    assert words in found["said"]
    assert (found["param"], found["code"]) == (param, code)


def test_no_refusal_is_asked_again(seen: dict[str, Any]) -> None:
    assert seen["log"].refusals(6) == {401: 1, 404: 3, 400: 1, 422: 1}


def test_a_stream_that_is_left_ends_the_work(seen: dict[str, Any]) -> None:
    first, awaited, after = seen["left"]
    assert first == awaited
    assert after.startswith(first)
    seen["log"].until_disconnected(2)
