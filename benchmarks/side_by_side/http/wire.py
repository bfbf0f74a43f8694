"""An HTTP answer, read after the fact from what arrived when: status, events, their times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import h11

Arrivals = Sequence[tuple[float, bytes]]
"""When, in seconds of the process's clock, and what; the last may be empty."""

_EVENT_ENDS = b"\n\n"


class Malformed(Exception):
    """Bytes that are no HTTP answer, or an answer cut off."""


def request_bytes(path: str, host: str, key: str, body: bytes) -> bytes:
    """A POST on a connection of its own, so that its end is the answer's end."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
    )
    return head.encode() + b"\r\n" + body


def answer(arrivals: Arrivals) -> tuple[int, list[tuple[float, bytes]]]:
    """The status, and every part of the body with its time. Raises Malformed."""
    connection = h11.Connection(h11.CLIENT)
    # The parser wants to have seen a request; any without a body will do.
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    status, parts = 0, []
    try:
        for at, data in [*arrivals, (0.0, b"")]:
            connection.receive_data(data)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Response):
                    status = event.status_code
                elif isinstance(event, h11.Data):
                    parts.append((at, bytes(event.data)))
                elif isinstance(event, h11.EndOfMessage):
                    return status, parts
    except h11.RemoteProtocolError as exc:
        raise Malformed(str(exc)) from exc
    raise Malformed("the answer was cut off")


def events(parts: Iterable[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """The data of every server-sent event, with the time when its end arrived."""
    found, held = [], b""
    for at, data in parts:
        held = (held + data).replace(b"\r\n", b"\n")
        *whole, held = held.split(_EVENT_ENDS)
        for event in whole:
            lines = [line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:")]
            if lines:
                found.append((at, b"\n".join(lines)))
    return found
