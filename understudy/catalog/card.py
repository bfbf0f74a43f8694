"""A model card: what one file in ``cards/`` says, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

TOOL_FORMATS = ("generic", "llama3")


@dataclass(frozen=True, slots=True)
class Task:
    """The service's name for what a model does."""

    id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model, as every door lists and validates it.

    ``id`` to ``output_schema`` are the seeds' front matter, unchanged in meaning. The rest is
    ours: ``repo`` and ``revision`` name the weights on the Hugging Face hub (None: bundled in
    the package); ``architecture`` holds the fields of its ``config.json`` that shape the graph;
    ``context_length`` is the model's own window in tokens; ``chat_template`` is Jinja source,
    empty where the model's folder brings its own; ``eos_token_ids`` end an answer;
    ``special_tokens`` are the ids of the tokens that carry the chat format, by their text;
    ``tool_format`` is how the model learns of tools and calls them (``prompt/tools.py``).
    """

    id: str
    source: int
    name: str
    description: str
    task: Task
    tags: tuple[str, ...]
    properties: tuple[Mapping[str, Any], ...]
    task_type: str
    model_display_name: str
    layout: str
    weight: int
    title: str
    created_at: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    repo: str | None
    revision: str | None
    context_length: int
    chat_template: str
    bos_token: str
    eos_token: str
    eos_token_ids: tuple[int, ...]
    prices: Prices | None
    architecture: Mapping[str, Any]
    special_tokens: Mapping[str, int] = field(default_factory=dict)
    tool_format: str = "generic"

    @property
    def beta(self) -> bool:
        return self.property("beta") == "true"

    @property
    def bundled(self) -> bool:
        return self.repo is None

    @property
    def author(self) -> str:
        """Whoever made it: ``meta`` of ``@cf/meta/…``, ``house`` of ``@house/…``."""
        parts = self.name.removeprefix("@").split("/")
        return parts[-2] if len(parts) > 1 else "understudy"

    @property
    def deprecated_on(self) -> date | None:
        """From when on the service no longer lists the model, where it says so."""
        day = self.property("planned_deprecation_date")
        return None if day is None else date.fromisoformat(day)

    @property
    def context_limit(self) -> int:
        """Most tokens of input plus output that the service allows."""
        published = self.property("context_length_limit") or self.property("context_window")
        return int(published or self.context_length)

    @property
    def input_limit(self) -> int | None:
        """Most tokens of input that the service allows, where it says so."""
        limit = self.property("sequence_length_limit")
        return None if limit is None else int(limit)

    # Last, because from here on the name hides the builtin.
    def property(self, property_id: str) -> Any | None:
        """The value of one property, or None."""
        for entry in self.properties:
            if entry["property_id"] == property_id:
                return entry["value"]
        return None

    def default(self, field_name: str) -> Any | None:
        """The default that the input schema gives a field, in whichever form has one, or None."""
        for form in (self.input_schema, *self.input_schema.get("oneOf", ())):
            default = form.get("properties", {}).get(field_name, {}).get("default")
            if default is not None:
                return default
        return None
