"""Which sequences the next step computes, and how many tokens of each.

The policy, in full:

1. Every decoding sequence gets its one token, oldest first. Where no block is left for it,
   the youngest sequence gives its blocks back and waits at the head of the queue.
2. Prompts follow in order of arrival, ``step_tokens`` of them in all, or ``prefill_chunk``
   when something is decoding.
3. While some of that is left, the head of the queue is admitted if blocks for all its
   tokens can be had and one stays for each running sequence to grow into. Nobody overtakes.

A sequence never asks for more blocks than the pool has (the engine refuses it), the oldest
is never preempted for another, and a sequence alone may take every block: so the oldest
always goes on, and every sequence becomes the oldest.
"""

from __future__ import annotations

from collections import deque

from understudy.engine.batch import Slice
from understudy.engine.blocks import BlockPool
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence

Plan = list[tuple[Sequence, Slice]]


class Scheduler:
    """Holds every sequence that has not ended, waiting or running, and their blocks.

    ``running`` is in order of arrival. Not thread-safe: the engine thread owns it.
    """

    def __init__(self, pool: BlockPool, options: EngineOptions) -> None:
        self.pool = pool
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        self.preemptions = 0
        self._options = options

    @property
    def has_work(self) -> bool:
        return bool(self.running or self.waiting)

    def add(self, sequence: Sequence) -> None:
        """Queue a new sequence."""
        self.waiting.append(sequence)

    def schedule(self) -> Plan:
        """Choose the next step. Not empty while there is work."""
        plan = self._decodes()
        budget = self._options.prefill_chunk if plan else self._options.step_tokens
        for sequence in self.running:
            if budget > 0 and not sequence.decoding:
                budget -= self._carry(plan, sequence, budget)
        while budget > 0 and self.can_admit():
            budget -= self._carry(plan, self.admit(), budget)
        return plan

    def can_admit(self) -> bool:
        """Say whether the head of the queue can start now."""
        if not self.waiting or len(self.running) >= self._options.max_batch:
            return False
        head = self.waiting[0]
        hits = self._cached_prefix(head)
        new = self.pool.blocks_for(head.length) - len(hits)
        return self.pool.can_allocate(new + len(self.running), sharing=hits)

    def admit(self) -> Sequence:
        """Start the head of the queue on the blocks its prefix finds and new ones for the rest."""
        sequence = self.waiting[0]
        hits = self._cached_prefix(sequence)
        new = self.pool.blocks_for(sequence.length) - len(hits)
        sequence.blocks = self.pool.allocate(new, sharing=hits)
        self.waiting.popleft()
        sequence.computed = len(hits) * self.pool.block_size
        if sequence.cached_tokens is None:
            sequence.cached_tokens = sequence.computed
        self.running.append(sequence)
        return sequence

    def computed(self, sequence: Sequence, count: int) -> None:
        """Record that ``count`` more tokens are in the sequence's blocks.

        Full blocks of prompt are published at once, so that others find them. Blocks with
        output in them are of use to nobody else (see ``prefix_cache``) and would only drive
        prompts out of the cache.
        """
        before = sequence.computed
        sequence.computed += count
        self._publish(sequence, before, min(sequence.computed, sequence.prompt_length))

    def remove(self, sequence: Sequence) -> None:
        """Forget a sequence, waiting or running, and give its blocks back."""
        if sequence in self.running:
            self.running.remove(sequence)
        else:
            self.waiting.remove(sequence)
        self._release(sequence)

    def _decodes(self) -> Plan:
        plan: Plan = []
        # A copy: preemption shortens the list, always behind the sequence being looked at.
        for sequence in list(self.running):
            if sequence.blocks and sequence.decoding and self._grow(sequence):
                self._carry(plan, sequence, 1)
        return plan

    def _grow(self, sequence: Sequence) -> bool:
        """Find a block for the sequence's next token; False if it was preempted itself."""
        if self.pool.blocks_for(sequence.length) == len(sequence.blocks):
            return True
        while not self.pool.can_allocate(1):
            youngest = self.running[-1]
            self._preempt(youngest)
            if youngest is sequence:
                return False
        sequence.blocks += self.pool.allocate(1)
        return True

    def _preempt(self, sequence: Sequence) -> None:
        """Take a sequence's blocks away, and let it find again what nobody needed."""
        self._publish(sequence, sequence.prompt_length, sequence.computed)
        self.running.remove(sequence)
        self._release(sequence)
        self.waiting.appendleft(sequence)
        self.preemptions += 1

    def _release(self, sequence: Sequence) -> None:
        self.pool.release(sequence.blocks)
        sequence.blocks = []
        sequence.computed = 0

    def _publish(self, sequence: Sequence, start: int, end: int) -> None:
        """Offer the full blocks that end within tokens ``start`` to ``end``."""
        size = self.pool.block_size
        if end // size > start // size:
            keys = sequence.keys(size, end // size)
            for index in range(start // size, end // size):
                self.pool.publish(sequence.blocks[index], keys[index])

    def _carry(self, plan: Plan, sequence: Sequence, budget: int) -> int:
        slices = sequence.slices(budget)
        plan += [(sequence, part) for part in slices]
        return sum(len(part.tokens) for part in slices)

    def _cached_prefix(self, sequence: Sequence) -> list[int]:
        """Return the blocks a sequence can start on.

        Its last token is always computed, because its logits are needed; and a single
        prompt token is never left to compute (see ``Sequence.slices``).
        """
        size = self.pool.block_size
        hits = self.pool.lookup(sequence.keys(size, (sequence.length - 1) // size))
        if len(hits) * size == sequence.prompt_length - 1:
            del hits[-1:]
        return hits
