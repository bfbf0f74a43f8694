"""Whose turn it is: the queue of a server whose callers share one engine.

Start-time fair queueing (Goyal, Vin and Cheng, 1996) over tokens: a tenant's *service* is the
tokens computed for it, prompt and output, divided by its weight, and the tenant with the least
service has its turn. Who had nothing to ask for gathers no credit: its service is lifted to the
clock, the service of whoever had the last turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from understudy.engine.sequence import Sequence


class Turns:
    """Sequences that wait, first come first served within a tenant.

    Those that were running already (preempted, or forked without room) go before all others.
    """

    def __init__(self) -> None:
        self._returning: deque[Sequence] = deque()
        self._queues: dict[str, deque[Sequence]] = {}
        self._service: dict[str, float] = {}
        self._clock = 0.0

    def __len__(self) -> int:
        return len(self._returning) + sum(map(len, self._queues.values()))

    def __bool__(self) -> bool:
        return bool(self._returning or self._queues)

    def __iter__(self) -> Iterator[Sequence]:
        yield from self._returning
        for queue in self._queues.values():
            yield from queue

    def add(self, sequence: Sequence) -> None:
        """Queue a new sequence behind its tenant's others."""
        tenant = sequence.job.tenant
        self._service[tenant] = max(self.service(sequence), self._clock)
        self._queues.setdefault(tenant, deque()).append(sequence)

    def give_back(self, sequence: Sequence, *, first: bool) -> None:
        """Queue a sequence that has run, before all new ones; ``first`` before all that wait."""
        if first:
            self._returning.appendleft(sequence)
        else:
            self._returning.append(sequence)

    def head(self) -> Sequence | None:
        """Return the sequence whose turn is next, leaving it where it is."""
        if self._returning:
            return self._returning[0]
        heads = [queue[0] for queue in self._queues.values()]
        return min(heads, key=self.service, default=None)

    def remove(self, sequence: Sequence) -> None:
        """Take a sequence out of the queue. Raises ValueError if it is not there."""
        if sequence in self._returning:
            self._returning.remove(sequence)
            return
        queue = self._queues.get(sequence.job.tenant, deque())
        queue.remove(sequence)
        if not queue:
            del self._queues[sequence.job.tenant]

    def service(self, sequence: Sequence) -> float:
        """Return the weighted tokens that the sequence's tenant has had."""
        return self._service.get(sequence.job.tenant, 0.0)

    def served(self, sequence: Sequence, tokens: int, *, turn: bool) -> None:
        """Count ``tokens`` computed for a sequence, in a turn it was chosen for or beside."""
        before = self.service(sequence)
        if turn:
            self._clock = max(self._clock, before)
        self._service[sequence.job.tenant] = before + tokens / sequence.job.weight
