"""One card file into one ModelCard. ``docs/models.md`` describes the form field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from understudy.catalog.bundled import BundledFacts, bundled_facts
from understudy.catalog.card import TOOL_FORMATS, ModelCard, Prices, Task
from understudy.catalog.fields import Fields, front_matter

TEMPLATES = Path(__file__).with_name("templates")

_FRONT_MATTER = (
    "model",
    "task_type",
    "model_display_name",
    "layout",
    "weight",
    "title",
    "json_schema",
    "understudy",
)
_MODEL = ("id", "source", "name", "description", "task", "created_at", "tags", "properties")
_OURS = (
    "weights",
    "context_length",
    "chat_template",
    "bos_token",
    "eos_token",
    "eos_token_ids",
    "special_tokens",
    "tool_format",
    "prices",
    "architecture",
)
_TOKEN_LIMITS = ("context_length_limit", "context_window", "sequence_length_limit")
_NAME = re.compile(r"[!-~]+")


def read_card(file: Path) -> ModelCard:
    """Read ``file``. Raises CardError, which names the file and the field."""
    top = front_matter(file)
    top.known(*_FRONT_MATTER)
    model = top.mapping("model")
    model.known(*_MODEL)
    schemas = top.mapping("json_schema")
    schemas.known("input", "output")
    return ModelCard(
        id=model.text("id"),
        source=model.integer("source"),
        name=_name(model),
        description=model.text("description"),
        task=_task(model.mapping("task")),
        tags=_texts(model, "tags"),
        properties=_properties(model),
        task_type=top.text("task_type"),
        model_display_name=top.text("model_display_name"),
        layout=top.text("layout"),
        weight=top.integer("weight", 0),
        title=top.text("title"),
        created_at=_created_at(model),
        input_schema=schemas.json("input"),
        output_schema=schemas.json("output"),
        **_ours(top.mapping("understudy")),
    )


def _ours(fields: Fields) -> dict[str, Any]:
    """The part of a card that the services do not publish."""
    fields.known(*_OURS)
    weights = fields.mapping("weights")
    weights.known("repo", "revision", "bundled")
    if weights.has("bundled") == weights.has("repo"):
        raise fields.fail("weights", "must have either 'repo' or 'bundled'")
    bundled = weights.has("bundled")
    facts = bundled_facts(weights.text("bundled")) if bundled else BundledFacts()
    prices = fields.mapping("prices") if fields.has("prices") else None
    return {
        "repo": None if bundled else weights.text("repo"),
        "revision": None if bundled else weights.text("revision"),
        "context_length": fields.integer("context_length", minimum=1),
        "chat_template": facts.chat_template or _template(fields),
        "bos_token": fields.text("bos_token", ""),
        "eos_token": fields.text("eos_token"),
        "eos_token_ids": _eos(fields, facts),
        "special_tokens": _special_tokens(fields, facts),
        "tool_format": _tool_format(fields),
        "prices": prices and _prices(prices),
        "architecture": _architecture(fields, facts),
    }


def _name(model: Fields) -> str:
    name = model.text("name")
    if not _NAME.fullmatch(name):
        raise model.fail("name", "must be printable ASCII without spaces")
    return name


def _task(fields: Fields) -> Task:
    fields.known("id", "name", "description")
    return Task(fields.text("id"), fields.text("name"), fields.text("description"))


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    values = fields.sequence(key)
    if not all(isinstance(value, str) for value in values):
        raise fields.fail(key, "must hold text only")
    return tuple(values)


def _properties(model: Fields) -> tuple[Mapping[str, Any], ...]:
    entries = model.sequence("properties")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict) or set(entry) != {"property_id", "value"}:
            raise model.fail(f"properties[{number}]", "must have 'property_id' and 'value'")
        name, value = entry["property_id"], entry["value"]
        if name in _TOKEN_LIMITS and not _is_number(value):
            raise model.fail(f"properties[{number}].value", "must be a number in quotes")
        if name == "planned_deprecation_date" and not _is_date(value):
            raise model.fail(f"properties[{number}].value", "must be an ISO date in quotes")
    return tuple(entries)


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _created_at(model: Fields) -> str:
    text = model.text("created_at")
    try:
        if datetime.fromisoformat(text).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise model.fail("created_at", "must be an ISO date and time with a zone")


def _template(fields: Fields) -> str:
    """Jinja source: what the card holds, or the file it names, beside the card or among ours.

    Without one, the model's own folder brings it (``prompt.template.template_for``).
    """
    value = fields.text("chat_template", "")
    if not value.endswith(".jinja"):
        return value
    for folder in (fields.file.parent, TEMPLATES):
        path = folder / value
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise fields.fail("chat_template", f"there is no file {value}")


def _eos(fields: Fields, facts: BundledFacts) -> tuple[int, ...]:
    if facts.present:
        return facts.eos_token_ids
    ids = fields.sequence("eos_token_ids")
    if not ids or not all(type(i) is int and i >= 0 for i in ids):
        raise fields.fail("eos_token_ids", "must be a list of token ids")
    return tuple(ids)


def _special_tokens(fields: Fields, facts: BundledFacts) -> Mapping[str, int]:
    if facts.present:
        return facts.special_tokens
    tokens = fields.mapping("special_tokens", {}).values
    for text, token_id in tokens.items():
        if not isinstance(text, str) or type(token_id) is not int or token_id < 0:
            raise fields.fail("special_tokens", "must map text to token ids")
    return tokens


def _tool_format(fields: Fields) -> str:
    name = fields.text("tool_format", TOOL_FORMATS[0])
    if name not in TOOL_FORMATS:
        raise fields.fail("tool_format", f"must be one of {', '.join(TOOL_FORMATS)}")
    return name


def _architecture(fields: Fields, facts: BundledFacts) -> Mapping[str, Any]:
    if facts.present:
        return facts.architecture
    return fields.mapping("architecture").values


def _prices(fields: Fields) -> Prices:
    fields.known("input", "output")
    return Prices(fields.price("input"), fields.price("output"))
