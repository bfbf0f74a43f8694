"""Every class of the error tree, as Workers AI words it: status, code, text, envelope."""

from __future__ import annotations

import json
from typing import Any

import pytest

from understudy import errors as e
from understudy.catalog.registry import Catalog
from understudy.dialects.base import CallMeta, Dialect
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat

META = CallMeta(request_id="9f4d0d9e-7a3c-4a6e-9d6a-000000000000", path="/p", method="PUT")
MODEL = "@cf/a/b"
ROUTE = "/client/v4/accounts/x/ai/run/m"
INTERNAL = "Internal server error"

# Class, an error of it, status, code, text. The AI service's texts are told without prefix and id.
AI: list[tuple[e.UnderstudyError, int, int, str]] = [
    (e.MalformedBody("Not JSON."), 400, 5006, "Bad input: Not JSON."),
    (
        e.UnsupportedEncoding("br"),
        400,
        5006,
        "Bad input: The Content-Encoding 'br' is not supported.",
    ),
    (e.MissingBody(), 400, 3003, "Request is missing headers or body: body"),
    (
        e.BodyTooLarge(10),
        413,
        3006,
        "Request is too large: The request body is larger than 10 bytes.",
    ),
    (e.SchemaViolation("oneOf at '/'"), 400, 5006, "Bad input: Error: oneOf at '/'"),
    (e.InvalidField("a", "'a' must be b."), 400, 5006, "Bad input: Error: 'a' must be b."),
    (e.InvalidInput("input", "It is empty."), 400, 5006, "Bad input: Error: It is empty."),
    (
        e.InvalidInput("stop_token_ids", "There is no token 9."),
        400,
        5006,
        "Bad input: Error: 'stop_token_ids': There is no token 9.",
    ),
    (
        e.UnsupportedField("tools"),
        400,
        5006,
        "Bad input: Error: 'tools' is not supported by this server.",
    ),
    (
        e.AdaptersUnsupported(MODEL),
        405,
        5005,
        "LoRA unsupported: The model @cf/a/b does not support LoRA inference",
    ),
    (
        e.InvalidInput("constraint", "There is no keyword 'not'."),
        400,
        5006,
        "Bad input: Error: 'response_format': There is no keyword 'not'.",
    ),
    (
        e.UnknownAdapter("x"),
        404,
        5033,
        "Finetune not found: x does not exist or is not accessible",
    ),
    (
        e.AdapterIncomplete("x", ["a.json", "b.bin"]),
        400,
        3039,
        "Finetune is missing required files (a.json and b.bin)",
    ),
    (e.AdapterInvalid("Rank 65."), 400, 3030, "Lora not compatible with model: Rank 65."),
    (
        e.TemplateRejected("Roles must alternate."),
        400,
        5006,
        "Bad input: Error: Roles must alternate.",
    ),
    (
        e.PromptTooLong(2600, 2500),
        413,
        5021,
        "The estimated number of input tokens (2600) exceeded this model context window limit "
        "for input (2500).",
    ),
    (
        e.ContextOverflow(8000, 810, 8192),
        413,
        5021,
        "The estimated number of input and maximum output tokens (8810) exceeded this model "
        "context window limit (8192).",
    ),
    (e.UnknownModel(MODEL), 400, 5007, "No such model @cf/a/b or task"),
    (
        e.ModelNotDownloaded(MODEL),
        404,
        3042,
        "@cf/a/b is not downloaded. Get it with: understudy pull @cf/a/b (or start the server "
        "with --stand-in).",
    ),
    (
        e.ModelDoesNotFit(MODEL, 3 * 10**9, 10**9),
        500,
        3043,
        "@cf/a/b needs 3.0 GB of memory; 1.0 GB are left of the server's budget.",
    ),
    (
        e.ModelFolderInvalid(MODEL, "/root/secret/config.json is missing"),
        500,
        3043,
        "@cf/a/b cannot be loaded; the server's log says why.",
    ),
    (e.ServerBusy(7), 429, 3040, "Capacity temporarily exceeded, please try again."),
    (
        e.RequestTimeout(600),
        408,
        3007,
        "Request timeout: The request took longer than 600 seconds.",
    ),
    (e.StepFailed("Segment 7 of /root/secret"), 500, 3043, INTERNAL),
    (e.FunctionNotRun(), 500, 3043, INTERNAL),
    (
        e.AdapterNotStored("No space left on device"),
        500,
        3043,
        "The finetune could not be stored: No space left on device.",
    ),
    (
        e.EngineClosed(),
        408,
        3008,
        "Request was aborted: The model was unloaded while it was answering.",
    ),
    (e.UpstreamUnavailable("It takes no calls now."), 503, 3040, "It takes no calls now."),
    (e.UpstreamFailed("It broke off."), 502, 3043, "It broke off."),
    (e.UpstreamRefused("Too long."), 400, 5006, "Bad input: Error: Too long."),
    (
        e.NotOffered("top_k", "top-k sampling"),
        400,
        5006,
        "Bad input: Error: 'top_k': The server that computes this model does not offer "
        "top-k sampling.",
    ),
    (e.GenerationError("secret"), 500, 3043, INTERNAL),
    (e.UnderstudyError("secret"), 500, 3043, INTERNAL),
    (e.RequestError("Say it otherwise."), 400, 5006, "Bad input: Error: Say it otherwise."),
    (
        e.ModelError(MODEL, "secret"),
        500,
        3043,
        "@cf/a/b cannot be loaded; the server's log says why.",
    ),
    (e.CapacityError("Later."), 429, 3040, "Later."),
    (e.ConfigError("secret"), 500, 3043, INTERNAL),
    (e.PullError("secret"), 500, 3043, INTERNAL),
    (e.HubUnavailable("secret"), 500, 3043, INTERNAL),
    (e.ChecksumMismatch("secret"), 500, 3043, INTERNAL),
    (e.DiskTooSmall(2, 1, "/root/secret"), 500, 3043, INTERNAL),
]
GATEWAY: list[tuple[e.UnderstudyError, int, int, str]] = [
    (
        e.MissingCredentials(),
        400,
        9106,
        "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
    ),
    (e.MissingCredentials("X-Auth-Email"), 400, 9106, "Missing X-Auth-Email header"),
    (e.MalformedCredentials(), 400, 6003, "Invalid request headers"),
    (e.BadCredentials(), 401, 10000, "Authentication error"),
    (e.MissingScope("admin"), 401, 10000, "Authentication error"),
    (e.AuthError("secret"), 401, 10000, "Authentication error"),
    (e.NotLocal("secret"), 401, 10000, "Authentication error"),
    (e.NoSuchRoute("/secret"), 404, 7000, "No route for that URI"),
    (e.RouteError("secret"), 404, 7000, "No route for that URI"),
    (e.WrongMethod("GET", "/p", ["POST"]), 405, 7001, "GET not supported for requested URI."),
    (
        e.UnknownAccount("x", ROUTE),
        404,
        7003,
        f"Could not route to {ROUTE}, perhaps your object identifier is invalid?",
    ),
    (e.ServerDraining(), 503, 7009, "Upstream service unavailable"),
]
HEADERS: list[tuple[e.UnderstudyError, dict[str, str]]] = [
    (e.ServerBusy(7), {"Retry-After": "7", "cf-ai-req-id": META.request_id}),
    (e.UpstreamUnavailable("No.", 9), {"Retry-After": "9", "cf-ai-req-id": META.request_id}),
    (e.ServerDraining(), {"Retry-After": "5"}),
    (e.WrongMethod("GET", "/p", ["POST", "PUT"]), {"Allow": "POST, PUT"}),
    (e.BadCredentials(), {}),
    (e.SchemaViolation("a"), {"cf-ai-req-id": META.request_id}),
]


