"""Stop strings in a stream of text."""

from __future__ import annotations

from collections.abc import Sequence


class StopMatcher:
    """Finds the stop string that is complete first, wherever the text is cut into pieces.

    Of several that end at the same character the longest counts. Only text that can no longer
    become part of a stop string is let out, and the stop string itself where it is ``shown``.
    Raises ValueError for an empty stop string.
    """

    def __init__(self, stops: Sequence[str], *, shown: bool = False) -> None:
        if "" in stops:
            raise ValueError("a stop string must not be empty")
        self._scans = [_Scan(stop) for stop in sorted(set(stops), key=len, reverse=True)]
        self._openings = frozenset(stop[0] for stop in stops)
        self._shown = shown
        self._held = ""

    def push(self, text: str) -> tuple[str, str | None]:
        """The text that may be shown, and the stop string if one is complete."""
        if not self._held and self._openings.isdisjoint(text):
            return text, None
        for end, char in enumerate(text, 1):
            complete = [scan.stop for scan in self._scans if scan.advance(char)]
            if complete:
                seen = self._held + text[:end]
                self._held = ""
                return seen if self._shown else seen[: -len(complete[0])], complete[0]
        seen = self._held + text
        shown = len(seen) - max(scan.matched for scan in self._scans)
        self._held = seen[shown:]
        return seen[:shown], None

    def flush(self) -> str:
        """What was held back, once no more text comes."""
        held, self._held = self._held, ""
        return held


class _Scan:
    """Knuth, Morris and Pratt's search for one string, its table made only as far as needed.

    ``matched`` is the length of the longest end of the text that ``stop`` starts with.
    ``_border[n]`` is the length of the longest proper prefix of ``stop[:n]`` that ends it.
    """

    __slots__ = ("_border", "matched", "stop")

    def __init__(self, stop: str) -> None:
        self.stop = stop
        self.matched = 0
        self._border = [0, 0]

    def advance(self, char: str) -> bool:
        """Take one more character; True if it completes the string."""
        self.matched = self._extend(self.matched, char)
        if self.matched == len(self._border):
            last = self.stop[self.matched - 1]
            self._border.append(self._extend(self._border[self.matched - 1], last))
        return self.matched == len(self.stop)

    def _extend(self, matched: int, char: str) -> int:
        while matched and self.stop[matched] != char:
            matched = self._border[matched]
        return matched + 1 if self.stop[matched] == char else 0
