"""What Cloudflare's runtime says behind ``env.AI``: the inputs in an object, the answer bare.

The runtime's own class reads these answers, so what it compares literally is kept literally:
``content-type`` is ``application/json`` and nothing more, an error names its ``internalCode``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Answer
from understudy.dialects.base import Call, CallMeta, Dialect, ErrorReply, Reply
from understudy.dialects.wishes import Wishes, refuse_wishes
from understudy.dialects.workers_errors import Fault, fault
from understudy.errors import AuthError, InvalidField, SchemaViolation, UnderstudyError
from understudy.events import Event

MODEL_HEADER = "cf-consn-model-id"

_VERSION = "3"
_OPTIONS: Wishes = {"queueRequest": (False,), "websocket": (False,)}
"""Options of ``env.AI.run`` that ask for another way of serving."""

_FORBIDDEN = 1031


class Bare(Reply, Protocol):
    """A native reply, which also knows its answer without the envelope."""

    def result(self, answer: Answer) -> bytes: ...

    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class BareReply:
    """A native reply whose body has no envelope. Its streams are those of the REST API."""

    native: Bare

    def frames(self, events: Iterable[Event]) -> bytes:
        return self.native.frames(events)

    def end(self) -> bytes:
        return self.native.end()

    def failure(self, exc: UnderstudyError) -> bytes:
        return self.native.failure(exc)

    def body(self, answer: Answer) -> bytes:
        return self.native.result(answer)

    def headers(self) -> Mapping[str, str]:
        return self.native.headers()


class WorkersBinding:
    """Takes ``{"inputs", "options"}`` apart and leaves the inputs to the native dialect."""

    def __init__(self, native: Dialect) -> None:
        self._native = native

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises what the native dialect raises of the inputs, and the like of the options.

        ``gateway``, ``tags`` and ``returnRawResponse`` change nothing of an answer, and pass.
        """
        if not isinstance(body, dict) or "inputs" not in body:
            raise SchemaViolation("required properties at '/' are 'inputs'")
        call = self._native.parse(_with_options(body["inputs"], _options(body)), card)

        def reply(meta: CallMeta) -> Reply:
            native: Any = call.reply(meta)
            return BareReply(native)

        return replace(call, reply=reply)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        """``internalCode`` is for ``run``; every other method of the binding reads ``errors``."""
        this = fault(exc)
        if isinstance(exc, AuthError):
            this = Fault(403, _FORBIDDEN, f"Forbidden: {exc}")
        message = f"AiError: {this.text}"
        body = {
            "internalCode": this.code,
            "httpCode": this.status,
            "name": "AiError",
            "message": message,
            "description": this.text.removeprefix("Bad input: "),
            "requestId": meta.request_id,
            "errors": [{"message": message, "code": this.code}],
            "success": False,
        }
        return ErrorReply(this.status, body, {"cf-ai-req-id": meta.request_id, **this.headers})


def check_query(query: Mapping[str, str]) -> None:
    """Refuse what the runtime asks for in the query string and no text model can give.

    Raises InvalidField.
    """
    if "userInputs" in query:
        raise InvalidField("inputs", "A text model takes no stream or form as its input.")
    if query.get("version") != _VERSION:
        raise InvalidField("version", f"Only version {_VERSION} of the binding is spoken here.")


def model_name(headers: Mapping[str, str]) -> str:
    """The model that ``env.AI.run`` was called with. Raises InvalidField."""
    name = headers.get(MODEL_HEADER)
    if not name:
        raise InvalidField(MODEL_HEADER, f"The header '{MODEL_HEADER}' does not name a model.")
    return name


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises InvalidField and UnsupportedField."""
    options = body.get("options")
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise InvalidField("options", "'options' must be an object.")
    refuse_wishes(options, _OPTIONS, "options.")
    return options


def _with_options(inputs: Any, options: Mapping[str, Any]) -> Any:
    """The REST API knows one of the options, as a part of its body."""
    if isinstance(inputs, dict) and options.get("rejectIfBusy") is not None:
        return {**inputs, "options": {"rejectIfBusy": options["rejectIfBusy"]}}
    return inputs
