"""What the server's access log says while a client runs: how many requests, and how they ended."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

PATIENCE = 60
_LINE = re.compile(r"(?P<method>\S+) (?P<route>\S+) (?P<status>\d+) .*?(?: end=(?P<end>\w+))?$")


@dataclass(frozen=True)
class Access:
    """One request. ``end`` is what ended it early, or None."""

    method: str
    route: str
    status: int
    end: str | None


class AccessLog(logging.Handler):
    """The requests that ended since it was made, oldest first."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._coming: SimpleQueue[Access] = SimpleQueue()
        self._entries: list[Access] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = _LINE.match(record.getMessage())
        assert found, record.getMessage()
        self._coming.put(
            Access(found["method"], found["route"], int(found["status"]), found["end"])
        )

    def refusals(self, at_least: int) -> Counter[int]:
        """How many requests were refused with each status, once so many were: a client may have
        its answer before the log has the line."""
        self._wait(lambda entry: entry.status >= 400, at_least)
        return Counter(entry.status for entry in self._entries if entry.status >= 400)

    def until_disconnected(self, times: int) -> None:
        """Wait until that many clients were noticed to have gone."""
        self._wait(lambda entry: entry.end == "disconnected", times)

    def _wait(self, wanted: Callable[[Access], bool], times: int) -> None:
        """Fails, with ``queue.Empty``, rather than waits forever."""
        while not self._coming.empty() or sum(map(wanted, self._entries)) < times:
            self._entries.append(self._coming.get(timeout=PATIENCE))


@contextmanager
def accesses() -> Iterator[AccessLog]:
    """Collects what the server in this process logs of its requests."""
    logger, handler = logging.getLogger("understudy.access"), AccessLog()
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
