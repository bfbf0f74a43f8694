"""One request inside the engine: its tokens, how far they are computed, the blocks they use."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence as Tokens

from understudy.engine.batch import Slice
from understudy.engine.noise import fresh_seed
from understudy.engine.penalties import SeenTokens, has_penalties
from understudy.engine.prefix_cache import block_key, root_key
from understudy.events import FinishEvent, FinishReason
from understudy.request import SamplingParams


class Sequence:
    """Prompt and output tokens of one choice, with the KV blocks that hold their keys.

    ``computed`` counts the tokens whose keys and values are in ``blocks``. Preemption takes
    the blocks and sets ``computed`` to 0; tokens, seed and counts stay, so the answer goes
    on where it was.
    """

    def __init__(
        self,
        prompt: Tokens[int],
        sampling: SamplingParams,
        *,
        max_tokens: int,
        eos_token_ids: Collection[int] = (),
        namespace: str = "",
    ) -> None:
        self.sampling = sampling
        self.max_tokens = max_tokens
        self.seed = fresh_seed() if sampling.seed is None else sampling.seed
        self.seen = SeenTokens(prompt) if has_penalties(sampling) else None
        self.tokens = list(prompt)
        self.prompt_length = len(self.tokens)
        self.computed = 0
        self.blocks: list[int] = []
        self.cached_tokens: int | None = None
        self.announced = False
        self._eos = frozenset(() if sampling.ignore_eos else eos_token_ids)
        self._stops = frozenset(sampling.stop_token_ids)
        self._keys = [root_key(namespace)]

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

    def keys(self, block_size: int, count: int) -> list[bytes]:
        """Return the prefix-cache keys of the first ``count`` full blocks."""
        for index in range(len(self._keys) - 1, count):
            start = index * block_size
            prompt = min(max(self.prompt_length - start, 0), block_size)
            tokens = self.tokens[start : start + block_size]
            self._keys.append(block_key(self._keys[-1], tokens, prompt))
        return self._keys[1 : count + 1]

    def append(self, token: int) -> None:
        """Take one sampled token into the output."""
        self.tokens.append(token)
        if self.seen is not None:
            self.seen.add(token)

    def is_stop(self, token: int) -> bool:
        """Say whether ``token`` ends the sequence, as an EOS token or one the caller named."""
        return token in self._stops or token in self._eos

    def finish(self) -> FinishEvent | None:
        """Return why the sequence ends at its last token, or None if it goes on."""
        last = self.tokens[-1]
        if self.output_length and self.is_stop(last):
            return FinishEvent(0, FinishReason.STOP, last if last in self._stops else None)
        if self.output_length >= self.max_tokens:
            return FinishEvent(0, FinishReason.LENGTH)
        return None

    def _slice(self, start: int, count: int) -> Slice:
        end = start + count
        return Slice(self.tokens[start:end], start, self.blocks, int(end == len(self.tokens)))
