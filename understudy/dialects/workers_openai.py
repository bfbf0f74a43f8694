"""What Workers AI's OpenAI-compatible routes share: its ranges, limits, defaults and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

from understudy.catalog.card import ModelCard
from understudy.dialects.base import Call, CallMeta, Dialect, ErrorReply, Spelling
from understudy.dialects.body_schema import Integer, abridge
from understudy.dialects.cabidela import Validator
from understudy.dialects.openai_schema import SamplingBody
from understudy.dialects.openai_service import OpenAIService
from understudy.dialects.workers_ai import input_defaults, properties_for
from understudy.dialects.workers_errors import envelope, fault
from understudy.dialects.workers_fields import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_TEMPERATURE,
    adapter,
    rejects_when_busy,
)
from understudy.dialects.workers_reply import answer_headers
from understudy.errors import (
    InvalidField,
    InvalidInput,
    SchemaViolation,
    UnderstudyError,
    UnsupportedField,
)
from understudy.request import SamplingParams, TokenLimits

# OpenAI's words for what a status means; anything else a caller can mend is a bad request.
_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}

# Where a card's schema says nothing: OpenAI's ranges, and for what OpenAI does not have, the
# native route's.
_RANGES: Mapping[str, Mapping[str, Any]] = {
    "temperature": {"type": "number", "minimum": 0, "maximum": 2},
    "top_p": {"type": "number", "minimum": 0, "maximum": 1},
    "top_k": {"type": "number", "minimum": 0},
    "min_p": {"type": "number", "minimum": 0, "maximum": 1},
    "repetition_penalty": {"type": "number", "minimum": 0, "maximum": 2},
    "frequency_penalty": {"type": "number", "minimum": -2, "maximum": 2},
    "presence_penalty": {"type": "number", "minimum": -2, "maximum": 2},
    "seed": {"type": "number", "minimum": -(2**63), "exclusiveMaximum": 2**64},
}


class WorkersSampling(SamplingBody):
    """Types alone: ranges are the card's."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: Integer | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: Integer | None = None

    def sampling(
        self,
        max_tokens: int | None,
        temperature: float = 1.0,
        top_p: float = 1.0,
    ) -> SamplingParams:
        """As on the native route, ``top_p`` above 1 and ``repetition_penalty`` 0 are off."""
        asked = super().sampling(max_tokens, temperature, top_p)
        return replace(
            asked,
            top_p=min(asked.top_p, 1.0),
            repetition_penalty=asked.repetition_penalty or 1.0,
        )


class Door(Dialect, Protocol):
    """A dialect whose bodies name the model; see ``OpenAIChat`` and ``OpenAICompletions``."""

    def model_name(self, body: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class _Ranges:
    """A card's ranges, compiled, by field."""

    source: Mapping[str, Any]
    validators: Mapping[str, Validator]


class WorkersOpenAI:
    """A door of OpenAI's as Workers AI keeps it. ``form`` is the field whose alternative of a
    card's schema states the ranges and defaults."""

    def __init__(self, door: Door, form: str) -> None:
        self._door = door
        self._form = form
        self._ranges: dict[str, _Ranges] = {}

    def model_name(self, body: Any) -> str:
        return self._door.model_name(body)

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises SchemaViolation, PromptTooLong, InvalidField and UnsupportedField."""
        call = self._door.parse(_without_adapter(body), card)
        self._refuse_out_of_range(body, card)
        sampling = call.request.sampling
        if body.get("temperature") is None:
            stated = input_defaults(card.input_schema).get(self._form, {})
            temperature = float(stated.get("temperature", DEFAULT_TEMPERATURE))
            sampling = replace(sampling, temperature=temperature)
        request = replace(
            call.request,
            sampling=sampling,
            wait=not rejects_when_busy(body),
            adapter=adapter(body),
        )
        return replace(call, request=request)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return self._door.error(exc, meta)

    def _refuse_out_of_range(self, body: Mapping[str, Any], card: ModelCard) -> None:
        for field, validator in self._validators(card).items():
            value = body.get(field)
            if value is not None and (problem := validator.verdict({field: value})):
                raise InvalidField(field, problem)

    def _validators(self, card: ModelCard) -> Mapping[str, Validator]:
        known = self._ranges.get(card.name)
        if known is None or known.source is not card.input_schema:
            stated = properties_for(card.input_schema, self._form)
            known = _Ranges(
                card.input_schema,
                {
                    field: Validator({"properties": {field: stated.get(field, plain)}})
                    for field, plain in _RANGES.items()
                },
            )
            self._ranges[card.name] = known
        return known.validators


def _without_adapter(body: Any) -> Any:
    """``body`` without the one wish that OpenAI's own doors do not grant."""
    if not isinstance(body, dict):
        return body
    return {field: value for field, value in body.items() if field != "lora"}


def hybrid_error(
    exc: UnderstudyError, meta: CallMeta, spelling: Spelling = MappingProxyType({})
) -> ErrorReply:
    """The service's envelope, and beside it the ``error`` object that OpenAI's clients read.

    The hosted service sends the envelope alone, of which those clients can make nothing.
    """
    param = _param(exc, spelling)
    if isinstance(exc, SchemaViolation) and exc.details:
        exc = SchemaViolation(_every_entry(exc))
    reply = envelope(exc, meta)
    this = fault(exc)
    error = {
        "message": this.message(meta),
        "type": _type(reply.status),
        "param": param,
        "code": str(this.code),
    }
    return replace(reply, body={**reply.body, "error": error})


def _param(exc: UnderstudyError, spelling: Spelling) -> str | None:
    match exc:
        case InvalidField(field=field) | UnsupportedField(field=field):
            return str(abridge(field))
        case InvalidInput(part=part):
            return spelling.get(part, part)
        case SchemaViolation(details=[first, *_]):
            return _path(first) or None
    return None


def _every_entry(exc: SchemaViolation) -> str:
    """FastAPI's entries in one line, in the words of the service for what is missing."""
    missing = [str(entry["loc"][1]) for entry in exc.details if _is_missing(entry)]
    said = [f"required properties at '/' are '{','.join(missing)}'"] if missing else []
    said += [f"{_path(e) or 'body'}: {e['msg']}" for e in exc.details if not _is_missing(e)]
    return ", ".join(said)


def _is_missing(entry: Any) -> bool:
    return entry["type"] == "missing" and len(entry["loc"]) == 2


def _path(entry: Any) -> str:
    return ".".join(map(str, entry["loc"][1:]))


def _type(status: int) -> str:
    return _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")


def _limits(card: ModelCard) -> TokenLimits:
    output = int(card.default("max_tokens") or DEFAULT_MAX_TOKENS)
    return TokenLimits(context=card.context_limit, input=card.input_limit, output=output)


def _answer_id(prefix: str, meta: CallMeta) -> str:
    """``id-<epoch ms>`` on the service; the request id in its place finds the answer in the log."""
    return f"id-{meta.request_id}"


SERVICE = OpenAIService(hybrid_error, _limits, answer_id=_answer_id, headers=answer_headers)
