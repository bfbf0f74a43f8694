"""Keeps what a caller writes in messages from acting as the model's control tokens.

A message that spells ``<|eot_id|>`` must not end its own turn. Its spellings are replaced by
marks before the template runs; what then reads as a special token was written by the template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from understudy.errors import TemplateRejected

_PRIVATE_USE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


def texts(value: Any) -> Iterator[str]:
    """Every text in ``value``: nested lists and mappings, their keys included."""
    match value:
        case str():
            yield value
        case dict():
            yield from chain.from_iterable(map(texts, chain(value, value.values())))
        case list() | tuple():
            yield from chain.from_iterable(map(texts, value))


class Hidden:
    """Marks for the spellings in ``values``.

    They are made of three private-use characters that ``values`` do not have, so that no caller
    can write one and no piece of one goes unnoticed. A spelling's number stands in a mark in
    binary, so that a mark is not much longer than what it stands for.
    """

    def __init__(self, spelling: re.Pattern[str], values: Any) -> None:
        self._spelling = spelling
        used = set(chain.from_iterable(texts(values)))
        free = (char for char in map(chr, chain(*_PRIVATE_USE)) if char not in used)
        self._edge, self._zero, self._one = next(free, ""), next(free, ""), next(free, "")
        if not self._one:
            raise TemplateRejected("The messages use every private character there is.")
        self._numbers: dict[str, int] = {}
        self._mark = re.compile(f"{self._edge}([{self._zero}{self._one}]+){self._edge}")

    def hide(self, value: Any) -> Any:
        """A copy of ``value`` with a mark in place of every spelling."""
        match value:
            case str():
                return self._spelling.sub(self._mark_for, value)
            case dict():
                return {self.hide(key): self.hide(item) for key, item in value.items()}
            case list() | tuple():
                return [self.hide(item) for item in value]
        return value

    def reveal(self, text: str) -> str:
        """``text`` with the spellings back. Raises TemplateRejected if a mark was torn."""
        spellings = list(self._numbers)

        def spelled(match: re.Match[str]) -> str:
            number = int(match[1].replace(self._zero, "0").replace(self._one, "1"), 2)
            # A number that was never given is a torn mark's: kept, and seen below.
            return spellings[number] if number < len(spellings) else match[0]

        text = self._mark.sub(spelled, text)
        torn = (self._edge, self._zero, self._one, json.dumps(self._edge)[1:-1])
        if any(piece in text for piece in torn):
            raise TemplateRejected(
                "A message spells a control token in a place where the model's chat template "
                "takes text apart."
            )
        return text

    def _mark_for(self, match: re.Match[str]) -> str:
        number = self._numbers.setdefault(match[0], len(self._numbers))
        digits = f"{number:b}".replace("0", self._zero).replace("1", self._one)
        return self._edge + digits + self._edge
