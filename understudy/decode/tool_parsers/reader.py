"""Tells the calls in an answer from its text, as it comes.

What a reader says depends on the text alone and not on how it was cut into pieces. Text before a
call and after it is text. What surrounds calls is dropped: blanks, code fences, the brackets of a
list, separators. What begins like a call and is none is text, every character of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from understudy import strict_json
from understudy.decode.tool_parsers.head import BLANKS, Cursor, Head, Heads, Other, Short
from understudy.decode.tool_parsers.open_call import OpenCall
from understudy.events import ToolCallEvent

_LEADS = ("```", "<tool_call>", "<|python_tag|>", "[")
_MOST_LEADS = 3
_FENCE_WORD = "abcdefghijklmnopqrstuvwxyz_"
_BETWEEN = (*BLANKS, ";", ",", "]", "```", "</tool_call>")
_BEGINNING = re.compile(f"[{BLANKS}{{[`<]")
_MOST = 64
"""Blanks and the like, in a row, that may still belong to a call."""


Fits = Callable[[str, str], bool]
"""Whether a tool, by its name, may be called with these arguments, a JSON object as text."""


@dataclass(frozen=True, slots=True)
class Part:
    """What ``length`` characters of the answer are: text, a piece of a call, or nothing to tell."""

    length: int
    told: str | ToolCallEvent | None = None


class CallReader:
    """Reads one answer.

    ``held`` says that the engine holds the answer to its grammar from the name of a tool on: then
    arguments are told as they come. Otherwise a call is told once it is whole and its arguments
    are a JSON object. ``most`` calls are read, what comes after them is text.

    ``fits`` is given where an answer is calls or JSON, which may hold what looks like one: then
    calls have nothing before them, and arguments that fit their tool.
    """

    def __init__(
        self,
        choice: int,
        heads: Heads,
        held: bool,
        most: int,
        new_id: Callable[[int], str],
        fits: Fits | None = None,
    ) -> None:
        self._choice = choice
        self._heads = heads
        self._held = held
        self._most = most
        self._new_id = new_id
        self._fits = fits
        self._spoken = False
        self._count = 0
        self._pending = ""
        self._parts: list[Part] = []
        self._step: Callable[[], bool] = self._read_text
        self._after_call = False
        self._call: OpenCall | None = None

    @property
    def called(self) -> bool:
        """Whether calls were made, and the last of them is whole."""
        return self._count > 0 and self._call is None

    def push(self, text: str) -> list[Part]:
        """What is certain after ``text``."""
        self._pending += text
        while self._pending and self._step():
            pass
        return self._taken()

    def flush(self) -> list[Part]:
        """The rest, once no more text comes."""
        if self._call is not None and not self._held:
            self._give_up()
        if self._call is not None or (self._after_call and self._is_end()):
            self._drop(len(self._pending))
        else:
            self._say(self._pending)
        self._pending = ""
        return self._taken()

    def _read_text(self) -> bool:
        """Read up to a call or what may be one; whether there is more to do."""
        text = self._pending
        at = 0 if self._after_call else self._next(text, 0)
        while at < len(text):
            try:
                head = self._opening(text, at)
            except Short:
                break
            except Other:
                past = at if self._after_call else _past(text, at)
                self._after_call = False
                at = self._next(text, past)
            else:
                self._say(text[:at])
                self._pending = text[at:]
                self._begin(head, head.arguments - at)
                return True
        self._say(text[:at])
        self._pending = text[at:]
        return False

    def _next(self, text: str, at: int) -> int:
        """Where a call may begin, with what surrounds it, from ``at`` on."""
        if self._count >= self._most or (self._fits and (at or self._spoken)):
            return len(text)
        if self._fits:
            return at
        found = _BEGINNING.search(text, at)
        return len(text) if found is None else found.start()

    def _opening(self, text: str, at: int) -> Head:
        """The head of a call that begins at ``at``, with what surrounds it."""
        cursor = Cursor(text, at)
        if self._after_call:
            _pass_all(cursor)
            if self._count >= self._most:
                raise Other
        cursor.blank(_MOST)
        for _ in range(0 if self._fits else _MOST_LEADS):
            lead = cursor.maybe(_LEADS)
            if lead is None:
                break
            _pass_word(cursor, lead)
            cursor.blank(_MOST)
        return self._heads.read(text, cursor.at)

    def _is_end(self) -> bool:
        """Whether all that is pending may stand after a call."""
        cursor = Cursor(self._pending)
        try:
            _pass_all(cursor)
        except Short:
            return cursor.at == len(self._pending)
        return False

    def _begin(self, head: Head, length: int) -> None:
        call = self._call = OpenCall(head.name, 1 if self._held else head.depth)
        if self._held:
            self._start(call, length)
        else:
            call.kept = [self._pending[:length]]
        self._pending = self._pending[length:]
        self._step = self._read_arguments

    def _start(self, call: OpenCall, length: int) -> None:
        first = ToolCallEvent(
            self._choice, self._count, name=call.name, id=self._new_id(self._count)
        )
        self._parts.append(Part(length, first))
        self._count += 1

    def _read_arguments(self) -> bool:
        call = self._call
        assert call is not None
        end = call.end_in(self._pending)
        piece = self._pending[:end]
        self._pending = self._pending[len(piece) :]
        if self._held:
            self._tell_arguments(piece)
        else:
            call.kept.append(piece)
        if end is None:
            return False
        self._step = self._read_tail
        return True

    def _tell_arguments(self, piece: str) -> None:
        event = ToolCallEvent(self._choice, self._count - 1, piece)
        self._parts.append(Part(len(piece), event))

    def _read_tail(self) -> bool:
        """Read the braces that close the call."""
        call = self._call
        assert call is not None
        cursor = Cursor(self._pending)
        try:
            for _ in range(call.depth):
                cursor.blank(_MOST)
                cursor.one_of("}")
        except Short:
            return False
        except Other:
            self._give_up()
        else:
            self._end(cursor.at)
        return True

    def _end(self, length: int) -> None:
        """The call is whole, with ``length`` more characters."""
        call = self._call
        assert call is not None
        if not self._held:
            head, *pieces = call.kept
            arguments = "".join(pieces)
            if not _is_object(arguments) or (self._fits and not self._fits(call.name, arguments)):
                self._give_up()
                return
            self._start(call, len(head))
            self._tell_arguments(arguments)
        self._drop(length)
        self._pending = self._pending[length:]
        self._call = None
        self._after_call = True
        self._step = self._read_text

    def _give_up(self) -> None:
        """It is no call."""
        assert self._call is not None
        self._say("".join(self._call.kept))
        self._call = None
        self._after_call = False
        self._step = self._read_text

    def _say(self, text: str) -> None:
        if text:
            self._spoken = True
            self._parts.append(Part(len(text), text))

    def _drop(self, length: int) -> None:
        if length:
            self._parts.append(Part(length))

    def _taken(self) -> list[Part]:
        parts, self._parts = self._parts, []
        return parts


def _pass_all(cursor: Cursor) -> None:
    """Pass what may stand between calls and after them. Raises Short where that may go on."""
    for _ in range(_MOST):
        mark = cursor.maybe(_BETWEEN)
        if mark is None:
            break
        _pass_word(cursor, mark)


def _pass_word(cursor: Cursor, mark: str) -> None:
    if mark == "```":
        cursor.blank(16, of=_FENCE_WORD)


def _past(text: str, at: int) -> int:
    """Where to look next when no call begins at ``at``: none begins at blanks that follow either,
    unless they are too many to belong to one."""
    end = at
    while end < len(text) and text[end] in BLANKS:
        end += 1
    return max(at + 1, end - _MOST) if end - at > _MOST else max(at + 1, end)


def _is_object(text: str) -> bool:
    try:
        return isinstance(strict_json.loads(text), dict)
    except ValueError:
        return False
