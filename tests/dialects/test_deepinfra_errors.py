"""Every error that can happen, at each DeepInfra door: one table, whole and in a stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import deepinfra
import openai
import pytest

from tests.dialects.openai_wire import DIALECTS, META, MODEL, parse
from understudy import errors as e
from understudy.dialects.base import ErrorReply
from understudy.dialects.sse import to_json

BUSY = "Rate limited: the server is busy, please try again"
RETRY = {"Retry-After": "1"}
CHALLENGE = {"WWW-Authenticate": "Bearer"}
INVALID, SERVER = "invalid_request_error", "server_error"
TOO_LONG = "Requested input length 99009 exceeds maximum input length 8192"
TOO_MANY = (
    "{0}=131072 cannot be greater than max_model_len=max_total_tokens=28672. "
    "Please request fewer output tokens. (parameter={0}, value=131072)"
)
OVERFLOW = "The input has 90 tokens and {} is 20; together they exceed the context of 100."

# error, status, type, code, param, message, headers
TABLE: list[tuple[e.UnderstudyError, int, str, str | None, str | None, str, dict[str, str]]] = [
    (e.UnderstudyError("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.RequestError("No."), 400, INVALID, None, None, "No.", {}),
    (
        e.BodyTooLarge(10),
        413,
        INVALID,
        "body_too_large",
        None,
        "The request body is larger than 10 bytes.",
        {},
    ),
    (
        e.UnsupportedEncoding("br", ["gzip", "x"]),
        415,
        INVALID,
        "unsupported_encoding",
        None,
        "The Content-Encoding 'br' is not supported.",
        {"Accept-Encoding": "gzip, x"},
    ),
    (e.InvalidField("prompt", "No."), 400, INVALID, "invalid_value", "prompt", "No.", {}),
    (
        e.UnsupportedField("echo"),
        400,
        INVALID,
        "unsupported_parameter",
        "echo",
        "'echo' is not supported by this server.",
        {},
    ),
    (
        e.UnknownAdapter("x"),
        404,
        INVALID,
        "adapter_not_found",
        None,
        "The model has no adapter 'x'.",
        {},
    ),
    (
        e.AdapterIncomplete("x", ["a.json", "b.bin"]),
        400,
        INVALID,
        None,
        None,
        "The adapter 'x' still lacks a.json and b.bin.",
        {},
    ),
    (e.AdapterInvalid("Rank 65."), 400, INVALID, None, None, "Rank 65.", {}),
    (
        e.AdaptersUnsupported("m/x"),
        400,
        INVALID,
        None,
        None,
        "The model m/x does not support LoRA inference.",
        {},
    ),
    (e.TemplateRejected("No."), 400, INVALID, "template_rejected", "messages", "No.", {}),
    (e.AuthError(), 401, INVALID, None, None, "Not authenticated", CHALLENGE),
    (e.MissingCredentials(), 401, INVALID, None, None, "Not authenticated", CHALLENGE),
    (e.MalformedCredentials(), 401, INVALID, None, None, "Not authenticated", CHALLENGE),
    (e.BadCredentials(), 401, INVALID, None, None, "Not authenticated", CHALLENGE),
    (e.NotLocal("a secret"), 401, INVALID, None, None, "Not authenticated", CHALLENGE),
    (
        e.MissingScope("admin"),
        403,
        INVALID,
        "insufficient_scope",
        None,
        "The API key lacks the scope 'admin'.",
        {},
    ),
    (e.RouteError(), 404, INVALID, None, None, "Not Found", {}),
    (e.NoSuchRoute("/v1/x"), 404, INVALID, None, None, "Not Found", {}),
    (e.UnknownAccount("a", "/x"), 404, INVALID, None, None, "Not Found", {}),
    (
        e.WrongMethod("PUT", "/v1/x", ["GET", "POST"]),
        405,
        INVALID,
        None,
        None,
        "Method Not Allowed",
        {"Allow": "GET, POST"},
    ),
    (e.ModelError("m", "a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.UnknownModel("m/x"), 404, INVALID, "model_not_found", "model", "Model not found: m/x", {}),
    (
        e.ModelNotDownloaded("m/x"),
        404,
        INVALID,
        "model_not_downloaded",
        "model",
        str(e.ModelNotDownloaded("m/x")),
        {},
    ),
    (
        e.ModelDoesNotFit("m/x", 2 * 10**9, 10**9),
        503,
        SERVER,
        "model_does_not_fit",
        None,
        "m/x needs 2.0 GB of memory; 1.0 GB are left of the server's budget.",
        RETRY,
    ),
    (
        e.ModelFolderInvalid("m/x", "/home/secret/model.safetensors is damaged"),
        500,
        SERVER,
        "model_unavailable",
        None,
        "The model cannot be loaded",
        {},
    ),
    (
        e.CapacityError("", 7),
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        None,
        BUSY,
        {"Retry-After": "7"},
    ),
    (
        e.ServerBusy(3),
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        None,
        BUSY,
        {"Retry-After": "3"},
    ),
    (
        e.ServerDraining(),
        503,
        SERVER,
        "server_draining",
        None,
        "The server is shutting down.",
        {"Retry-After": "5"},
    ),
    (
        e.UpstreamUnavailable("It takes no calls now.", 9),
        503,
        SERVER,
        "upstream_unavailable",
        None,
        "It takes no calls now.",
        {"Retry-After": "9"},
    ),
    (e.UpstreamFailed("It broke off."), 502, SERVER, "upstream_failed", None, "It broke off.", {}),
    (e.UpstreamRefused("Too long."), 400, INVALID, None, None, "Too long.", {}),
    (e.GenerationError("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (
        e.RequestTimeout(600),
        504,
        SERVER,
        "timeout",
        None,
        "The request took longer than 600 seconds.",
        {},
    ),
    (e.StepFailed("tensor shapes"), 500, SERVER, None, None, "Internal server error", {}),
    (e.FunctionNotRun(), 500, SERVER, None, None, "Internal server error", {}),
    (
        e.EngineClosed(),
        503,
        SERVER,
        "model_unloaded",
        None,
        "The model was unloaded while it was answering",
        RETRY,
    ),
    (e.AdapterNotStored("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.ConfigError("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.PullError("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.HubUnavailable("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.ChecksumMismatch("a secret"), 500, SERVER, None, None, "Internal server error", {}),
    (e.DiskTooSmall(2, 1, "/home/secret"), 500, SERVER, None, None, "Internal server error", {}),
]
# How each door calls the parts of a request that the rooms below complain about.
NAMES = {
    "openai_completions": {"input": "prompt"},
    "openai_chat": {"input": "messages"},
    "deepinfra_native": {"max_tokens": "max_new_tokens"},
}
MANY: list[dict[str, Any]] = [
    {"type": "less_than_equal", "loc": ["body", "n"], "msg": "At most 4", "ctx": {"le": 4}},
    {"type": "missing", "loc": ["body", "messages", 0, "role"], "msg": "Field required"},
]
# error, FastAPI's entries, and the sentence, param and code of the ``error`` beside them
FASTAPI: list[tuple[e.UnderstudyError, list[dict[str, Any]], str, str | None, str]] = [
    (
        e.MalformedBody("Expecting value"),
        [
            {
                "type": "json_invalid",
                "loc": ["body"],
                "msg": "JSON decode error",
                "input": None,
                "ctx": {"error": "Expecting value"},
            }
        ],
        "JSON decode error: Expecting value",
        None,
        "json_invalid",
    ),
    (
        e.MissingBody(),
        [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}],
        "Field required",
        None,
        "missing",
    ),
    (
        e.SchemaViolation("no", MANY),
        MANY,
        "n: At most 4; messages.0.role: Field required",
        "n",
        "less_than_equal",
    ),
    (
        e.SchemaViolation("no"),
        [{"type": "value_error", "loc": ["body"], "msg": "no", "input": None}],
        "no",
        None,
        "value_error",
    ),
]


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


class Failing(ThreadingHTTPServer):
    """Answers every POST with ``reply``."""

    reply: ErrorReply

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert isinstance(self.server, Failing)
            reply = self.server.reply
            self.rfile.read(int(self.headers["content-length"]))
            body = to_json(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Failing.Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture(scope="module")
def failing() -> Iterator[Failing]:
    with Failing() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chat(failing: Failing) -> Iterator[Any]:
    with openai.OpenAI(api_key="k", base_url=failing.url, max_retries=0) as client:
        yield client.chat.completions


@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row[0]).__name__)
def test_openais_sdk_finds_message_code_and_param(failing: Failing, chat: Any, row: Any) -> None:
    exc, status, kind, code, param, message, _ = row
    failing.reply = DIALECTS["openai_chat"].error(exc, META)
    with pytest.raises(openai.APIStatusError) as raised:
        chat.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
    seen = raised.value
    assert message in seen.message
    assert (seen.status_code, seen.type, seen.code, seen.param) == (status, kind, code, param)


@pytest.mark.parametrize("row", FASTAPI, ids=lambda row: type(row[0]).__name__)
def test_openais_sdk_finds_the_sentence_of_a_violation(
    failing: Failing, chat: Any, row: Any
) -> None:
    exc, _, message, param, code = row
    failing.reply = DIALECTS["openai_chat"].error(exc, META)
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        chat.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
    assert message in raised.value.message
    assert (raised.value.param, raised.value.code) == (param, code)


SDK_CLASSES = [
    (e.BadCredentials(), deepinfra.AuthenticationError, "Not authenticated"),
    (e.MissingScope("run"), deepinfra.PermissionDeniedError, "lacks the scope"),
    (e.UnknownModel(MODEL), deepinfra.NotFoundError, f"Model not found: {MODEL}"),
    (e.PromptTooLong(99009, 8192), deepinfra.BadRequestError, TOO_LONG),
    (e.SchemaViolation("no", MANY), deepinfra.APIStatusError, "n: At most 4; messages.0.role: "),
    (e.BodyTooLarge(9), deepinfra.ContentTooLargeError, "larger than 9 bytes"),
    (e.ServerBusy(), deepinfra.RateLimitError, BUSY),
    (e.ServerDraining(), deepinfra.CapacityError, "shutting down"),
    (e.StepFailed("x"), deepinfra.InternalServerError, "Internal server error"),
]


@pytest.mark.parametrize(("exc", "kind", "text"), SDK_CLASSES)
def test_deepinfras_sdk_raises_its_own_class(
    failing: Failing, exc: e.UnderstudyError, kind: type[Exception], text: str
) -> None:
    failing.reply = DIALECTS["deepinfra_native"].error(exc, META)
    model = deepinfra.TextGeneration(f"{failing.url}/inference/{MODEL}", "k")
    with pytest.raises(kind, match=re.escape(text)):
        model.generate({"input": "x"})
    model.client.close()


def test_a_huge_or_broken_name_is_cut_before_it_is_sent_back() -> None:
    for exc in (
        e.UnknownModel("m" * 10**6),
        e.UnsupportedField("f" * 10**6),
        e.UnknownModel("\ud83c"),
    ):
        sent = to_json(DIALECTS["openai_chat"].error(exc, META).body)
        assert len(sent) < 2000
        sent.decode()
