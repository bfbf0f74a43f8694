"""Every error as DeepInfra words it.

The hosted service has had two shapes, ``{"detail": {"error": …}}`` and OpenAI's; a body here
is both at once, so clients of either age find their text. A body that fails the schema gets
FastAPI's 422, and beside it OpenAI's ``error``, without which OpenAI's package tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from understudy import errors as e
from understudy.dialects import deepinfra_refusals as own
from understudy.dialects.base import CallMeta, ErrorReply, Spelling
from understudy.dialects.body_schema import abridge

INVALID = "invalid_request_error"
RATE = "rate_limit_error"
SERVER = "server_error"

Value = Callable[[Any], str | None]


def _own(exc: Any) -> str:
    return str(abridge(str(exc)))


def _named(exc: Any) -> str:
    return f"Model not found: {abridge(exc.model)}"


def _too_long(exc: Any) -> str:
    return f"Requested input length {exc.input_tokens} exceeds maximum input length {exc.limit}"


def _overflow(exc: e.ContextOverflow, name: str) -> str:
    """``name`` is how the door calls ``max_tokens``."""
    if exc.max_tokens > exc.limit:
        return (
            f"{name}={exc.max_tokens} cannot be greater than "
            f"max_model_len=max_total_tokens={exc.limit}. Please request fewer output tokens. "
            f"(parameter={name}, value={exc.max_tokens})"
        )
    return (
        f"The input has {exc.input_tokens} tokens and {name} is {exc.max_tokens}; "
        f"together they exceed the context of {exc.limit}."
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """How one class is said. ``message`` and ``param`` are texts, or made from the exception."""

    status: int
    type: str = INVALID
    message: str | Value = _own
    code: str | None = None
    param: str | Value | None = None
    headers: Callable[[Any], dict[str, str]] = field(default=lambda exc: {})


def _retry(exc: Any) -> dict[str, str]:
    return {"Retry-After": str(getattr(exc, "retry_after", 1))}


def _allow(exc: Any) -> dict[str, str]:
    return {"Allow": ", ".join(exc.allowed)}


def _encodings(exc: Any) -> dict[str, str]:
    return {"Accept-Encoding": ", ".join(exc.accepted) or "identity"}


def _challenge(exc: Any) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"}


def _field(exc: Any) -> str:
    return str(abridge(exc.field))


_UNAUTHENTICATED = Wording(401, message="Not authenticated", headers=_challenge)
_INTERNAL = Wording(500, SERVER, "Internal server error")

# Looked up along the class's bases, so a class without a line is said as its parent.
WORDINGS: dict[type[e.UnderstudyError], Wording] = {
    e.UnderstudyError: _INTERNAL,
    e.RequestError: Wording(400),
    e.BodyTooLarge: Wording(413, code="body_too_large"),
    e.UnsupportedEncoding: Wording(415, code="unsupported_encoding", headers=_encodings),
    e.InvalidField: Wording(400, param=_field, code="invalid_value"),
    e.UnsupportedField: Wording(400, param=_field, code="unsupported_parameter"),
    e.UnknownAdapter: Wording(404, code="adapter_not_found"),
    e.TemplateRejected: Wording(400, param="messages", code="template_rejected"),
    e.PromptTooLong: Wording(400, message=_too_long, code="context_length_exceeded"),
    e.AuthError: _UNAUTHENTICATED,
    own.ScopedToken: Wording(401, headers=_challenge),
    e.MissingScope: Wording(403, code="insufficient_scope"),
    e.RouteError: Wording(404, message="Not Found"),
    own.NotServed: Wording(404, code="not_served"),
    e.WrongMethod: Wording(405, message="Method Not Allowed", headers=_allow),
    e.UnknownModel: Wording(404, message=_named, code="model_not_found", param="model"),
    own.UnknownDeployment: Wording(404, code="model_not_found", param="model"),
    own.UnknownVersion: Wording(404, code="model_not_found", param=_field),
    e.ModelNotDownloaded: Wording(404, code="model_not_downloaded", param="model"),
    e.ModelDoesNotFit: Wording(503, SERVER, code="model_does_not_fit", headers=_retry),
    e.ModelFolderInvalid: Wording(
        500, SERVER, "The model cannot be loaded", code="model_unavailable"
    ),
    e.CapacityError: Wording(
        429,
        RATE,
        "Rate limited: the server is busy, please try again",
        code="rate_limit_exceeded",
        headers=_retry,
    ),
    e.ServerDraining: Wording(503, SERVER, code="server_draining", headers=_retry),
    e.UpstreamUnavailable: Wording(503, SERVER, code="upstream_unavailable", headers=_retry),
    e.UpstreamFailed: Wording(502, SERVER, code="upstream_failed"),
    e.RequestTimeout: Wording(504, SERVER, code="timeout"),
    e.EngineClosed: Wording(
        503,
        SERVER,
        "The model was unloaded while it was answering",
        code="model_unloaded",
        headers=_retry,
    ),
}


def error_reply(
    exc: e.UnderstudyError, meta: CallMeta, spelling: Spelling = MappingProxyType({})
) -> ErrorReply:
    """``exc`` as DeepInfra would send it; for the OpenAI-compatible and the native routes."""
    match exc:
        case e.NotOffered():
            name = spelling.get(exc.part, exc.part)
            return _reply(Wording(400, code="unsupported_parameter", param=name), str(exc), exc)
        case e.InvalidInput():
            exc = e.InvalidField(spelling.get(exc.part, exc.part), str(exc))
        case e.ContextOverflow():
            name = getattr(exc, "field", spelling.get("max_tokens", "max_tokens"))
            return _reply(
                Wording(400, code="context_length_exceeded", param=name), _overflow(exc, name), exc
            )
        case e.PromptTooLong():
            wording = replace(WORDINGS[e.PromptTooLong], param=spelling.get("input", "input"))
            return _reply(wording, _too_long(exc), exc)
        case e.SchemaViolation() if exc.details:
            return _unprocessable(exc.details)
        case e.SchemaViolation():
            return _unprocessable([_entry("value_error", str(exc))])
        case e.MissingBody():
            return _unprocessable([_entry("missing", "Field required")])
        case e.MalformedBody() if not isinstance(exc, e.UnsupportedEncoding):
            why = {"ctx": {"error": _own(exc)}}
            return _unprocessable([_entry("json_invalid", "JSON decode error") | why])
    wording = next(WORDINGS[base] for base in type(exc).__mro__ if base in WORDINGS)
    message = wording.message if isinstance(wording.message, str) else wording.message(exc)
    return _reply(wording, message, exc)


def _reply(wording: Wording, message: str | None, exc: e.UnderstudyError) -> ErrorReply:
    error = {
        "message": message,
        "type": wording.type,
        "param": wording.param(exc) if callable(wording.param) else wording.param,
        "code": wording.code,
    }
    return ErrorReply(
        wording.status, {"error": error, "detail": {"error": message}}, wording.headers(exc)
    )


def _unprocessable(entries: Sequence[Mapping[str, Any]]) -> ErrorReply:
    """FastAPI's entries, and all of them as one sentence."""
    first = entries[0]
    error = {
        "message": "; ".join(map(_said, entries)),
        "type": INVALID,
        "param": _path(first) or None,
        "code": first["type"],
    }
    return ErrorReply(422, {"error": error, "detail": list(entries)})


def _entry(kind: str, text: str) -> dict[str, Any]:
    """An entry about the body as a whole."""
    return {"type": kind, "loc": ["body"], "msg": text, "input": None}


def _said(entry: Mapping[str, Any]) -> str:
    parts = [_path(entry), entry["msg"], entry.get("ctx", {}).get("error", "")]
    return ": ".join(filter(None, parts))


def _path(entry: Mapping[str, Any]) -> str:
    return ".".join(map(str, entry["loc"][1:]))
