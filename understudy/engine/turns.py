"""Whose turn it is: the queue of a server whose callers share one engine.

Start-time fair queueing (Goyal, Vin and Cheng, 1996) over tokens: a tenant's *service* is the
tokens computed for it, prompt and output, divided by its weight, and the tenant with the least
service has its turn. Who had nothing to ask for gathers no credit: who comes (again) starts at
the clock, the least service among those who have something running or waiting.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from understudy.engine.sequence import Sequence


class Turns:
    """Sequences that wait, first come first served within a tenant, and what tenants have had.

    Those that were preempted go before all others.
    """

    def __init__(self) -> None:
        self._preempted: deque[Sequence] = deque()
        self._queues: dict[str, deque[Sequence]] = {}
        self._live: Counter[str] = Counter()
        self._service: dict[str, float] = {}
        self._clock = 0.0

    def __len__(self) -> int:
        return len(self._preempted) + sum(map(len, self._queues.values()))

    def __bool__(self) -> bool:
        return bool(self._preempted or self._queues)

    def __iter__(self) -> Iterator[Sequence]:
        yield from self._preempted
        for queue in self._queues.values():
            yield from queue

    def enter(self, sequence: Sequence) -> None:
        """Count a sequence that is to run; it may wait or not."""
        tenant = sequence.job.tenant
        self._tick()
        if not self._live[tenant]:
            self._service[tenant] = max(self.service(sequence), self._clock)
        self._live[tenant] += 1

    def leave(self, sequence: Sequence) -> None:
        """Count one less, which neither waits nor runs any more."""
        tenant = sequence.job.tenant
        self._tick()
        self._live[tenant] -= 1
        if not self._live[tenant]:
            del self._live[tenant]
            # Whoever has had no more than the clock would start there anyway.
            behind = [t for t, had in self._service.items() if had <= self._clock]
            for other in behind:
                if other not in self._live:
                    del self._service[other]

    def add(self, sequence: Sequence, *, first: bool = False) -> None:
        """Queue a sequence behind its tenant's others, or before them."""
        queue = self._queues.setdefault(sequence.job.tenant, deque())
        if first:
            queue.appendleft(sequence)
        else:
            queue.append(sequence)

    def give_back(self, sequence: Sequence) -> None:
        """Queue a sequence that was preempted, before all that wait."""
        self._preempted.appendleft(sequence)

    def head(self) -> Sequence | None:
        """Return the sequence whose turn is next, leaving it where it is."""
        if self._preempted:
            return self._preempted[0]
        heads = [queue[0] for queue in self._queues.values()]
        return min(heads, key=self.service, default=None)

    def remove(self, sequence: Sequence) -> None:
        """Take a sequence out of the queue. Raises ValueError if it is not there."""
        if sequence in self._preempted:
            self._preempted.remove(sequence)
            return
        queue = self._queues.get(sequence.job.tenant, deque())
        queue.remove(sequence)
        if not queue:
            del self._queues[sequence.job.tenant]

    def service(self, sequence: Sequence) -> float:
        """Return the weighted tokens that the sequence's tenant has had."""
        return self._service.get(sequence.job.tenant, 0.0)

    def served(self, sequence: Sequence, tokens: int) -> None:
        """Count ``tokens`` computed for a sequence."""
        self._service[sequence.job.tenant] = self.service(sequence) + tokens / sequence.job.weight

    def _tick(self) -> None:
        least = min((self._service[tenant] for tenant in self._live), default=self._clock)
        self._clock = max(self._clock, least)
