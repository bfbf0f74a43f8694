"""The native Workers AI dialect: ``POST /client/v4/accounts/{id}/ai/run/{model}``.

A body passes two gates: the card's own schema, in the service's words, then what the
schema cannot say (roles, empty conversations, wishes that this server does not grant).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects import workers_fields as fields
from understudy.dialects.base import Call, CallMeta, ErrorReply
from understudy.dialects.cabidela import Validator
from understudy.dialects.workers_errors import envelope
from understudy.dialects.workers_reply import WorkersReply
from understudy.errors import InvalidField, SchemaViolation, UnderstudyError
from understudy.request import ChatInput, GenerationRequest, Input, Message, TextInput, TokenLimits

# A verdict may quote a value of the body, and a body may hold megabytes.
_LONGEST_VERDICT = 4096
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Schema:
    """A card's input schema, compiled. ``defaults`` by the field that picks the alternative."""

    source: Mapping[str, Any]
    validator: Validator
    defaults: Mapping[str, Mapping[str, Any]]


class WorkersAI:
    """Parses native bodies and words errors. ``padding`` adds the service's ``p`` to frames."""

    def __init__(self, *, padding: bool = False) -> None:
        self._padding = padding
        self._schemas: dict[str, _Schema] = {}

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises SchemaViolation, InvalidField and UnsupportedField."""
        body = _lenient(body)
        schema = self._schema(card)
        if problem := schema.validator.verdict(body):
            raise SchemaViolation(problem[:_LONGEST_VERDICT])
        if not isinstance(body, dict):
            raise SchemaViolation("the body must be an object")
        fields.refuse_unsupported(body)
        source = _source(body)
        request = GenerationRequest(
            model=card.name,
            input=_input(body, source),
            sampling=fields.sampling(body, schema.defaults.get(source, {})),
            limits=TokenLimits(context=card.context_limit, input=card.input_limit),
        )
        reply = partial(
            WorkersReply, card=card, padding=self._padding, include_usage=_wants_usage(body)
        )
        return Call(request, fields.flag(body, "stream"), reply)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return envelope(exc, meta)

    def _schema(self, card: ModelCard) -> _Schema:
        known = self._schemas.get(card.name)
        if known is None or known.source is not card.input_schema:
            known = _Schema(
                card.input_schema, Validator(card.input_schema), input_defaults(card.input_schema)
            )
            self._schemas[card.name] = known
        return known


def input_defaults(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each alternative's ``default`` values, under the fields that it requires."""
    found: dict[str, dict[str, Any]] = {}
    for option in schema.get("oneOf", [schema]):
        properties = option.get("properties", {})
        values = {name: sub["default"] for name, sub in properties.items() if "default" in sub}
        found |= dict.fromkeys(option.get("required", ()), values)
    return found


def _lenient(body: Any) -> Any:
    """``body`` with what the service refuses but clients mean well: see ``fields.flatten``.

    Its own documentation also sends ``"raw": "true"``.
    """
    if not isinstance(body, dict):
        return body
    changed = dict(body)
    raw = changed.get("raw")
    if isinstance(raw, str) and raw in _BOOLEANS:
        changed["raw"] = _BOOLEANS[raw]
    if isinstance(changed.get("messages"), list):
        changed["messages"] = [_flattened(entry) for entry in changed["messages"]]
    return changed


def _flattened(entry: Any) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("content", ""), list | None):
        return {**entry, "content": fields.flatten(entry["content"])}
    return entry


def _source(body: Mapping[str, Any]) -> str:
    """Which field holds the input. The schema lets some bodies with both through."""
    if body.get("messages") is None:
        return "prompt"
    if body.get("prompt") not in (None, ""):
        raise InvalidField("prompt", "prompt and messages are mutually exclusive")
    return "messages"


def _input(body: Mapping[str, Any], source: str) -> Input:
    raw = fields.flag(body, "raw")
    if source == "prompt":
        prompt: str = body["prompt"]
        return TextInput(prompt) if raw else ChatInput((Message("user", prompt),))
    conversation = fields.messages(body["messages"])
    if raw:
        return TextInput("\n".join(message.content for message in conversation))
    return ChatInput(conversation)


def _wants_usage(body: Mapping[str, Any]) -> bool:
    options = body.get("stream_options")
    if options is None:
        return True
    if not isinstance(options, dict):
        raise InvalidField("stream_options", "'stream_options' must be an object.")
    return options.get("include_usage") is None or fields.flag(options, "include_usage")
