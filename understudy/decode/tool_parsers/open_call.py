"""A call whose end has not come."""

from __future__ import annotations


class OpenCall:
    """A call that is being read: ``kept`` is its text so far, and ``depth`` braces will close it
    after its arguments."""

    __slots__ = ("_escaped", "_open", "_quoted", "depth", "kept", "name")

    def __init__(self, name: str, depth: int) -> None:
        self.name = name
        self.depth = depth
        self.kept: list[str] = []
        self._open = 0
        self._quoted = self._escaped = False

    def end_in(self, text: str) -> int | None:
        """Where in ``text``, which is next, the arguments end."""
        for at, char in enumerate(text):
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif char == "\\":
                    self._escaped = True
                elif char == '"':
                    self._quoted = False
            elif char == '"':
                self._quoted = True
            elif char in "{[":
                self._open += 1
            elif char in "}]":
                self._open -= 1
                if self._open == 0:
                    return at + 1
        return None
