"""How fast requests end, so that one that is refused can be told when to come back."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

_REMEMBERED = 32
_LONGEST = 60


class Pace:
    """Times of the last few endings since the engine was last idle, in seconds of ``clock``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=_REMEMBERED)
        self._began = clock()

    def begin(self) -> None:
        """Note that there is work again: how long there was none says nothing of it."""
        self._ends.clear()
        self._began = self._clock()

    def ended(self) -> None:
        """Note that a request ended now."""
        self._ends.append(self._clock())

    def seconds_to_next_end(self) -> int:
        """Return about how long until another request ends, in whole seconds, 1 to 60.

        The time since work began, or since the oldest ending that is remembered, shared among
        the endings: it grows while nothing ends.
        """
        full = len(self._ends) == self._ends.maxlen
        since = self._ends[0] if full else self._began
        each = (self._clock() - since) / max(1, len(self._ends))
        return min(max(math.ceil(each), 1), _LONGEST)
