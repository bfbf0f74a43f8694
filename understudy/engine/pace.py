"""How fast requests end, so that one that is refused can be told when to come back."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

_REMEMBERED = 32
_LONGEST = 60


class Pace:
    """Times of the last few endings, in seconds of ``clock``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=_REMEMBERED)

    def ended(self) -> None:
        """Note that a request ended now."""
        self._ends.append(self._clock())

    def seconds_to_next_end(self) -> int:
        """Return about how long until another request ends, in whole seconds, 1 to 60.

        The time since the oldest ending that is remembered, shared among them: it grows while
        nothing ends. 1 where nothing has ended yet.
        """
        if not self._ends:
            return 1
        each = (self._clock() - self._ends[0]) / len(self._ends)
        return min(max(math.ceil(each), 1), _LONGEST)
