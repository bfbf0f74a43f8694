"""One choice inside the engine: its tokens, how far they are computed, the blocks they use."""

from __future__ import annotations

import logging
from collections.abc import Sequence as Tokens
from copy import copy

from understudy.engine.batch import Slice
from understudy.engine.bias import Bias
from understudy.engine.drafts import Drafter
from understudy.engine.job import Job
from understudy.engine.noise import fresh_seed
from understudy.engine.penalties import SeenTokens, has_penalties
from understudy.engine.prefix_cache import block_key, root_key
from understudy.engine.sampler import Draw
from understudy.events import FinishEvent, FinishReason, TokenLogprob

_log = logging.getLogger(__name__)

LOOKED_UP = 8192
"""The last tokens of a sequence in which drafts are looked up: an index of longer ones would take
the engine's thread too long to make."""


class Sequence:
    """Prompt and output tokens of one choice, with the KV blocks that hold their keys.

    ``computed`` counts the tokens whose keys and values are in ``blocks``. Preemption takes
    the blocks and sets ``computed`` to 0; tokens, seed and counts stay, so the answer goes
    on where it was. ``scores`` are the prompt's log-probabilities as far as they are known,
    None where nobody asked. A job has one sequence until its prompt is computed, and then
    one for each choice.
    """

    def __init__(self, job: Job) -> None:
        sampling = job.sampling
        self.job = job
        self.choice = 0
        self.seed = fresh_seed() if sampling.seed is None else sampling.seed
        self.bias = Bias.of(sampling)
        self.seen = SeenTokens(job.prompt) if has_penalties(sampling) else None
        self.matcher = None if job.grammar is None else job.grammar.matcher()
        self.scores: list[TokenLogprob | None] | None = None
        if job.prompt_logprobs is not None:
            self.scores = [None]
        self.tokens = list(job.prompt)
        self.prompt_length = len(self.tokens)
        self.computed = 0
        self.blocks: list[int] = []
        self.cached_tokens: int | None = None
        self.announced = False
        self._drafter: Drafter | None = None
        self._looked_up = False
        self._keys = [root_key(job.namespace, job.adapter or "")]

    @property
    def length(self) -> int:
        return len(self.tokens)

    @property
    def output_length(self) -> int:
        return len(self.tokens) - self.prompt_length

    @property
    def remaining(self) -> int:
        """Tokens not computed yet: 1 while decoding, more while prompt tokens are due."""
        return len(self.tokens) - self.computed

    @property
    def decoding(self) -> bool:
        return len(self.tokens) - self.computed == 1

    @property
    def scoring(self) -> bool:
        """Whether prompt tokens are still to be told their log-probabilities."""
        return self.scores is not None and len(self.scores) < self.prompt_length

    def fork(self, choice: int) -> Sequence:
        """Return another choice of the same job at the same place, without blocks."""
        twin = copy(self)
        twin.choice = choice
        twin.tokens = list(self.tokens)
        twin.seen = None if self.seen is None else self.seen.copy()
        twin.matcher = None if self.matcher is None else self.matcher.fork()
        twin.scores = None
        twin.computed, twin.blocks = 0, []
        twin._drafter = None
        twin._keys = list(self._keys)
        return twin

    def slices(self, budget: int) -> list[Slice]:
        """Return the next tokens to compute: about ``budget`` of them, at least one.

        Prompt tokens come in one slice, output tokens (which preemption left to compute
        again) in slices of one, as decoding computed them. A lone prompt token would go
        through the kernel for output tokens and differ in its last bits, so a slice never
        is one prompt token or leaves one over, at the price of one or two above budget.
        """
        position, found = self.computed, []
        left = self.prompt_length - position
        if left > 0:
            count = min(left, max(budget, 2))
            if left - count == 1:
                count = left
            found.append(self._slice(position, count))
            position += count
        if position >= self.prompt_length:
            end = min(self.length, self.computed + budget)
            found += [self._slice(place, 1) for place in range(position, end)]
        return found

    def draft_slices(self, drafts: Tokens[int]) -> list[Slice]:
        """Return slices that compute ``drafts`` as if they followed: one token each, as decoding
        computes them, so that those which come true leave the very bits behind."""
        return [
            Slice([token], self.length + place, self.blocks, 1, self.job.adapter)
            for place, token in enumerate(drafts)
        ]

    def draft(self, limit: int) -> list[int]:
        """Guess at most ``limit`` of the tokens after the next: what the grammar leaves no
        choice about, or else what followed the last few tokens when they came before."""
        limit = min(limit, self.job.max_tokens - self.output_length - 1)
        self._looked_up = False
        if limit < 1:
            return []
        forced = self._forced(limit)
        if forced:
            return forced
        if self._drafter is None:
            self._drafter = Drafter(self.tokens[-LOOKED_UP:])
        self._looked_up = True
        return self._drafter.propose(limit)

    def _forced(self, limit: int) -> list[int]:
        if self.matcher is None:
            return []
        try:
            return list(self.matcher.forced()[:limit])
        except Exception:
            _log.exception("A constraint could not say what must come next.")
            return []

    def drafted(self, proposed: int, accepted: int) -> None:
        """Learn how many of the last drafts came true."""
        if self._drafter is not None and self._looked_up and proposed:
            self._drafter.told(proposed, accepted)

    def keys(self, block_size: int, count: int) -> list[bytes]:
        """Return the prefix-cache keys of the first ``count`` full blocks."""
        for index in range(len(self._keys) - 1, count):
            start = index * block_size
            prompt = min(max(self.prompt_length - start, 0), block_size)
            tokens = self.tokens[start : start + block_size]
            self._keys.append(block_key(self._keys[-1], tokens, prompt))
        return self._keys[1 : count + 1]

    def next_draw(self, row: int) -> Draw:
        """Return how the next token is drawn from row ``row`` of a step's logits."""
        mask = None if self.matcher is None else self.matcher.mask()
        position = self.output_length
        return Draw(
            row, self.job.sampling, self.seed, position, self.choice, self.bias, self.seen, mask
        )

    def append(self, token: int) -> bool:
        """Take one sampled token into the output; False if the grammar does not allow it."""
        self.tokens.append(token)
        if self.seen is not None:
            self.seen.add(token)
        if self._drafter is not None:
            self._drafter.extend(token)
        return self.matcher is None or self.is_stop(token) or self.matcher.accept(token)

    def is_stop(self, token: int) -> bool:
        """Say whether ``token`` ends the sequence, as an EOS token or one the caller named."""
        sampling = self.job.sampling
        if token in sampling.stop_token_ids:
            return True
        return token in self.job.eos_token_ids and not sampling.ignore_eos

    def finish(self) -> FinishEvent | None:
        """Return why the sequence ends at its last token, or None if it goes on."""
        last, matcher = self.tokens[-1], self.matcher
        if self.output_length and self.is_stop(last):
            if matcher is not None and matcher.exhausted:
                return FinishEvent(self.choice, FinishReason.LENGTH)
            named = last in self.job.sampling.stop_token_ids
            return FinishEvent(self.choice, FinishReason.STOP, last if named else None)
        if self.output_length and matcher is not None and matcher.complete:
            return FinishEvent(self.choice, FinishReason.STOP)
        if self.output_length >= self.job.max_tokens:
            return FinishEvent(self.choice, FinishReason.LENGTH)
        if self.output_length and matcher is not None and matcher.exhausted:
            return FinishEvent(self.choice, FinishReason.LENGTH)
        return None

    def _slice(self, start: int, count: int) -> Slice:
        end = start + count
        wanted = int(end == self.length)
        if self.scores is not None and self.scoring:
            # The logits at one token are the next one's.
            wanted = max(0, end - max(start, len(self.scores) - 1))
        return Slice(self.tokens[start:end], start, self.blocks, wanted, self.job.adapter)
