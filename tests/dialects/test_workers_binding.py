"""The binding's dialect: inputs and options taken apart, errors as the runtime reads them."""

from __future__ import annotations

from typing import Any

import pytest

from understudy import errors
from understudy.catalog.registry import Catalog
from understudy.dialects.base import CallMeta
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_binding import WorkersBinding, check_query, model_name

CARD = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
META = CallMeta(request_id="00000000-0000-4000-8000-000000000000", created=1_700_000_000)


def binding() -> WorkersBinding:
    return WorkersBinding(WorkersAI())


def test_inputs_are_parsed_by_the_native_dialect() -> None:
    inputs = {"messages": [{"role": "user", "content": "Hi"}], "seed": 3, "stream": True}
    native = WorkersAI().parse(inputs, CARD)
    for options in ({}, None, {"gateway": {"id": "x"}, "returnRawResponse": True}):
        call = binding().parse({"inputs": inputs, "options": options}, CARD)
        assert (call.request, call.stream) == (native.request, True)


def test_an_option_of_the_rest_api_means_the_same_here() -> None:
    body: dict[str, Any] = {"inputs": {"prompt": "x"}, "options": {"rejectIfBusy": True}}
    assert binding().parse(body, CARD).request.wait is False
    body["options"] = {"rejectIfBusy": False}
    assert binding().parse(body, CARD).request.wait is True


@pytest.mark.parametrize(
    ("exc", "status", "user_reads"),
    [
        (errors.SchemaViolation("oneOf"), 400, "5006: Error: oneOf"),
        (errors.MalformedBody("not JSON"), 400, "5006: not JSON"),
        (errors.UnknownModel("@cf/a/b"), 400, "5007: No such model @cf/a/b or task"),
        (errors.ServerBusy(2), 429, "3040: Capacity temporarily exceeded, please try again."),
        (errors.MissingCredentials(), 403, "1031: Forbidden: No API key was sent."),
        (errors.BodyTooLarge(5), 413, "3006: Request is too large"),
        (errors.UnderstudyError("secret"), 500, "3043: Internal server error"),
    ],
)
def test_an_error_is_what_the_runtime_makes_a_message_of(
    exc: errors.UnderstudyError, status: int, user_reads: str
) -> None:
    reply = binding().error(exc, META)
    assert reply.status == reply.body["httpCode"] == status
    told = f"{reply.body['internalCode']}: {reply.body['description']}"
    assert told.startswith(user_reads)
    assert reply.body["name"] == "AiError"
    assert reply.body["requestId"] == reply.headers["cf-ai-req-id"] == META.request_id
    [entry] = reply.body["errors"]
    assert entry["code"] == reply.body["internalCode"]
    assert "secret" not in str(reply.body)


def test_who_is_refused_for_now_is_told_when_to_come_back() -> None:
    assert binding().error(errors.ServerBusy(7), META).headers["Retry-After"] == "7"


@pytest.mark.parametrize("query", [{}, {"version": "2"}, {"version": "3", "userInputs": "{}"}])
def test_only_json_inputs_of_the_current_version_are_read(query: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidField):
        check_query(query)
    check_query({"version": "3"})


def test_the_model_is_named_by_a_header() -> None:
    assert model_name({"cf-consn-model-id": "@cf/a/b"}) == "@cf/a/b"
    with pytest.raises(errors.InvalidField):
        model_name({})
