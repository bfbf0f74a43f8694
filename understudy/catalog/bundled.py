"""Facts of a bundled model come from its own files, so that a retrained one needs no new card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from understudy.catalog.fields import CardError

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class BundledFacts:
    """What a model's folder says of it; ``present`` is False for one whose files are not here."""

    present: bool = False
    chat_template: str = ""
    eos_token_ids: tuple[int, ...] = ()
    special_tokens: Mapping[str, int] = field(default_factory=dict)
    architecture: Mapping[str, Any] = field(default_factory=dict)


def bundled_facts(name: str) -> BundledFacts:
    """Read folder ``name`` of the package. A file that is missing leaves its facts empty."""
    folder = _PACKAGE / name
    template = folder / "chat_template.jinja"
    architecture = _json(folder / "config.json")
    generation = _json(folder / "generation_config.json")
    eos = generation.get("eos_token_id", architecture.get("eos_token_id", []))
    added = _json(folder / "tokenizer.json").get("added_tokens", [])
    return BundledFacts(
        present=True,
        chat_template=template.read_text(encoding="utf-8") if template.is_file() else "",
        eos_token_ids=(eos,) if isinstance(eos, int) else tuple(eos),
        special_tokens={entry["content"]: entry["id"] for entry in added if entry["special"]},
        architecture=architecture,
    )


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CardError(file, "", f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise CardError(file, "", "must be a JSON object")
    return value
