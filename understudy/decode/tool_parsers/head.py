"""Recognises the beginning of a call: everything up to the object of its arguments.

Models write ``{"name": "f", "parameters": {...}}``, whatever keys they were shown, also with
``"type": "function"`` before the name or with the call inside a ``"function"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from understudy.request import ToolCallForm

BLANKS = " \t\r\n"
_MOST_BLANKS = 256
_NAME_KEYS = ("name", "function")
_ARGUMENT_KEYS = ("parameters", "arguments")


class Short(Exception):
    """The text ends before it is certain. Once the tool is certain, ``name`` is its name and what
    follows its closing quotation mark begins at ``after``."""

    def __init__(self, name: str | None = None, after: int = 0) -> None:
        self.name = name
        self.after = after


class Other(Exception):
    """What stands in the text is something else."""


class Cursor:
    """A place in a text that may go on. Methods move it, or raise Short or Other."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at

    def one_of(self, literals: Iterable[str]) -> str:
        """Pass the one that stands here. None of them may be the beginning of another."""
        rest = ""
        for literal in literals:
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return literal
            rest = rest or self.text[self.at : self.at + 256]
            if literal.startswith(rest):
                raise Short
        raise Other

    def maybe(self, literals: Iterable[str]) -> str | None:
        """Pass the one that stands here, if there is one."""
        try:
            return self.one_of(literals)
        except Other:
            return None

    def blank(self, most: int = _MOST_BLANKS, of: str = BLANKS) -> None:
        """Pass characters of ``of``, ``most`` at most."""
        end = min(len(self.text), self.at + most)
        while self.at < end and self.text[self.at] in of:
            self.at += 1

    def colon(self) -> None:
        self.blank()
        self.one_of(":")
        self.blank()

    def comma(self) -> None:
        self.blank()
        self.one_of(",")
        self.blank()


@dataclass(frozen=True, slots=True)
class Head:
    """``after`` is where the text goes on behind the name, ``arguments`` where their object
    begins; ``depth`` objects are still open around it."""

    name: str
    after: int
    arguments: int
    depth: int


class Heads:
    """The heads that calls of ``names`` have. With ``strict``, arguments come under no key but
    that of ``form``."""

    def __init__(self, names: Sequence[str], form: ToolCallForm, strict: bool) -> None:
        self._names = tuple(f'"{name}"' for name in names)
        self._name_keys = _quoted(form.name_key, *_NAME_KEYS)
        more = () if strict else _ARGUMENT_KEYS
        self._argument_keys = _quoted(form.arguments_key, *more)

    def read(self, text: str, at: int) -> Head:
        """The head that begins at ``at``. Raises Short and Other."""
        cursor = Cursor(text, at)
        depth = self._open(cursor)
        name = cursor.one_of(self._names)[1:-1]
        after = cursor.at
        try:
            cursor.comma()
            cursor.one_of(self._argument_keys)
            cursor.colon()
            cursor.one_of("{")
        except Short:
            raise Short(name, after) from None
        return Head(name, after, cursor.at - 1, depth)

    def _open(self, cursor: Cursor) -> int:
        """Pass all that comes before the name; how many objects that opens."""
        cursor.one_of("{")
        cursor.blank()
        key = cursor.one_of(('"type"', *self._name_keys))
        if key == '"type"':
            cursor.colon()
            cursor.one_of(('"function"',))
            cursor.comma()
            key = cursor.one_of(self._name_keys)
        cursor.colon()
        if key != '"function"' or cursor.maybe("{") is None:
            return 1
        cursor.blank()
        cursor.one_of(('"name"',))
        cursor.colon()
        return 2


def _quoted(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f'"{name}"' for name in names))