def _kind(value: Any) -> str:
    return type(value).__name__


def _name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Exception) else ""


@pytest.mark.parametrize(("exc", "status", "code", "text"), AI, ids=_name)
def test_the_ai_service_names_itself_and_the_request(
    exc: e.UnderstudyError, status: int, code: int, text: str
) -> None:
    reply = WorkersAI().error(exc, META)
    message = f"AiError: {text} ({META.request_id})"
    assert reply.status == status
    assert json.dumps(reply.body) == json.dumps(
        {
            "errors": [{"message": message, "code": code}],
            "success": False,
            "result": {},
            "messages": [],
        }
    )


@pytest.mark.parametrize(("exc", "status", "code", "text"), GATEWAY, ids=_name)
def test_the_gateway_has_an_envelope_of_its_own(
    exc: e.UnderstudyError, status: int, code: int, text: str
) -> None:
    reply = WorkersAI().error(exc, META)
    entry: dict[str, Any] = {"code": code, "message": text}
    if code == 6003:
        chain = {"code": 6111, "message": "Invalid format for Authorization header"}
        entry["error_chain"] = [chain]
    assert reply.status == status
    assert json.dumps(reply.body) == json.dumps(
        {"result": None, "success": False, "errors": [entry], "messages": []}
    )


@pytest.mark.parametrize(("exc", "headers"), HEADERS, ids=_name)
def test_headers_say_when_to_come_back_and_what_is_allowed(
    exc: e.UnderstudyError, headers: dict[str, str]
) -> None:
    assert dict(WorkersAI().error(exc, META).headers) == headers


