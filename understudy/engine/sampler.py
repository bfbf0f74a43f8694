"""Draws one token from one row of logits.

Order of operations: bias, penalties, mask, temperature, top_k, top_p, min_p, draw (transformers'
order; vLLM differs only in where min_p stands). Each truncation keeps whole ties: it is expressed
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

from understudy.engine.bias import Bias
from understudy.engine.noise import uniform
from understudy.engine.penalties import Floats, SeenTokens
from understudy.engine.top import nucleus_edge, top_floor
from understudy.request import SamplingParams

Ids = npt.NDArray[np.intp]

_GREEDY_BELOW = 1e-5
# What top_p and min_p keep is mostly found among the tokens less likely than the likeliest by a
# factor of e^-8 at most. Where more than a share of 1/16 of the vocabulary is, picking them
# out takes longer than taking the whole row.
_LIKELY = -8.0
_LOWEST = float(np.finfo(np.float32).min)
_FEW = 256
_FEW_SHARE = 16
_COLUMNS = 512
# For each byte of a mask, the highest logit that each of its eight tokens may have.
_CEILINGS = np.where(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little") == 1,
    np.float32(np.inf),
    np.float32(-np.inf),
)


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
    draw. ``bias`` is that of ``sampling``; ``seen`` is needed where a penalty is on. ``mask`` says
    which tokens may be drawn: bit ``t % 32`` of word ``t // 32`` for token ``t``, shape
    (ceil(vocab_size / 32),).
    """

    row: int
    sampling: SamplingParams
    seed: int
    position: int
    choice: int = 0
    bias: Bias | None = None
    seen: SeenTokens | None = None
    mask: npt.NDArray[np.uint32] | None = None


