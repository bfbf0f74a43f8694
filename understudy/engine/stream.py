"""The event loop's side of one sequence: a mailbox that the engine fills once per step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from understudy.engine.sequence import Sequence
from understudy.events import Event


class Stream:
    """Events that one sequence has produced and its reader has not taken.

    Everything here runs on ``loop``; the engine thread only holds the reference and posts
    Deliveries. A slow reader finds several steps' events in one list: the mailbox never
    holds more than the sequence's whole answer.
    """

    def __init__(self, sequence: Sequence, loop: asyncio.AbstractEventLoop) -> None:
        self.sequence = sequence
        self.loop = loop
        self.ended = False
        self._events: list[Event] = []
        self._error: Exception | None = None
        self._changed = asyncio.Event()

    async def take(self) -> list[Event]:
        """Wait for events and return all there are; empty once the sequence has ended.

        Raises the sequence's error after the events that came before it.
        """
        await self._changed.wait()
        events, self._events = self._events, []
        if not self.ended:
            self._changed.clear()
        if not events and self._error is not None:
            raise self._error
        return events

    async def wait_ended(self) -> None:
        """Wait until the engine holds nothing of the sequence any more."""
        while not self.ended:
            self._changed.clear()
            await self._changed.wait()

    def receive(self, events: list[Event], ended: bool, error: Exception | None) -> None:
        """Put one step's events into the mailbox."""
        self._events += events
        self.ended = self.ended or ended
        self._error = error
        self._changed.set()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One step's news for one stream."""

    stream: Stream
    events: list[Event]
    ended: bool = False
    error: Exception | None = None


def receive_all(deliveries: Iterable[Delivery]) -> None:
    """Hand deliveries to their streams, on the loop that all of them belong to."""
    for delivery in deliveries:
        delivery.stream.receive(delivery.events, delivery.ended, delivery.error)
