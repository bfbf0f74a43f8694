"""The native Workers AI dialect: ``POST /client/v4/accounts/{id}/ai/run/{model}``.

A body passes two gates: the card's own schema, in the service's words, then what the
schema cannot say (roles, empty conversations, wishes that this server does not grant).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.catalog.fields import CardError
from understudy.dialects import workers_fields as fields
from understudy.dialects.base import Call, CallMeta, ErrorReply
from understudy.dialects.bounds import refuse_hopeless
from understudy.dialects.cabidela import Validator
from understudy.dialects.past_calls import with_calls
from understudy.dialects.tools import ToolFields
from understudy.dialects.wishes import refuse_wishes
from understudy.dialects.workers_errors import envelope
from understudy.dialects.workers_functions import functions_of, with_tools_for
from understudy.dialects.workers_reply import WorkersReply
from understudy.dialects.workers_tools import tool_fields
from understudy.errors import InvalidField, SchemaViolation, UnderstudyError, UnsupportedField
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Input,
    JsonObject,
    JsonSchema,
    Message,
    TextInput,
    TokenLimits,
)

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
    """Parses native bodies and words errors. ``padding`` adds the service's ``p`` to frames;
    ``functions`` takes code for tools.

    The schemas of ``cards`` are compiled at once. Raises CardError for one that cannot be.
    """

    def __init__(
        self, *, padding: bool = False, functions: bool = False, cards: Iterable[ModelCard] = ()
    ) -> None:
        self._padding = padding
        self._functions = functions
        self._schemas: dict[str, _Schema] = {}
        for card in cards:
            self._schema(card)

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises SchemaViolation, PromptTooLong, InvalidField and UnsupportedField."""
        refuse_hopeless(body, card)
        body = _lenient(body)
        schema = self._schema(card)
        if problem := schema.validator.verdict(body):
            raise SchemaViolation(problem[:_LONGEST_VERDICT])
        if not isinstance(body, dict):
            raise SchemaViolation("the body must be an object")
        refuse_wishes(body, fields.WISHES)
        fields.refuse_another_model(body, card.name)
        functions = functions_of(body, allowed=self._functions)
        tools = with_tools_for(functions, tool_fields(body))
        source, constraint = _source(body), fields.constraint(body)
        request = GenerationRequest(
            model=card.name,
            input=_input(body, source, tools),
            sampling=fields.sampling(body, schema.defaults.get(source, {})),
            limits=TokenLimits(context=card.context_limit, input=card.input_limit),
            cache_namespace=fields.string(body, "prompt_cache_key") or "",
            adapter=fields.adapter(body),
            constraint=constraint,
            tool_choice=tools.choice(constraint),
            wait=not fields.rejects_when_busy(body),
        )
        reply = partial(
            WorkersReply,
            card=card,
            padding=self._padding,
            include_usage=fields.wants_usage(body),
            json_mode=isinstance(constraint, JsonObject | JsonSchema),
        )
        return Call(request, fields.flag(body, "stream"), reply, functions)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return envelope(exc, meta)

    def _schema(self, card: ModelCard) -> _Schema:
        known = self._schemas.get(card.name)
        if known is None or known.source is not card.input_schema:
            known = _Schema(card.input_schema, compiled(card), input_defaults(card.input_schema))
            self._schemas[card.name] = known
        return known


def compiled(card: ModelCard) -> Validator:
    """The card's input schema, ready to judge bodies. Raises CardError."""
    try:
        return Validator(card.input_schema)
    except (ValueError, TypeError, AttributeError, LookupError) as exc:
        why = f"is no schema that bodies can be judged by: {exc}"
        raise CardError(Path(card.name), "json_schema.input", why) from None


def input_defaults(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each alternative's ``default`` values, under the fields that it requires."""
    found: dict[str, dict[str, Any]] = {}
    for option in schema.get("oneOf", [schema]):
        properties = option.get("properties", {})
        values = {name: sub["default"] for name, sub in properties.items() if "default" in sub}
        found |= dict.fromkeys(option.get("required", ()), values)
    return found


def properties_for(schema: Mapping[str, Any], required: str) -> Mapping[str, Any]:
    """The properties of the alternative that requires the field ``required``; empty if none."""
    for option in schema.get("oneOf", [schema]):
        if required in option.get("required", ()):
            properties: Mapping[str, Any] = option.get("properties", {})
            return properties
    return {}


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
    """A message whose content is a text. Only one that calls tools may do without."""
    if not isinstance(entry, dict):
        return entry
    content = entry.get("content", None if entry.get("tool_calls") else "")
    if isinstance(content, list | None):
        return {**entry, "content": fields.flatten(content)}
    return entry


def _source(body: Mapping[str, Any]) -> str:
    """Which field holds the input. The schema lets some bodies with both through."""
    if body.get("messages") is None:
        return "prompt"
    if body.get("prompt") not in (None, ""):
        raise InvalidField("prompt", "prompt and messages are mutually exclusive")
    return "messages"


def _input(body: Mapping[str, Any], source: str, asked: ToolFields) -> Input:
    """The prompt or conversation. Raises InvalidField and UnsupportedField."""
    raw, tools = fields.flag(body, "raw"), tuple(asked.tools or ())
    if raw and tools:
        name = "tools" if body.get("tools") else "functions"
        raise UnsupportedField(name, "is not supported with 'raw', which has no place for tools")
    if source == "prompt":
        prompt: str = body["prompt"]
        return TextInput(prompt) if raw else ChatInput((Message("user", prompt),), tools)
    conversation = fields.messages(body["messages"])
    if raw:
        return TextInput("\n".join(_plain(message) for message in conversation))
    return ChatInput(with_calls(conversation), tools)


def _plain(message: Message) -> str:
    if message.tool_calls:
        why = "of a message is not supported with 'raw', which has no place for tools"
        raise UnsupportedField("tool_calls", why)
    return message.content
