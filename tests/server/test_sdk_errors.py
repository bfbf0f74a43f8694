"""Every error of the OpenAI-compatible and native routes, as the PyPI packages ``openai`` and
``deepinfra`` raise it from a running server: its class, its sentence, and what a program reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import deepinfra
import openai
import pytest

from tests.running import Running
from tests.server.scripted import ScriptedBackend
from understudy import errors as e

MODEL = "meta-llama/Llama-2-70b-chat-hf"
INVALID, SERVER = "invalid_request_error", "server_error"
LONG = "word " * 6000
NOT_HERE = str(e.ModelNotDownloaded(MODEL))

# what is asked, the class, status, sentence, param, code
REFUSED: list[tuple[dict[str, Any], type[openai.APIStatusError], int, str, str | None, str | None]]
REFUSED = [
    (
        {"model": "nobody/nothing"},
        openai.NotFoundError,
        404,
        "Model not found: nobody/nothing",
        "model",
        "model_not_found",
    ),
    (
        {"max_tokens": 5000},
        openai.BadRequestError,
        400,
        "max_tokens=5000 cannot be greater than max_model_len=max_total_tokens=4096. "
        "Please request fewer output tokens. (parameter=max_tokens, value=5000)",
        "max_tokens",
        "context_length_exceeded",
    ),
    (
        {"extra_body": {"stop_token_ids": [32000]}},
        openai.BadRequestError,
        400,
        "There is no token 32000: ids go from 0 to 31999.",
        "stop_token_ids",
        "invalid_value",
    ),
    (
        {"extra_body": {"truncate": 5}},
        openai.BadRequestError,
        400,
        "'truncate' is not supported by this server.",
        "truncate",
        "unsupported_parameter",
    ),
    (
        {"extra_body": {"guided_regex": "[ab]"}},
        openai.BadRequestError,
        400,
        "The answers of this model cannot be constrained.",
        "guided_regex",
        "invalid_value",
    ),
    (
        {"extra_body": {"response_format": {"type": "json_object"}}},
        openai.BadRequestError,
        400,
        "The answers of this model cannot be constrained.",
        "response_format",
        "invalid_value",
    ),
]
# what the model's lease raises
FAILED: list[tuple[e.UnderstudyError, type[openai.APIStatusError], int, str, str, str | None]] = [
    (
        e.ModelNotDownloaded(MODEL),
        openai.NotFoundError,
        404,
        NOT_HERE,
        INVALID,
        "model_not_downloaded",
    ),
    (
        e.ServerBusy(3),
        openai.RateLimitError,
        429,
        "Rate limited: the server is busy, please try again",
        "rate_limit_error",
        "rate_limit_exceeded",
    ),
    (
        e.ServerDraining(),
        openai.InternalServerError,
        503,
        "The server is shutting down.",
        SERVER,
        "server_draining",
    ),
    (
        e.RequestTimeout(5),
        openai.InternalServerError,
        504,
        "The request took longer than 5 seconds.",
        SERVER,
        "timeout",
    ),
    (
        e.StepFailed("a secret"),
        openai.InternalServerError,
        500,
        "Internal server error",
        SERVER,
        None,
    ),
]
# a fault of the body, its place, its sentence
VIOLATIONS: list[tuple[dict[str, Any], list[Any], str]] = [
    ({"temperature": 3}, ["temperature"], "Input should be less than or equal to 2"),
    ({"n": 5}, ["n"], "Input should be less than or equal to 4"),
    ({"max_tokens": 0}, ["max_tokens"], "Input should be greater than 0"),
    ({"max_tokens": 1000001}, ["max_tokens"], "Input should be less than or equal to 1000000"),
    ({"stop": ["x"] * 17}, ["stop"], "List should have at most 16 items after validation, not 17"),
    ({"stop": ["x", 5]}, ["stop", 1], "Input should be a valid string"),
    (
        {"stream_options": {"include_usage": "yes"}},
        ["stream_options", "include_usage"],
        "Input should be a valid boolean",
    ),
    (
        {"extra_body": {"response_format": {"type": "x"}}},
        ["response_format", "type"],
        "Input should be 'text', 'json_object', 'json_schema' or 'regex'",
    ),
    ({"extra_body": {"top_k": -1}}, ["top_k"], "Input should be greater than or equal to 0"),
]


@pytest.fixture(scope="module")
def sdk(scripted: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        api_key=scripted.key, base_url=f"{scripted.url}/v1/openai", max_retries=0
    ) as client:
        yield client


@pytest.fixture(params=["chat", "completions"])
def ask(request: pytest.FixtureRequest, sdk: openai.OpenAI, backend: ScriptedBackend) -> Any:
    """Asks at one of the two routes, as a program of the package's users does."""

    def asked(prompt: str = "x", client: openai.OpenAI = sdk, **fields: Any) -> Any:
        body: dict[str, Any] = {"model": MODEL, **fields}
        if request.param == "completions":
            return client.completions.create(prompt=prompt, **body)
        messages: Any = [{"role": "user", "content": prompt}]
        return client.chat.completions.create(messages=messages, **body)

    return asked


def seen(error: openai.APIStatusError) -> tuple[Any, ...]:
    """What a program reads of an error."""
    assert isinstance(error.body, dict)
    return (error.status_code, error.body["message"], error.type, error.param, error.code)


@pytest.mark.parametrize(("fields", "kind", "status", "text", "param", "code"), REFUSED, ids=str)
def test_a_request_that_is_refused_says_why(
    ask: Any, fields: Any, kind: Any, status: int, text: str, param: str, code: str
) -> None:
    for stream in (False, True):
        with pytest.raises(kind) as raised:
            ask(stream=stream, **fields)
        assert seen(raised.value) == (status, text, INVALID, param, code)
        assert text in raised.value.message


