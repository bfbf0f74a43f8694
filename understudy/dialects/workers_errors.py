"""How Workers AI says what went wrong: status, code, text and one of its two envelopes.

The API gateway in front (routing, authentication) and the AI service behind it spell their
envelopes differently, down to the order of keys; clients depend on both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from understudy import errors as e
from understudy.dialects.base import CallMeta, ErrorReply
from understudy.dialects.body_schema import abridge


@dataclass(frozen=True, slots=True)
class Fault:
    """One error in the service's terms. ``gateway`` picks the envelope of the API gateway."""

    status: int
    code: int
    text: str
    gateway: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[Mapping[str, Any], ...] = ()

    def message(self, meta: CallMeta) -> str:
        """The text as a client sees it: the AI service adds its prefix and the request id."""
        return self.text if self.gateway else f"AiError: {self.text} ({meta.request_id})"


class JsonModeUnmet(e.RequestError):
    """The answer ended before it was the JSON that was asked for."""

    def __init__(self) -> None:
        super().__init__("JSON Mode couldn't be met")


class ModelMissing(e.RequestError):
    """The body should name a model and does not."""

    def __init__(self) -> None:
        super().__init__("Model ID missing")


class UnservedTask(e.RequestError):
    """A task of the service's that this server has no models for."""

    def __init__(self, task: str) -> None:
        super().__init__(f"'{task}' is not served here; this server generates text")


def fault(exc: e.UnderstudyError) -> Fault:
    """Word ``exc`` as the service does. What is not a caller's business stays unsaid."""
    for kind in type(exc).__mro__:
        if kind in _WORDING:
            return _WORDING[kind](exc)
    return _INTERNAL


def envelope(exc: e.UnderstudyError, meta: CallMeta) -> ErrorReply:
    """The whole answer for ``exc``: status, body and headers."""
    this = fault(exc)
    message = this.message(meta)
    if this.gateway:
        entry: dict[str, Any] = {"code": this.code, "message": message}
        if this.chain:
            entry["error_chain"] = list(this.chain)
        gateway = {"result": None, "success": False, "errors": [entry], "messages": []}
        return ErrorReply(this.status, gateway, this.headers)
    body: dict[str, Any] = {
        "errors": [{"message": message, "code": this.code}],
        "success": False,
        "result": {},
        "messages": [],
    }
    return ErrorReply(this.status, body, {"cf-ai-req-id": meta.request_id, **this.headers})


# What both routes call parts of a request by another name.
_NAMES = {"choices": "n", "constraint": "response_format"}
_INTERNAL = Fault(500, 3043, "Internal server error")


def _bad_input(exc: e.UnderstudyError) -> Fault:
    return Fault(400, 5006, f"Bad input: Error: {abridge(str(exc))}")


def _violation(exc: e.SchemaViolation) -> Fault:
    """The validator's verdict, which the dialect has cut to a length of its own."""
    return Fault(400, 5006, f"Bad input: Error: {exc}")


def _bad_part(exc: e.InvalidInput) -> Fault:
    """The service has no field for a field's name, so it stands in the text."""
    where = "" if exc.part == "input" else f"'{_NAMES.get(exc.part, exc.part)}': "
    return Fault(400, 5006, f"Bad input: Error: {where}{abridge(str(exc))}")


def _no_adapter(exc: e.UnknownAdapter) -> Fault:
    named = abridge(exc.adapter)
    return Fault(404, 5033, f"Finetune not found: {named} does not exist or is not accessible")


def _incomplete_adapter(exc: e.AdapterIncomplete) -> Fault:
    return Fault(400, 3039, f"Finetune is missing required files ({' and '.join(exc.missing)})")


def _no_adapters(exc: e.AdaptersUnsupported) -> Fault:
    text = f"LoRA unsupported: The model {exc.model} does not support LoRA inference"
    return Fault(405, 5005, text)


def _too_long(exc: e.PromptTooLong) -> Fault:
    return Fault(
        413,
        5021,
        f"The estimated number of input tokens ({exc.input_tokens}) exceeded this model "
        f"context window limit for input ({exc.limit}).",
    )


def _overflow(exc: e.ContextOverflow) -> Fault:
    return Fault(
        413,
        5021,
        f"The estimated number of input and maximum output tokens "
        f"({exc.input_tokens + exc.max_tokens}) exceeded this model context window limit "
        f"({exc.limit}).",
    )


