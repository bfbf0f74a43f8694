"""What the tables of ``docs/precision.md`` are made with does what they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.pages import _new
from benchmarks.precision import Rounding, rounded, served, weights_only
from benchmarks.tuning import Case
from understudy.engine.weights import EMBEDDING, HEAD

MATRIX = np.random.default_rng(4).standard_normal((8, 512)).astype(np.float32)
INT4 = Rounding("int4", "int8", 128)


def _values(name: str, rounding: Rounding) -> int:
    """The most values that a row of the rounded matrix has."""
    return max(len(np.unique(row)) for row in rounded(name, MATRIX, rounding))


def test_each_matrix_is_rounded_to_its_own_kind() -> None:
    assert _values("model.layers.0.mlp.up_proj.weight", Rounding("int4", "int8")) <= 16
    assert _values(HEAD, INT4) > 64
    assert _values(EMBEDDING, INT4) > 64


def test_norms_are_not_rounded() -> None:
    np.testing.assert_array_equal(rounded("model.norm.weight", MATRIX[0], INT4), MATRIX[0])


@pytest.mark.parametrize("group", [32, 128, 0])
def test_least_squares_err_less_than_keeping_extremes(group: int) -> None:
    plain, searched = (
        np.square(rounded("", MATRIX, Rounding("int4", "int4", group, s)) - MATRIX).sum()
        for s in (False, True)
    )
    assert searched < plain


def test_no_cell_is_computed_twice() -> None:
    cells = [*weights_only(), *served()]
    assert len(set(cells)) == len(cells)


def test_a_case_is_read_as_it_is_written() -> None:
    assert Case.parse("8@4096") == Case(8, 1, 4096)
    assert Case.parse("p512@0") == Case(1, 512, 0)
    assert [list(part.blocks) for part in Case(2, 1, 32).batch()] == [[0, 1], [2, 3]]


def test_only_memory_taken_since_is_new() -> None:
    assert _new([(0, 10), (20, 30)], [(0, 4), (25, 40)]) == [(4, 10), (20, 25)]