def test_too_long_an_input_is_told_with_both_numbers(ask: Any) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        ask(LONG)
    _, text, kind, param, code = seen(raised.value)
    assert re.fullmatch(r"Requested input length \d+ exceeds maximum input length 4095", text)
    assert (kind, code) == (INVALID, "context_length_exceeded")
    assert param in ("messages", "prompt")


@pytest.mark.parametrize(("exc", "kind", "status", "text", "type_", "code"), FAILED, ids=str)
def test_a_server_that_cannot_answer_says_so(
    scripted: Running,
    ask: Any,
    exc: e.UnderstudyError,
    kind: Any,
    status: int,
    text: str,
    type_: str,
    code: str | None,
) -> None:
    scripted.pool.broken = exc
    try:
        with pytest.raises(kind) as raised:
            ask()
    finally:
        scripted.pool.broken = None
    status_, text_, seen_type, _, seen_code = seen(raised.value)
    assert (status_, text_, seen_type, seen_code) == (status, text, type_, code)
    retry = raised.value.response.headers.get("retry-after")
    assert retry == (str(exc.retry_after) if isinstance(exc, e.CapacityError) else None)


@pytest.mark.parametrize(("fields", "place", "text"), VIOLATIONS, ids=str)
def test_a_violation_tells_its_place_and_its_limit(
    ask: Any, fields: Any, place: list[Any], text: str
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        ask(**fields)
    [entry] = raised.value.response.json()["detail"]
    assert (entry["loc"], entry["msg"]) == (["body", *place], text)
    path = ".".join(map(str, place))
    assert seen(raised.value) == (422, f"{path}: {text}", INVALID, path, entry["type"])
    assert text in raised.value.message


def test_who_may_not_ask_is_told_so(scripted: Running, sdk: openai.OpenAI, ask: Any) -> None:
    with pytest.raises(openai.AuthenticationError) as raised:
        ask(client=sdk.with_options(api_key="wrong"))
    assert seen(raised.value) == (401, "Not authenticated", INVALID, None, None)
    looking = scripted.keys.create("looks", ["admin"])
    try:
        with pytest.raises(openai.PermissionDeniedError) as denied:
            ask(client=sdk.with_options(api_key=looking))
    finally:
        scripted.keys.revoke("looks")
    text = "The API key lacks the scope 'run'."
    assert seen(denied.value) == (403, text, INVALID, None, "insufficient_scope")


def test_a_body_that_is_too_large_is_413(ask: Any) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        ask("x" * 100_001)
    text = "The request body is larger than 100000 bytes."
    assert seen(raised.value) == (413, text, INVALID, None, "body_too_large")


def test_a_stream_that_fails_raises_after_what_was_said(ask: Any) -> None:
    stream = ask("[fail]", stream=True)
    assert next(stream).choices
    with pytest.raises(openai.APIError) as raised:
        list(stream)
    assert raised.value.message == "Internal server error"
    assert type(raised.value) is openai.APIError


def test_a_body_in_another_encoding_is_415(ask: Any) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        ask(extra_headers={"content-encoding": "br"})
    text = "The Content-Encoding 'br' is not supported."
    assert seen(raised.value) == (415, text, INVALID, None, "unsupported_encoding")
    assert raised.value.response.headers["accept-encoding"] == "gzip"


def test_addresses_and_methods_that_are_none_are_told_apart(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as nowhere:
        sdk.post("/nowhere", cast_to=object)
    assert seen(nowhere.value) == (404, "Not Found", INVALID, None, None)
    with pytest.raises(openai.APIStatusError) as wrong:
        sdk.get("/chat/completions", cast_to=object)
    assert seen(wrong.value) == (405, "Method Not Allowed", INVALID, None, None)
    assert wrong.value.response.headers["allow"] == "POST"


NATIVE: list[tuple[dict[str, Any], type[deepinfra.APIStatusError], int, str]] = [
    ({"temperature": 3}, deepinfra.APIStatusError, 422, "Input should be less than or equal to 2"),
    (
        {"truncate": 5},
        deepinfra.BadRequestError,
        400,
        "'truncate' is not supported by this server.",
    ),
    (
        {"max_new_tokens": 5000},
        deepinfra.BadRequestError,
        400,
        "max_new_tokens=5000 cannot be greater than max_model_len=max_total_tokens=4096. "
        "Please request fewer output tokens. (parameter=max_new_tokens, value=5000)",
    ),
    ({"input": LONG}, deepinfra.BadRequestError, 400, " exceeds maximum input length 4095"),
    (
        {"input": "x" * 100_001},
        deepinfra.ContentTooLargeError,
        413,
        "The request body is larger than 100000 bytes.",
    ),
    ({"input": "[fail first]"}, deepinfra.InternalServerError, 500, "Internal server error"),
]


@pytest.mark.parametrize(("fields", "kind", "status", "text"), NATIVE)
def test_deepinfras_own_package_raises_the_sentence(
    scripted: Running, backend: ScriptedBackend, fields: Any, kind: Any, status: int, text: str
) -> None:
    model = deepinfra.TextGeneration(f"{scripted.url}/v1/inference/{MODEL}", scripted.key)
    try:
        with pytest.raises(kind) as raised:
            model.generate({"input": "x", **fields})
    finally:
        model.client.close()
    assert type(raised.value) is kind
    assert raised.value.status_code == status
    assert text in raised.value.message
