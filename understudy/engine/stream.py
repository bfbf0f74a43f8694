"""The event loop's side of one request: a mailbox that the engine fills once per step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from understudy.engine.sequence import Sequence
from understudy.events import Event


class Stream:
    """Events of one request, of all its choices, that its reader has not taken.

    ``sequence``, the job's first, is the engine thread's. Everything else runs on ``loop``; the
    engine thread only holds the reference and posts Deliveries. There is one reader, in one place
    at a time. A slow one finds several steps' events in one list: the mailbox never holds more
    than the request's whole answers.
    """

    __slots__ = ("_error", "_events", "_reader", "ended", "loop", "sequence")

    def __init__(self, sequence: Sequence, loop: asyncio.AbstractEventLoop) -> None:
        self.sequence = sequence
        self.loop = loop
        self.ended = False
        self._events: list[Event] = []
        self._error: Exception | None = None
        # Bare, because it is waited for once per token: an asyncio.Event costs as much again.
        self._reader: asyncio.Future[None] | None = None

    async def take(self) -> list[Event]:
        """Wait for events and return all there are; empty once the last choice has ended.

        Raises the request's error after the events that came before it.
        """
        while not self._events and not self.ended:
            await self._news()
        events, self._events = self._events, []
        if not events and self._error is not None:
            raise self._error
        return events

    async def wait_ended(self) -> None:
        """Wait until the engine holds nothing of the request any more."""
        while not self.ended:
            await self._news()

    def receive(self, events: list[Event], ended: bool, error: Exception | None) -> None:
        """Put one step's events into the mailbox; ``ended`` says that no choice goes on."""
        self._events += events
        self.ended = self.ended or ended
        self._error = error
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def _news(self) -> None:
        self._reader = self.loop.create_future()
        try:
            await self._reader
        finally:
            self._reader = None


class Delivery(NamedTuple):
    """One step's news for one stream."""

    stream: Stream
    events: list[Event]
    ended: bool = False
    error: Exception | None = None


def receive_all(deliveries: Iterable[Delivery]) -> None:
    """Hand deliveries to their streams, on the loop that all of them belong to."""
    for delivery in deliveries:
        delivery.stream.receive(delivery.events, delivery.ended, delivery.error)
