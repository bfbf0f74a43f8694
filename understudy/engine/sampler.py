"""Draws one token from one row of logits.

Order of operations: penalties, mask, temperature, top_k, top_p, min_p, draw (transformers' order;
vLLM differs only in where min_p stands). Each truncation keeps whole ties: it is expressed
as the smallest logit that stays, so the kept set never depends on how equal logits sort.

Rows are handled one at a time in buffers of their own. That costs nothing (a row is a
hundred thousand numbers) and makes a row's result independent of its neighbours by
construction: no reduction ever runs over a shape that depends on the batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from understudy.engine.noise import uniform
from understudy.engine.penalties import Floats, SeenTokens
from understudy.request import SamplingParams

_GREEDY_BELOW = 1e-5
# Sorting a whole vocabulary is slow and rarely needed. Tokens less likely than the likeliest
# by a factor of e^-8 seldom belong to what top_k or top_p keep: look at the others first.
_NEAR = -8.0
_CHUNK = 256


def is_greedy(sampling: SamplingParams) -> bool:
    """Say whether the likeliest token is taken without a draw.

    A temperature below 1e-5 counts as 0, as in vLLM: float32 logits divided by less
    separate rounding errors, not tokens.
    """
    return not sampling.temperature >= _GREEDY_BELOW or sampling.top_p <= 0.0 or sampling.top_k == 1


@dataclass(frozen=True, slots=True)
class Draw:
    """One token to draw, from row ``row`` of the logits.

    ``position`` counts the output tokens before it; with ``seed`` and ``choice`` it fixes the
    draw. ``seen`` is needed where a penalty is on. ``mask`` says which tokens may be drawn: bit
    ``t % 32`` of word ``t // 32`` for token ``t``, shape (ceil(vocab_size / 32),).
    """

    row: int
    sampling: SamplingParams
    seed: int
    position: int
    choice: int = 0
    seen: SeenTokens | None = None
    mask: npt.NDArray[np.uint32] | None = None


class Sampler:
    """Samples rows of ``vocab_size`` logits. Not thread-safe: it reuses its buffers."""

    def __init__(self, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._scaled = np.empty(vocab_size, np.float32)
        self._weights = np.empty(vocab_size, np.float32)
        self._chunks = np.arange(0, vocab_size, _CHUNK)

    def draw(
        self,
        logits: Floats,
        sampling: SamplingParams,
        seed: int,
        position: int,
        seen: SeenTokens | None = None,
    ) -> int | None:
        """Draw from one row, shape (vocab_size,): see ``draw_rows``."""
        return self.draw_rows(logits[None], [Draw(0, sampling, seed, position, seen=seen)])[0]

    def draw_rows(self, logits: Floats, draws: Sequence[Draw]) -> list[int | None]:
        """Return a token id for each draw, or None where its row names none.

        ``logits`` has shape (rows, vocab_size) and is left as it is; several draws may name
        one row. A row names no token if it holds a NaN, or if all of it that may be drawn is
        minus infinity. No draw depends on which others are in the call.
        """
        with np.errstate(over="ignore"):
            return [self._draw_row(logits[draw.row], draw) for draw in draws]

    def _draw_row(self, logits: Floats, draw: Draw) -> int | None:
        sampling = draw.sampling
        if draw.seen is not None:
            np.copyto(self._scaled, logits)
            draw.seen.penalise(self._scaled, sampling)
            logits = self._scaled
        if draw.mask is not None:
            bits = np.unpackbits(draw.mask.astype("<u4").view(np.uint8), bitorder="little")
            forbidden = bits[: self._vocab_size] == 0
            if logits is not self._scaled:
                np.copyto(self._scaled, logits)
            np.copyto(self._scaled, -np.inf, where=forbidden & ~np.isnan(self._scaled))
            logits = self._scaled
        best = int(logits.argmax())
        top = float(logits[best])
        if math.isnan(top) or top == -math.inf:
            return None
        if is_greedy(sampling) or top == math.inf:
            return best
        np.subtract(logits, np.float32(top), out=self._scaled)
        np.divide(self._scaled, np.float32(sampling.temperature), out=self._scaled)
        return self._draw_scaled(sampling, uniform(draw.seed, draw.position, draw.choice))

    def _draw_scaled(self, sampling: SamplingParams, noise: float) -> int:
        """Draw from ``_scaled``: logits over temperature, shifted so that the largest is 0."""
        cut = self._cut(sampling)
        if cut == -math.inf:
            return self._draw_any(noise)
        kept = np.flatnonzero(self._scaled >= cut)
        cumulative = np.cumsum(np.exp(self._scaled[kept]), dtype=np.float64)
        return int(kept[_first_above(cumulative, noise * cumulative[-1])])

    def _cut(self, sampling: SamplingParams) -> float:
        """Return the smallest scaled logit that the truncations keep."""
        cut = -math.inf
        if 0 < sampling.top_k < self._vocab_size:
            cut = self._top_k_cut(sampling.top_k)
        if sampling.top_p < 1.0:
            cut = self._top_p_cut(sampling.top_p, cut)
        if sampling.min_p > 0.0:
            cut = max(cut, math.log(min(sampling.min_p, 1.0)))
        return cut

    def _top_k_cut(self, k: int) -> float:
        near = self._above(_NEAR)
        if len(near) < k:
            near = self._scaled
        return float(np.partition(near, len(near) - k)[len(near) - k])

    def _top_p_cut(self, top_p: float, cut: float) -> float:
        """Return the last of the likeliest tokens that together reach ``top_p``.

        Probabilities are those of the tokens at or above ``cut``.
        """
        if cut > -math.inf:
            return _nucleus_edge(self._above(cut), top_p)
        total = float(np.exp(self._scaled, out=self._weights).sum())
        edge = _nucleus_edge(self._above(_NEAR), top_p, total)
        return edge if edge > -math.inf else _nucleus_edge(self._scaled, top_p)

    def _above(self, cut: float) -> Floats:
        return self._scaled[self._scaled >= cut]

    def _draw_any(self, noise: float) -> int:
        """Draw from the whole vocabulary: first a run of tokens, then one of the run."""
        weights = np.exp(self._scaled, out=self._weights)
        sums = np.add.reduceat(weights, self._chunks, dtype=np.float64)
        cumulative = np.cumsum(sums)
        target = noise * cumulative[-1]
        chunk = _first_above(cumulative, target)
        before = cumulative[chunk - 1] if chunk else 0.0
        start = int(self._chunks[chunk])
        inside = np.cumsum(weights[start : start + _CHUNK], dtype=np.float64)
        return start + _first_above(inside, target - before)


def _nucleus_edge(values: Floats, top_p: float, total: float | None = None) -> float:
    """Return the smallest value in the nucleus, or minus infinity if ``values`` fall short.

    ``total`` is the weight of everything that ``values`` were taken from; None if they are all.
    """
    negated = np.sort(-values)
    cumulative = np.cumsum(np.exp(-negated), dtype=np.float64)
    goal = top_p * (float(cumulative[-1]) if total is None else total)
    reached = int(np.searchsorted(cumulative, goal))
    return -float(negated[reached]) if reached < len(negated) else -math.inf


def _first_above(cumulative: npt.NDArray[np.float64], target: float) -> int:
    """Return the index of the weight that ``target`` falls on: never one of zero weight."""
    index = int(np.searchsorted(cumulative, target, side="right"))
    if index < len(cumulative):
        return index
    return int(np.searchsorted(cumulative, cumulative[-1]))
