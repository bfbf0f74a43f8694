"""The conversations in ``tests/wire/templates``, written by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.prompt.template import ChatTemplate

FOLDER = Path(__file__).parents[1] / "wire" / "templates"
TODAY = "26 Jul 2024"


@dataclass(frozen=True)
class Golden:
    """One conversation for one model, and its text or the sentence that refuses it."""

    card: ModelCard
    rule: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None = None
    today: str = TODAY
    add_generation_prompt: bool = True
    text: list[str] = field(default_factory=list)
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.card.title}: {self.rule}"

    @property
    def template(self) -> ChatTemplate:
        return ChatTemplate(self.card.chat_template, self.card.bos_token, self.card.eos_token)


def goldens() -> list[Golden]:
    catalog = Catalog.load()
    files = [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    return [
        Golden(card=catalog.get(name), **case)
        for content in files
        for name in content["models"]
        for case in content["cases"]
    ]