def _malformed_credentials(exc: e.MalformedCredentials) -> Fault:
    chain = {"code": 6111, "message": "Invalid format for Authorization header"}
    return Fault(400, 6003, "Invalid request headers", gateway=True, chain=(chain,))


def _no_credentials(exc: e.MissingCredentials) -> Fault:
    every = "X-Auth-Key, X-Auth-Email or Authorization headers"
    text = f"Missing {exc.name} header" if exc.name else f"Missing {every}"
    return Fault(400, 9106, text, gateway=True)


def _wrong_method(exc: e.WrongMethod) -> Fault:
    allow = {"Allow": ", ".join(exc.allowed)} if exc.allowed else {}
    text = f"{abridge(exc.method)} not supported for requested URI."
    return Fault(405, 7001, text, gateway=True, headers=allow)


def _unknown_account(exc: e.UnknownAccount) -> Fault:
    text = f"Could not route to {abridge(exc.path)}, perhaps your object identifier is invalid?"
    return Fault(404, 7003, text, gateway=True)


def _damaged(exc: e.ModelError) -> Fault:
    # The text of the exception names files of this machine.
    return Fault(500, 3043, f"{exc.model} cannot be loaded; the server's log says why.")


def _busy(exc: e.CapacityError) -> Fault:
    return Fault(429, 3040, str(exc), headers={"Retry-After": str(exc.retry_after)})


def _unavailable(exc: e.CapacityError) -> Fault:
    return Fault(503, 3040, str(exc), headers={"Retry-After": str(exc.retry_after)})


def _draining(exc: e.CapacityError) -> Fault:
    headers = {"Retry-After": str(exc.retry_after)}
    return Fault(503, 7009, "Upstream service unavailable", gateway=True, headers=headers)


# The nearest class in the error tree decides; a class without an entry is an internal error.
_WORDING: dict[type, Callable[[Any], Fault]] = {
    e.RequestError: _bad_input,
    # The service's documentation has the text; this code has been seen with it.
    JsonModeUnmet: lambda exc: Fault(400, 3040, str(exc)),
    ModelMissing: lambda exc: Fault(400, 7000, str(exc), gateway=True),
    UnservedTask: lambda exc: Fault(400, 5007, f"No such task: {exc}"),
    e.MalformedBody: lambda exc: Fault(400, 5006, f"Bad input: {abridge(str(exc))}"),
    e.MissingBody: lambda exc: Fault(400, 3003, "Request is missing headers or body: body"),
    e.BodyTooLarge: lambda exc: Fault(413, 3006, f"Request is too large: {exc}"),
    e.SchemaViolation: _violation,
    e.InvalidInput: _bad_part,
    e.UnknownAdapter: _no_adapter,
    e.AdapterIncomplete: _incomplete_adapter,
    e.AdapterInvalid: lambda exc: Fault(
        400, 3030, f"Lora not compatible with model: {abridge(str(exc))}"
    ),
    e.AdaptersUnsupported: _no_adapters,
    e.PromptTooLong: _too_long,
    e.ContextOverflow: _overflow,
    e.AuthError: lambda exc: Fault(401, 10000, "Authentication error", gateway=True),
    e.MissingCredentials: _no_credentials,
    e.MalformedCredentials: _malformed_credentials,
    e.RouteError: lambda exc: Fault(404, 7000, "No route for that URI", gateway=True),
    e.WrongMethod: _wrong_method,
    e.UnknownAccount: _unknown_account,
    e.ModelError: _damaged,
    e.UnknownModel: lambda exc: Fault(400, 5007, f"No such model {abridge(exc.model)} or task"),
    e.ModelNotDownloaded: lambda exc: Fault(404, 3042, str(exc)),
    e.ModelDoesNotFit: lambda exc: Fault(500, 3043, str(exc)),
    e.CapacityError: _busy,
    e.ServerDraining: _draining,
    e.UpstreamUnavailable: _unavailable,
    e.UpstreamFailed: lambda exc: Fault(502, 3043, str(exc)),
    e.RequestTimeout: lambda exc: Fault(408, 3007, f"Request timeout: {exc}"),
    e.AdapterNotStored: lambda exc: Fault(500, 3043, str(exc)),
    e.EngineClosed: lambda exc: Fault(408, 3008, f"Request was aborted: {exc}"),
}
