"""Finds the largest of a hundred thousand numbers without sorting them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from understudy.engine.penalties import Floats

_COLUMNS = 512
_SHORT = 4096


def top_floor(row: Floats, count: int) -> float:
    """Return a number that the ``count`` largest of ``row`` reach, and usually few others.

    The row is cut into 512 columns. As many of their maxima as are asked for are numbers of the
    row, so the least of those cannot be above the number sought. Minus infinity where that
    tells nothing. ``row`` has shape (n,) and no NaN.
    """
    depth = len(row) // _COLUMNS
    if depth < 2 or not 0 < count <= _COLUMNS:
        return -math.inf
    maxima = row[: depth * _COLUMNS].reshape(depth, _COLUMNS).max(axis=0)
    return float(np.partition(maxima, _COLUMNS - count)[_COLUMNS - count])


def largest(row: Floats, count: int) -> list[int]:
    """Return the indices of the ``count`` largest, in order; of equals the lower comes first."""
    count = min(count, len(row))
    if count <= 0:
        return []
    ids: npt.NDArray[np.intp] = np.flatnonzero(row >= np.float32(top_floor(row, count)))
    values = row[ids]
    edge = np.partition(values, len(values) - count)[len(values) - count]
    ids = ids[values >= edge]
    order = np.argsort(-row[ids], kind="stable")[:count]
    indices: list[int] = ids[order].tolist()
    return indices


def nucleus_edge(values: Floats, top_p: float, weight: float | None) -> float:
    """Return the least of the largest ``values`` that together reach ``top_p`` of ``weight``.

    A value weighs its exponential; none is above 0. ``weight`` None stands for that of all
    ``values``. Minus infinity if together they do not reach it.
    """
    if weight is None:
        weight = float(np.exp(values).sum(dtype=np.float64))
    goal = top_p * weight
    # Sorting all is slow, halving them is not: find the half that the edge lies in, and so on.
    while len(values) > _SHORT:
        half = len(values) // 2
        values = np.partition(values, half)
        likelier = float(np.exp(values[half:]).sum(dtype=np.float64))
        if likelier >= goal:
            values = values[half:]
        else:
            values = values[:half]
            goal -= likelier
    negated = np.sort(-values)
    cumulative = np.cumsum(np.exp(-negated), dtype=np.float64)
    reached = int(np.searchsorted(cumulative, goal))
    return -float(negated[reached]) if reached < len(negated) else -math.inf
