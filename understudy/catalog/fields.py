"""Reading a card's YAML so that every complaint names the file and the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from understudy.errors import ConfigError

_MISSING = object()


class CardError(ConfigError):
    """A card is wrong: the message starts with the file and the field."""

    def __init__(self, file: Path, field: str, problem: str) -> None:
        super().__init__(f"{file}: {field}: {problem}" if field else f"{file}: {problem}")
        self.file = file
        self.field = field


@dataclass(frozen=True, slots=True)
class Fields:
    """One mapping of a card. ``path`` is where it stands, such as ``model.task``."""

    file: Path
    values: Mapping[str, Any]
    path: str = ""

    def fail(self, key: str, problem: str) -> CardError:
        return CardError(self.file, f"{self.path}.{key}" if self.path else key, problem)

    def known(self, *keys: str) -> None:
        """Refuse any key but these: a misspelt one would otherwise be lost without a word."""
        for key in self.values:
            if key not in keys:
                raise self.fail(str(key), "is not a field of a card")

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, default: Any = _MISSING) -> str:
        value = self._get(key, default)
        if not isinstance(value, str) or not (value or default == ""):
            raise self.fail(key, "must be text")
        return value

    def integer(self, key: str, default: Any = _MISSING, *, minimum: int | None = None) -> int:
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(key, "must be a whole number")
        if minimum is not None and value < minimum:
            raise self.fail(key, f"must be {minimum} or more")
        return value

    def price(self, key: str) -> float:
        value = self._get(key, _MISSING)
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            raise self.fail(key, "must be a number of US dollars, 0 or more")
        return float(value)

    def sequence(self, key: str, default: Any = _MISSING) -> list[Any]:
        value = self._get(key, default)
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        return value

    def mapping(self, key: str, default: Any = _MISSING) -> Fields:
        value = self._get(key, default)
        if not isinstance(value, dict):
            raise self.fail(key, "must be a mapping")
        return Fields(self.file, value, f"{self.path}.{key}" if self.path else key)

    def json(self, key: str) -> Mapping[str, Any]:
        """A JSON object that the card holds as text."""
        try:
            value = json.loads(self.text(key))
        except ValueError as error:
            raise self.fail(key, f"is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise self.fail(key, "must be a JSON object")
        return value

    def _get(self, key: str, default: Any) -> Any:
        value = self.values.get(key, default)
        if value is _MISSING:
            raise self.fail(key, "is missing")
        return value


def front_matter(file: Path) -> Fields:
    """The YAML between the first two ``---`` lines of ``file``."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(file, "", f"cannot be read: {error}") from None
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        raise CardError(file, "", "does not start with a '---' line")
    try:
        end = next(i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    except StopIteration:
        raise CardError(file, "", "has no '---' line after its front matter") from None
    try:
        values = yaml.safe_load("\n".join(lines[1:end]))
    except (yaml.YAMLError, ValueError) as error:
        # The reader makes dates of what looks like one, and its numbers may be none.
        raise CardError(file, "", f"is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise CardError(file, "", "holds no mapping")
    return Fields(file, values)
