"""Every error that can happen, at each DeepInfra door: one table, whole and in a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dialects.deepinfra_error_table import (
    FASTAPI,
    INVALID,
    OVERFLOW,
    TABLE,
    TOO_LONG,
    TOO_MANY,
)
from tests.dialects.openai_wire import DIALECTS, META, parse
from understudy import errors as e
from understudy.dialects.sse import to_json

# How each door calls the parts of a request that the rooms below complain about.
NAMES = {
    "openai_completions": {"input": "prompt"},
    "openai_chat": {"input": "messages"},
    "deepinfra_native": {"max_tokens": "max_new_tokens"},
}


def tree(top: type[e.UnderstudyError]) -> Iterator[type[e.UnderstudyError]]:
    yield top
    for below in top.__subclasses__():
        yield from tree(below)


def test_the_tables_leave_no_error_out() -> None:
    told = {type(row[0]) for row in TABLE} | {type(row[0]) for row in FASTAPI}
    told |= {e.InvalidInput, e.NotOffered, e.ContextOverflow, e.PromptTooLong}
    ours = {cls for cls in tree(e.UnderstudyError) if cls.__module__ == e.__name__}
    assert told == ours


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row[0]).__name__)
def test_an_error_has_both_shapes(dialect: str, row: Any) -> None:
    exc, status, kind, code, param, message, headers = row
    reply = DIALECTS[dialect].error(exc, META)
    assert (reply.status, reply.headers) == (status, headers)
    error = {"message": message, "type": kind, "param": param, "code": code}
    assert reply.body == {"error": error, "detail": {"error": message}}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("part", ["input", "max_tokens", "stop", "stop_token_ids"])
def test_a_part_is_named_as_the_caller_wrote_it(dialect: str, part: str) -> None:
    exc, param = e.InvalidInput(part, "No."), NAMES[dialect].get(part, part)
    reply = DIALECTS[dialect].error(exc, META)
    error = {"message": "No.", "type": INVALID, "param": param, "code": "invalid_value"}
    assert (reply.status, reply.body["error"]) == (400, error)
    if dialect != "deepinfra_native":
        sent = parse(dialect, stream=True).reply(META).failure(exc)
        assert json.loads(sent.removeprefix(b"data: ")) == {"error": error}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("part", ["input", "max_tokens", "top_k", "constraint"])
def test_what_an_upstream_lacks_is_named_as_the_caller_wrote_it(dialect: str, part: str) -> None:
    param = {"constraint": "response_format", **NAMES[dialect]}.get(part, part)
    error = DIALECTS[dialect].error(e.NotOffered(part, "that"), META).body["error"]
    assert (error["param"], error["code"]) == (param, "unsupported_parameter")
    assert error["message"] == "The server that computes this model does not offer that."


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_input_too_long_is_named_as_the_caller_wrote_it(dialect: str) -> None:
    reply = DIALECTS[dialect].error(e.PromptTooLong(99009, 8192), META)
    name, code = NAMES[dialect].get("input", "input"), "context_length_exceeded"
    error = {"message": TOO_LONG, "type": INVALID, "param": name, "code": code}
    assert (reply.status, reply.body["error"]) == (400, error)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("exc", "text"),
    [(e.ContextOverflow(0, 131072, 28672), TOO_MANY), (e.ContextOverflow(90, 20, 100), OVERFLOW)],
)
def test_an_overflow_names_the_limit_as_the_caller_wrote_it(
    dialect: str, exc: e.UnderstudyError, text: str
) -> None:
    name = NAMES[dialect].get("max_tokens", "max_tokens")
    reply = DIALECTS[dialect].error(exc, META)
    code = "context_length_exceeded"
    error = {"message": text.format(name), "type": INVALID, "param": name, "code": code}
    assert (reply.status, reply.body["error"]) == (400, error)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", FASTAPI, ids=lambda row: type(row[0]).__name__)
def test_a_body_that_fails_the_schema_gets_fastapis_entries_and_a_sentence(
    dialect: str, row: Any
) -> None:
    exc, entries, message, param, code = row
    reply = DIALECTS[dialect].error(exc, META)
    error = {"message": message, "type": INVALID, "param": param, "code": code}
    assert (reply.status, reply.body) == (422, {"error": error, "detail": entries})


@pytest.mark.parametrize("dialect", ["openai_completions", "openai_chat"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row[0]).__name__)
def test_in_a_stream_an_error_is_openais_frame(dialect: str, row: Any) -> None:
    exc, _, kind, code, param, message, _ = row
    sent = parse(dialect, stream=True).reply(META).failure(exc)
    error = {"message": message, "type": kind, "param": param, "code": code}
    assert json.loads(sent.removeprefix(b"data: ")) == {"error": error}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row[0]).__name__)
def test_in_a_native_stream_an_error_has_its_own_names(row: Any) -> None:
    exc, _, kind, _, _, message, _ = row
    sent = parse("deepinfra_native", stream=True).reply(META).failure(exc)
    frame = json.loads(sent.removeprefix(b"data: "))
    assert (frame["error_type"], frame["error_message"]) == (kind, message)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_schema_verdict_in_a_stream_is_still_a_frame(dialect: str) -> None:
    sent = parse(dialect, stream=True).reply(META).failure(e.MalformedBody("x"))
    assert json.loads(sent.removeprefix(b"data: "))


def test_a_huge_or_broken_name_is_cut_before_it_is_sent_back() -> None:
    for exc in (
        e.UnknownModel("m" * 10**6),
        e.UnsupportedField("f" * 10**6),
        e.UnknownModel("\ud83c"),
    ):
        sent = to_json(DIALECTS["openai_chat"].error(exc, META).body)
        assert len(sent) < 2000
        sent.decode()
