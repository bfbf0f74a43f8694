"""Server-sent events as a client reads them: in any pieces, and never more than was agreed."""

from __future__ import annotations

from collections.abc import Iterator


class StreamTooLarge(ValueError):
    """More bytes than an answer can have."""


class EventReader:
    """Bytes in, the ``data`` of whole events out. Pure; how the bytes are cut makes no difference.

    Comments and other fields are passed over. Raises StreamTooLarge for an event, or a line, of
    more than ``event_limit`` bytes, and where all of them are more than ``total_limit``.
    """

    def __init__(self, event_limit: int, total_limit: int) -> None:
        self._event_limit = event_limit
        self._left = total_limit
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The events that ``data`` completes."""
        self._left -= len(data)
        if self._left < 0:
            raise StreamTooLarge
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._line:
                line, self._line = bytes(self._line + line), bytearray()
            yield from self._take(line.removesuffix(b"\r"))
        self._line += rest
        self._check(len(self._line))

    def flush(self) -> Iterator[bytes]:
        """At the end of the bytes, the event that no empty line has ended."""
        line, self._line = bytes(self._line), bytearray()
        yield from self._take(line.removesuffix(b"\r"))
        if self._data:
            yield from self._take(b"")

    def _take(self, line: bytes) -> Iterator[bytes]:
        self._check(len(line))
        if not line:
            if self._data:
                whole, self._data, self._size = b"\n".join(self._data), [], 0
                yield whole
        elif line.startswith(b"data:"):
            value = line[5:].removeprefix(b" ")
            self._data.append(value)
            self._size += len(value) + 1

    def _check(self, length: int) -> None:
        if self._size + length > self._event_limit:
            raise StreamTooLarge
