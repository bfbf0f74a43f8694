"""OpenAI's chat as Workers AI serves it: ``POST …/accounts/{id}/ai/v1/chat/completions``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.base import Call, CallMeta, ErrorReply
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_service import OpenAIService
from understudy.dialects.workers_ai import input_defaults
from understudy.dialects.workers_errors import envelope, fault
from understudy.dialects.workers_fields import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_TEMPERATURE,
    refuse_busy_option,
)
from understudy.errors import InvalidField, UnderstudyError, UnsupportedField
from understudy.request import TokenLimits

# OpenAI's words for what a status means; anything else a caller can mend is a bad request.
_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


class WorkersChat:
    """OpenAI's requests and answers, with the limits, defaults and errors of Workers AI."""

    def __init__(self) -> None:
        self._chat = OpenAIChat(OpenAIService(hybrid_error, _limits, answer_id=_answer_id))

    def model_name(self, body: Any) -> str:
        return self._chat.model_name(body)

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises SchemaViolation, InvalidField and UnsupportedField."""
        call = self._chat.parse(body, card)
        refuse_busy_option(body)
        if body.get("temperature") is not None:
            return call
        temperature = float(_defaults(card).get("temperature", DEFAULT_TEMPERATURE))
        sampling = replace(call.request.sampling, temperature=temperature)
        return replace(call, request=replace(call.request, sampling=sampling))

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return hybrid_error(exc, meta)


def hybrid_error(exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
    """The service's envelope, and beside it the ``error`` object that OpenAI's clients read.

    The hosted service sends the envelope alone, of which those clients can make nothing.
    """
    reply = envelope(exc, meta)
    this = fault(exc)
    error = {
        "message": this.message(meta),
        "type": _type(reply.status),
        "param": exc.field if isinstance(exc, InvalidField | UnsupportedField) else None,
        "code": str(this.code),
    }
    return replace(reply, body={**reply.body, "error": error})


def _type(status: int) -> str:
    return _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")


def _defaults(card: ModelCard) -> dict[str, Any]:
    return input_defaults(card.input_schema).get("messages", {})


def _limits(card: ModelCard) -> TokenLimits:
    output = int(_defaults(card).get("max_tokens", DEFAULT_MAX_TOKENS))
    return TokenLimits(context=card.context_limit, input=card.input_limit, output=output)


def _answer_id(prefix: str, meta: CallMeta) -> str:
    """``id-<epoch ms>`` on the service; the request id in its place finds the answer in the log."""
    return f"id-{meta.request_id}"
