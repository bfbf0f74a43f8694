"""Which sequences the next step computes, and how many tokens of each.

The policy, in full:

1. Every decoding sequence gets its one token, oldest first. Where no block is left for it,
   the youngest sequence gives its blocks back and waits at the head of the queue.
2. Prompts follow, ``step_tokens`` of them in all, or ``prefill_chunk`` when something is
   decoding. The tenant with the least service goes first (see ``turns``), within a tenant
   the first to arrive, whether its prompt was begun or not.
   Prompts that are scored share ``SCORED_ROWS`` tokens of a step.
3. A prompt is begun when blocks for all its tokens can be had and one stays for each running
   sequence to grow into. Where its turn has come and they cannot, nobody else is begun.
4. Where nothing but decoding is due and few sequences decode, they are given drafts to check,
   ``draft_rows`` tokens in all.

A sequence never asks for more blocks than the pool has (the engine refuses it), the oldest
is never preempted for another, and a sequence alone may take every block: so the oldest
always goes on, and every sequence becomes the oldest.
"""

from __future__ import annotations

from dataclasses import dataclass

from understudy.engine.batch import Slice
from understudy.engine.blocks import BlockPool
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.engine.turns import Turns

SCORED_ROWS = 128
"""About how many prompt tokens a step scores at most: each takes a row of logits, as long as the
vocabulary, and the time to read it."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a step computes of one sequence. Its last slices are the ``drafts``, one token each;
    ``samples`` says that the slices before them reach the end of what is known."""

    sequence: Sequence
    slices: list[Slice]
    samples: bool
    drafts: tuple[int, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of the sequence itself."""
        return sum(len(part.tokens) for part in self.slices) - len(self.drafts)

    @property
    def logits(self) -> int:
        return sum(part.logits for part in self.slices)


Plan = list[Share]


class Scheduler:
    """Holds every sequence that has not ended, waiting or running, and their blocks.

    ``running`` is in the order in which they were begun. Not thread-safe: the engine thread
    owns it.
    """

    def __init__(self, pool: BlockPool, options: EngineOptions) -> None:
        self.pool = pool
        self.waiting = Turns()
        self.running: list[Sequence] = []
        self.preemptions = 0
        self._options = options

    @property
    def has_work(self) -> bool:
        return bool(self.running or self.waiting)

    def add(self, sequence: Sequence) -> None:
        """Queue a new sequence."""
        self.waiting.enter(sequence)
        self.waiting.add(sequence)

    def schedule(self) -> Plan:
        """Choose the next step. Not empty while there is work."""
        plan = self._decodes()
        decodes = len(plan)
        budget = self._options.prefill_chunk if plan else self._options.step_tokens
        rows = SCORED_ROWS
        begun = [sequence for sequence in self.running if not sequence.decoding]
        while budget > 0 and (sequence := self._next_prompt(begun)) is not None:
            if not sequence.scoring:
                budget -= self._carry(plan, sequence, budget)
            elif rows > 0:
                tokens = self._carry(plan, sequence, min(budget, rows))
                budget, rows = budget - tokens, rows - tokens
        if len(plan) == decodes:
            plan = self._with_drafts(plan)
        return plan

    def can_admit(self) -> bool:
        """Say whether the head of the queue can start now."""
        head = self.waiting.head()
        if head is None or len(self.running) >= self._options.max_batch:
            return False
        hits = self._cached_prefix(head)
        new = self.pool.blocks_for(head.length) - len(hits)
        return self.pool.can_allocate(new + len(self.running), sharing=hits)

    def admit(self) -> Sequence:
        """Start the head of the queue on the blocks its prefix finds and new ones for the rest.

        Raises RuntimeError, changing nothing, where ``can_admit`` says no.
        """
        sequence = self.waiting.head()
        if sequence is None:
            raise RuntimeError("nothing waits to be admitted")
        hits = self._cached_prefix(sequence)
        new = self.pool.blocks_for(sequence.length) - len(hits)
        sequence.blocks = self.pool.allocate(new, sharing=hits)
        self.waiting.remove(sequence)
        sequence.computed = len(hits) * self.pool.block_size
        if sequence.cached_tokens is None:
            sequence.cached_tokens = sequence.computed
        self.running.append(sequence)
        return sequence

    def adopt(self, twin: Sequence, parent: Sequence) -> tuple[int, int] | None:
        """Start a fork on the computed prompt of ``parent``; without room, let it wait, before
        all that its tenant has waiting.

        Full blocks are shared. Returns the block that must be copied, and into which, before
        the next step: the last one, where the prompt only fills a part of it.
        """
        full, rest = divmod(parent.prompt_length, self.pool.block_size)
        new = 1 if rest else 0
        self.waiting.enter(twin)
        if len(self.running) >= self._options.max_batch or not self.pool.can_allocate(new):
            self.waiting.add(twin, first=True)
            return None
        twin.blocks = self.pool.allocate(new, sharing=parent.blocks[:full])
        twin.computed = parent.prompt_length
        self.running.append(twin)
        return (parent.blocks[full], twin.blocks[full]) if rest else None

    def advance(self, sequence: Sequence, count: int) -> None:
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
        self.waiting.leave(sequence)
        self._release(sequence)

    def _decodes(self) -> Plan:
        plan: Plan = []
        # A copy: preemption shortens the list, always behind the sequence being looked at.
        for sequence in list(self.running):
            if sequence.blocks and sequence.decoding and self._grow(sequence):
                self._carry(plan, sequence, 1)
        return plan

    def _next_prompt(self, begun: list[Sequence]) -> Sequence | None:
        """Take out of ``begun``, or admit, the sequence whose prompt is computed next."""
        first = min(begun, key=self.waiting.service, default=None)
        head = self.waiting.head()
        served = self.waiting.service
        turn = head is not None and (first is None or served(head) < served(first))
        if turn and self.can_admit():
            return self.admit()
        if first is not None:
            begun.remove(first)
        return first

    def _with_drafts(self, plan: Plan) -> Plan:
        """Let few decoding sequences check drafts beside their token."""
        limit = self._options.draft_rows // len(plan) - 1 if plan else 0
        return [self._with_draft(share, limit) for share in plan] if limit > 0 else plan

    def _with_draft(self, share: Share, limit: int) -> Share:
        sequence = share.sequence
        drafts = sequence.draft(limit)
        new = self.pool.blocks_for(sequence.length + len(drafts)) - len(sequence.blocks)
        if new > 0 and self.pool.can_allocate(new):
            sequence.blocks += self.pool.allocate(new)
        del drafts[len(sequence.blocks) * self.pool.block_size - sequence.length :]
        slices = [*share.slices, *sequence.draft_slices(drafts)]
        return Share(sequence, slices, share.samples, tuple(drafts))

    def _grow(self, sequence: Sequence) -> bool:
        """Find a block for the sequence's next token; False if it was preempted itself."""
        if self.pool.blocks_for(sequence.length) <= len(sequence.blocks):
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
        self.waiting.give_back(sequence)
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
        tokens = sum(len(part.tokens) for part in slices)
        plan.append(Share(sequence, slices, sequence.computed + tokens == sequence.length))
        self.waiting.served(sequence, tokens)
        return tokens

    def _cached_prefix(self, sequence: Sequence) -> list[int]:
        """Return the blocks a sequence can start on.

        Its last token is always computed, because its logits are needed; and a single
        prompt token is never left to compute (see ``Sequence.slices``). Whose prompt is to
        be scored computes all of it: the cache holds no logits.
        """
        if sequence.scoring:
            return []
        size = self.pool.block_size
        hits = self.pool.lookup(sequence.keys(size, (sequence.length - 1) // size))
        if len(hits) * size == sequence.prompt_length - 1:
            del hits[-1:]
        return hits
