"""Every error of ours, and what DeepInfra's doors say of it."""

from __future__ import annotations

from typing import Any

from understudy import errors as e

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
