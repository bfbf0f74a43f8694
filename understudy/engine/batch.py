"""What one step computes, and who computes it: the seam between scheduling and tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Slice:
    """One sequence's share of a step.

    ``tokens`` are the ids to compute now, at positions ``past`` onward; ``blocks`` are the
    sequence's KV blocks in order, enough for ``past + len(tokens)`` positions; ``logits`` asks
    for the logits of so many of these tokens, the last ones. ``adapter`` is the key of a loaded
    adapter that computes them. Where a sequence has several slices in one step they stand in
    order and share ``blocks``, and later ones see the tokens of earlier ones.
    """

    tokens: Sequence[int]
    past: int
    blocks: Sequence[int]
    logits: int = 0
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter: for some of the linear layers, what is added to their output.

    ``matrices`` maps a layer's name ("model.layers.0.self_attn.q_proj") to float32 A of shape
    (rank, inputs) and B of shape (outputs, rank), the scale already multiplied into B; all of
    one adapter have the same ``rank``.
    """

    rank: int
    matrices: Mapping[str, tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]


class ModelRunner(Protocol):
    """Computes ragged batches over a pool of KV blocks of ``block_size`` tokens.

    Block ids run from 0 to ``num_blocks - 1``; the runner keeps one more for itself, to pad a
    lone row. ``step`` returns float32 logits, shape (sum of the slices' ``logits``,
    ``vocab_size``), in the order of the slices and of their tokens; the array is valid until
    the next step. It raises ValueError, before computing, for a token, block, length or adapter
    out of range. ``copy_block`` copies all keys and values of one block into another.

    ``load_adapter`` makes an adapter known under a key, ``unload_adapter`` forgets it; both
    between steps, and only where ``takes_adapters``.
    """

    block_size: int
    num_blocks: int
    vocab_size: int
    context_length: int
    takes_adapters: bool

    def step(self, batch: Sequence[Slice]) -> npt.NDArray[np.float32]: ...

    def copy_block(self, source: int, target: int) -> None: ...

    def load_adapter(self, key: str, adapter: Adapter) -> None: ...

    def unload_adapter(self, key: str) -> None: ...

    def close(self) -> None: ...
