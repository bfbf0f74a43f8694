"""A model runner that computes next to nothing and notices every mistake.

It stores the tokens it is given in the blocks it is told, reads the whole sequence back
through the block table, and derives the logits from a digest of what it read. A wrong
block, a block shared too early or a stale cache entry changes the output.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import Adapter, Slice

Floats = npt.NDArray[np.float32]


def toy_logits(tokens: Sequence[int], vocab_size: int, adapter: str | None = None) -> Floats:
    """Return the toy model's logits after ``tokens``, shape (vocab_size,)."""
    data = np.asarray(tokens, np.int64).tobytes() + (adapter or "").encode()
    digest = hashlib.blake2b(data, digest_size=16).digest()
    generator = np.random.default_rng(int.from_bytes(digest, "little"))
    return (3 * generator.standard_normal(vocab_size)).astype(np.float32)


class ToyRunner:
    """A ModelRunner over ``num_blocks`` blocks. ``fail_next`` makes that many steps raise."""

    def __init__(
        self,
        num_blocks: int = 64,
        block_size: int = 4,
        vocab_size: int = 50,
        context_length: int = 200,
    ) -> None:
        self.num_blocks = num_blocks
        self.block_size = block_size
        self.vocab_size = vocab_size
        self.context_length = context_length
        self.fail_next = 0
        self.steps: list[list[Slice]] = []
        self.closed = False
        self.takes_adapters = True
        self.adapters: set[str] = set()
        self._store = np.full((num_blocks, block_size), -1, np.int64)

    def step(self, batch: Sequence[Slice]) -> Floats:
        assert not self.closed
        self.steps.append(
            [Slice(list(s.tokens), s.past, list(s.blocks), s.logits, s.adapter) for s in batch]
        )
        written: set[tuple[int, int]] = set()
        for slice_ in batch:
            assert slice_.past + len(slice_.tokens) <= self.context_length
            assert slice_.adapter is None or slice_.adapter in self.adapters
            self._write(slice_, written)
        if self.fail_next:
            self.fail_next -= 1
            raise RuntimeError("the toy runner was told to fail")
        rows = [
            toy_logits(read[:end], self.vocab_size, s.adapter)
            for s in batch
            for read in [self._read(s)]
            for end in range(len(read) - s.logits + 1, len(read) + 1)
        ]
        return np.array(rows, np.float32).reshape(len(rows), self.vocab_size)

    def copy_block(self, source: int, target: int) -> None:
        self._store[target] = self._store[source]

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        assert key not in self.adapters
        self.adapters.add(key)

    def unload_adapter(self, key: str) -> None:
        self.adapters.remove(key)

    def close(self) -> None:
        self.closed = True

    def _write(self, slice_: Slice, written: set[tuple[int, int]]) -> None:
        assert slice_.tokens
        for position, token in enumerate(slice_.tokens, slice_.past):
            cell = (slice_.blocks[position // self.block_size], position % self.block_size)
            assert 0 <= cell[0] < self.num_blocks
            assert cell not in written, "two sequences wrote one place in one step"
            written.add(cell)
            self._store[cell] = token

    def _read(self, slice_: Slice) -> list[int]:
        end = slice_.past + len(slice_.tokens)
        stored: list[int] = self._store[list(slice_.blocks)].reshape(-1)[:end].tolist()
        return stored