class Sampler:
    """Samples rows of ``vocab_size`` logits. Not thread-safe: it reuses its buffers."""

    def __init__(self, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._few = max(_FEW, vocab_size // _FEW_SHARE)
        self._changed = np.empty(vocab_size, np.float32)
        # Laid out in columns, because adding rows up is several times faster than adding up
        # along them. What is left of the last row stays 0.
        self._weights = np.zeros((-(-vocab_size // _COLUMNS), _COLUMNS), np.float32)
        self._columns = np.zeros(_COLUMNS, np.float64)
        self._flat_weights = self._weights.reshape(-1)[:vocab_size]

    def draw(
        self,
        logits: Floats,
        sampling: SamplingParams,
        seed: int,
        position: int,
        seen: SeenTokens | None = None,
    ) -> int | None:
        """Draw from one row, shape (vocab_size,): see ``draw_rows``."""
        draw = Draw(0, sampling, seed, position, bias=Bias.of(sampling), seen=seen)
        return self.draw_rows(logits[None], [draw])[0]

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
        if draw.bias is not None or draw.seen is not None:
            np.copyto(self._changed, logits)
            logits = self._changed
            if draw.bias is not None:
                draw.bias.add(logits)
            if draw.seen is not None:
                draw.seen.penalise(logits, sampling)
        if draw.mask is not None:
            logits = np.minimum(logits, self._ceilings(draw.mask), out=self._changed)
        best = int(logits.argmax())
        top = float(logits[best])
        if math.isnan(top) or top == -math.inf:
            return None
        if is_greedy(sampling) or top == math.inf:
            return best
        return self._draw_token(logits, top, draw)

    def _ceilings(self, mask: npt.NDArray[np.uint32]) -> Floats:
        octets = mask.astype("<u4", copy=False).view(np.uint8)
        return _CEILINGS.take(octets, axis=0).reshape(-1)[: self._vocab_size]

    def _draw_token(self, logits: Floats, top: float, draw: Draw) -> int:
        """Draw from logits of which ``top`` is the largest, and finite."""
        sampling = draw.sampling
        noise = uniform(draw.seed, draw.position, draw.choice)
        by_count = self._by_count(sampling)
        token = None
        if by_count or draw.mask is not None:
            token = self._draw_among_few(logits, top, sampling, noise)
        if token is None and not by_count and (sampling.top_p < 1.0 or sampling.min_p > 0.0):
            token = self._draw_among_likely(logits, top, sampling, noise)
        return self._draw_among_all(logits, top, sampling, noise) if token is None else token

    def _draw_among_few(
        self, logits: Floats, top: float, sampling: SamplingParams, noise: float
    ) -> int | None:
        """Draw where top_k or a mask leaves few tokens; None where it does not."""
        floor = _LOWEST
        if self._by_count(sampling):
            floor = max(floor, top_floor(logits, sampling.top_k))
        ids = self._few_from(logits, floor)
        if ids is None:
            return None
        scaled = _scaled(logits[ids], top, sampling)
        return int(ids[_draw_above(scaled, self._cut(scaled, None, sampling), noise)])

    def _draw_among_likely(
        self, logits: Floats, top: float, sampling: SamplingParams, noise: float
    ) -> int | None:
        """Draw where top_p and min_p keep few tokens and all of them likely, else None."""
        weight = self._weigh(logits, top, sampling) if sampling.top_p < 1.0 else None
        floor = np.float32(top + _LIKELY * sampling.temperature)
        ids = self._few_from(logits, floor)
        if ids is None:
            return None
        scaled = _scaled(logits[ids], top, sampling)
        cut = self._cut(scaled, weight, sampling)
        if cut <= _scaled(np.array([floor], np.float32), top, sampling)[0]:
            return None
        return int(ids[_draw_above(scaled, cut, noise)])

    def _draw_among_all(
        self, logits: Floats, top: float, sampling: SamplingParams, noise: float
    ) -> int:
        """Draw from the whole row: first a column, then one of it."""
        weight = self._weigh(logits, top, sampling)
        if self._by_count(sampling) or sampling.top_p < 1.0 or sampling.min_p > 0.0:
            scaled = _scaled(logits, top, sampling)
            whole = None if self._by_count(sampling) else weight
            self._flat_weights *= scaled >= self._cut(scaled, whole, sampling)
            self._sum_columns()
        target = noise * float(self._columns[-1])
        column = _first_above(self._columns, target)
        before = float(self._columns[column - 1]) if column else 0.0
        inside = np.cumsum(self._weights[:, column], dtype=np.float64)
        return column + _COLUMNS * _first_above(inside, target - before)

    def _by_count(self, sampling: SamplingParams) -> bool:
        return 0 < sampling.top_k < self._vocab_size

    def _few_from(self, logits: Floats, floor: float | np.float32) -> Ids | None:
        """Return the tokens whose logits reach ``floor``, or None if they are too many."""
        above = logits >= np.float32(floor)
        return np.flatnonzero(above) if np.count_nonzero(above) <= self._few else None

    def _cut(self, values: Floats, weight: float | None, sampling: SamplingParams) -> float:
        """Return the smallest scaled logit that the truncations keep.

        ``values`` are the largest scaled logits of the row, at least ``top_k`` of them or all
        that have a chance, and ``weight`` is that of the whole row. Minus infinity says that
        more is kept than all of ``values``.
        """
        cut = -math.inf
        if self._by_count(sampling):
            place = len(values) - sampling.top_k
            if place >= 0:
                cut = float(np.partition(values, place)[place])
                values = values[values >= cut]
        if sampling.top_p < 1.0:
            cut = max(cut, nucleus_edge(values, sampling.top_p, weight))
        if sampling.min_p > 0.0:
            cut = max(cut, math.log(min(sampling.min_p, 1.0)))
        return cut

    def _weigh(self, logits: Floats, top: float, sampling: SamplingParams) -> float:
        """Fill ``_weights`` and ``_columns`` and return the weight of the row."""
        np.exp(_scaled(logits, top, sampling, out=self._flat_weights), out=self._flat_weights)
        return self._sum_columns()

    def _sum_columns(self) -> float:
        np.cumsum(self._weights.sum(axis=0), dtype=np.float64, out=self._columns)
        return float(self._columns[-1])


def _scaled(
    logits: Floats, top: float, sampling: SamplingParams, out: Floats | None = None
) -> Floats:
    """Return logits over temperature, shifted so that ``top`` becomes 0."""
    shifted = np.subtract(logits, np.float32(top), out=out)
    return np.multiply(shifted, np.float32(1 / sampling.temperature), out=out)


def _draw_above(scaled: Floats, cut: float, noise: float) -> int:
    """Return the index of one of ``scaled`` from ``cut`` up, drawn by their exponentials."""
    kept = np.flatnonzero(scaled >= cut)
    cumulative = np.cumsum(np.exp(scaled[kept]), dtype=np.float64)
    return int(kept[_first_above(cumulative, noise * float(cumulative[-1]))])


def _first_above(cumulative: npt.NDArray[np.float64], target: float) -> int:
    """Return the index of the weight that ``target`` falls on: never one of zero weight."""
    index = int(np.searchsorted(cumulative, target, side="right"))
    if index < len(cumulative):
        return index
    return int(np.searchsorted(cumulative, cumulative[-1]))
