"""What one step computes, and who computes it: the seam between scheduling and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Slice:
    """One sequence's share of a step.

    ``tokens`` are the ids to compute now, at positions ``past`` onward; ``blocks`` are the
    sequence's KV blocks in order, enough for ``past + len(tokens)`` positions; ``sample`` asks
    for the logits of the last of these tokens. Where a sequence has several slices in one
    step they stand in order and share ``blocks``, and later ones see the tokens of earlier ones.
    """

    tokens: Sequence[int]
    past: int
    blocks: Sequence[int]
    sample: bool


class ModelRunner(Protocol):
    """Computes ragged batches over a pool of KV blocks of ``block_size`` tokens.

    Block ids run from 0 to ``num_blocks - 1``; the runner keeps one more for itself, to pad a
    lone row. ``step`` returns float32 logits, shape (number of slices with ``sample``,
    ``vocab_size``), in the order of the slices; the array is valid until the next step. It
    raises ValueError, before computing, for a token, block or length out of range.
    """

    block_size: int
    num_blocks: int
    vocab_size: int
    context_length: int

    def step(self, batch: Sequence[Slice]) -> npt.NDArray[np.float32]: ...

    def close(self) -> None: ...