def test_every_class_of_the_error_tree_is_in_one_of_the_tables() -> None:
    def tree(kind: type[e.UnderstudyError]) -> set[type[e.UnderstudyError]]:
        return {kind}.union(*(tree(sub) for sub in kind.__subclasses__()))

    ours = {kind for kind in tree(e.UnderstudyError) if kind.__module__ == e.__name__}
    assert ours == {type(row[0]) for row in [*AI, *GATEWAY]}


@pytest.mark.parametrize("exc", [row[0] for row in [*AI, *GATEWAY]], ids=_name)
def test_what_only_the_owner_may_know_stays_unsaid(exc: e.UnderstudyError) -> None:
    assert "secret" not in json.dumps(WorkersAI().error(exc, META).body)


@pytest.mark.parametrize(("exc", "status", "code", "text"), [*AI, *GATEWAY], ids=_name)
def test_chat_adds_the_error_that_openai_clients_read(
    exc: e.UnderstudyError, status: int, code: int, text: str
) -> None:
    native, chat = WorkersAI().error(exc, META), WorkersChat().error(exc, META)
    body = dict(chat.body)
    error = body.pop("error")
    assert (chat.status, chat.headers, body) == (native.status, native.headers, native.body)
    assert error["message"] == native.body["errors"][0]["message"]
    assert error["code"] == str(code)
    part = getattr(exc, "part", None)
    names = {"input": "messages", "constraint": "response_format"}
    assert error["param"] == names.get(str(part), getattr(exc, "field", part))
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    usual = "server_error" if status >= 500 else "invalid_request_error"
    assert error["type"] == kinds.get(status, usual)


@pytest.mark.parametrize(("exc", "code"), [(row[0], row[2]) for row in [*AI, *GATEWAY]], ids=_name)
def test_a_failing_stream_ends_with_the_error_and_without_done(
    exc: e.UnderstudyError, code: int
) -> None:
    card = next(iter(Catalog.load()))
    reply = WorkersAI().parse({"prompt": "a", "stream": True}, card).reply(META)
    frame = json.loads(reply.failure(exc).decode().removeprefix("data: ").removesuffix("\n\n"))
    message = WorkersAI().error(exc, META).body["errors"][0]["message"]
    assert frame == {"response": "", "error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    "exc",
    [
        e.UnknownModel("m" * 200_000),
        e.InvalidField("f" * 200_000, "x" * 200_000),
        e.InvalidInput("input", "x" * 200_000),
        e.UnsupportedField("f" * 200_000),
        e.TemplateRejected("x" * 200_000),
        e.MalformedBody("x" * 200_000),
        e.UnknownAccount("a" * 200_000, "/" * 200_000),
        e.WrongMethod("M" * 200_000, "/p"),
    ],
    ids=_name,
)
@pytest.mark.parametrize("dialect", [WorkersAI(), WorkersChat()], ids=_kind)
def test_what_a_caller_sent_is_cut_before_it_is_sent_back(
    dialect: Dialect, exc: e.UnderstudyError
) -> None:
    assert len(json.dumps(dialect.error(exc, META).body)) < 3000
