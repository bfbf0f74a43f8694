"""One step's input arrays, from slices: checked, flattened, padded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import Slice
from understudy.engine.paged_attention import BLOCK_SIZE


class StepInputs:
    """Checks slices against a runner's limits and lays them out for the graph.

    Nothing below checks again: a block id out of range would write outside the cache, and a token
    id out of range would silently read another row.

    ``least_rows`` is 1, or 2 for a graph whose matrix products take another kernel for one row,
    whose sums differ in the last bits. Those of adapters always do. There a lone row gets company,
    in block ``num_blocks``.
    """

    def __init__(
        self, num_blocks: int, vocab_size: int, context_length: int, least_rows: int = 1
    ) -> None:
        self._num_blocks = num_blocks
        self._least_rows = least_rows
        self._vocab_size = vocab_size
        self._context_length = context_length

    def prepare(self, batch: Sequence[Slice]) -> tuple[dict[str, npt.NDArray[Any]], int]:
        """The graph's inputs by name, with ``positions`` (n,) in place of ``cos`` and ``sin``, and
        how many rows of logits were asked for. Raises ValueError for anything out of range."""
        parts = list(batch)
        if not parts:
            raise ValueError("a step needs at least one slice")
        lengths = [self._checked_length(part) for part in parts]
        tokens = self._checked_tokens(parts)
        used = [-(-(part.past + n) // BLOCK_SIZE) for part, n in zip(parts, lengths, strict=True)]
        blocks = self._checked_blocks(parts, used)
        past = [part.past for part in parts]
        adapted = any(part.adapter is not None for part in parts)
        if len(tokens) < (2 if adapted else self._least_rows):
            tokens, blocks = np.append(tokens, 0), np.append(blocks, np.int32(self._num_blocks))
            lengths, used, past = [*lengths, 1], [*used, 1], [*past, 0]
        if max(lengths) == 1:
            # Fewer sequences of one token than threads, and nothing else, would take another kernel
            # of attention: a request would answer differently alone and among others. A sequence
            # of no tokens keeps the plugin from it.
            lengths, used, past = [*lengths, 0], [*used, 0], [*past, 0]
        begins = np.zeros(len(lengths) + 1, np.int32)
        np.cumsum(lengths, out=begins[1:])
        block_begins = np.zeros(len(used) + 1, np.int32)
        np.cumsum(used, out=block_begins[1:])
        ends = begins[1:].tolist()
        rows = [
            row
            for part, end in zip(parts, ends, strict=False)
            for row in range(end - part.logits, end)
        ]
        starts = np.asarray(past, np.int64) - begins[:-1]
        arrays: dict[str, npt.NDArray[Any]] = {
            "input_ids": tokens,
            "positions": np.arange(len(tokens)) + np.repeat(starts, lengths),
            "past_lens": np.asarray(past, np.int32),
            "subsequence_begins": begins,
            "block_indices": blocks,
            "block_indices_begins": block_begins,
            "max_context_len": np.asarray(max(map(sum, zip(past, lengths, strict=True))), np.int32),
            "rows": np.asarray(rows * self._least_rows if len(rows) == 1 else rows, np.int64),
        }
        return arrays, len(rows)

    def _checked_length(self, part: Slice) -> int:
        length = len(part.tokens)
        if length < 1:
            raise ValueError("a slice needs at least one token")
        if not 0 <= part.logits <= length:
            raise ValueError(f"{part.logits} rows of logits were asked for of {length} tokens")
        if not 0 <= part.past <= self._context_length - length:
            raise ValueError(
                f"{length} tokens after {part.past} do not fit a context of {self._context_length}"
            )
        if len(part.blocks) * BLOCK_SIZE < part.past + length:
            raise ValueError(
                f"{len(part.blocks)} blocks of {BLOCK_SIZE} are too few "
                f"for {part.past + length} positions"
            )
        return length

    def _checked_tokens(self, parts: Sequence[Slice]) -> npt.NDArray[np.int64]:
        tokens = np.asarray(list(chain.from_iterable(part.tokens for part in parts)), np.int64)
        if tokens.min() < 0 or tokens.max() >= self._vocab_size:
            raise ValueError(f"a token id is not in [0, {self._vocab_size})")
        return tokens

    def _checked_blocks(self, parts: Sequence[Slice], used: Sequence[int]) -> npt.NDArray[np.int32]:
        spans = (part.blocks[:n] for part, n in zip(parts, used, strict=True))
        blocks = np.asarray(list(chain.from_iterable(spans)), np.int64)
        if blocks.min() < 0 or blocks.max() >= self._num_blocks:
            raise ValueError(f"a block id is not in [0, {self._num_blocks})")
        return blocks.astype(np.int32)
