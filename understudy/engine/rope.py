"""Rotary position embedding: the cosine and sine of every position a model can see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from understudy.engine.architecture import LinearScaling, Llama3Scaling, Rope

Array = npt.NDArray[np.float32]


def inverse_frequencies(rope: Rope, head_dim: int) -> Array:
    """Radians per position of each pair of a head's elements, shape (head_dim / 2,)."""
    exponent = np.arange(0, head_dim, 2, dtype=np.float64) / head_dim
    frequencies = 1.0 / rope.theta**exponent
    match rope.scaling:
        case LinearScaling(factor):
            frequencies = frequencies / factor
        case Llama3Scaling():
            frequencies = _llama3(frequencies, rope.scaling)
        case None:
            pass
    return frequencies.astype(np.float32)


def _llama3(frequencies: npt.NDArray[np.float64], by: Llama3Scaling) -> npt.NDArray[np.float64]:
    """Long waves are stretched by the factor, short ones kept, those between blended."""
    turns = by.original_context * frequencies / (2 * np.pi)
    kept = (turns - by.low_freq_factor) / (by.high_freq_factor - by.low_freq_factor)
    kept = np.clip(kept, 0.0, 1.0)
    return kept * frequencies + (1 - kept) * frequencies / by.factor


class RopeTable:
    """Cosines and sines of positions 0 to ``length - 1``.

    Looked up rather than computed per step: a position must get the same bits wherever it stands
    in a batch, and vectorised cosines do not promise that. Angles are float32, as models were
    trained with.
    """

    def __init__(self, rope: Rope, head_dim: int, length: int) -> None:
        angles = np.outer(np.arange(length, dtype=np.float32), inverse_frequencies(rope, head_dim))
        self._cos = np.cos(angles)
        self._sin = np.sin(angles)
        self._head_dim = head_dim

    def at(self, positions: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Cosines and sines for ``positions`` (n,), each of shape (n, 1, 1, head_dim)."""
        return self._lookup(self._cos, positions), self._lookup(self._sin, positions)

    def _lookup(self, table: Array, positions: npt.NDArray[np.int64]) -> Array:
        half = self._head_dim // 2
        out = np.empty((len(positions), 1, 1, self._head_dim), np.float32)
        np.take(table, positions, axis=0, out=out[:, 0, 0, :half], mode="clip")
        out[..., half:] = out[..., :half]
        return out
