"""The largest of a row, against a full sort."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.engine.top import largest, nucleus_edge, top_floor

sizes = st.sampled_from([1, 5, 511, 1023, 1024, 1025, 3000])


@given(st.integers(0, 10_000), sizes, st.integers(0, 600), st.sampled_from([1, 100, 100_000]))
@settings(max_examples=200, deadline=None)
def test_the_largest_are_found_and_of_equals_the_first(
    seed: int, size: int, count: int, distinct: int
) -> None:
    row = np.random.default_rng(seed).integers(0, distinct, size).astype(np.float32)
    assert largest(row, count) == np.argsort(-row, kind="stable")[:count].tolist()


@given(st.integers(0, 10_000), sizes, st.integers(1, 600))
@settings(max_examples=200, deadline=None)
def test_at_least_as_many_as_asked_for_reach_the_floor(seed: int, size: int, count: int) -> None:
    row = np.random.default_rng(seed).normal(size=size).astype(np.float32)
    assert np.count_nonzero(row >= top_floor(row, count)) >= min(count, size)


def test_few_others_reach_the_floor_of_a_long_row() -> None:
    row = np.random.default_rng(1).normal(size=100_000).astype(np.float32)
    for count in (1, 20, 50):
        floor = top_floor(row, count)
        assert floor > -math.inf
        assert np.count_nonzero(row >= floor) <= 1.3 * count


@pytest.mark.parametrize("count", [1, 3, 5])
def test_minus_infinity_counts_as_a_number(count: int) -> None:
    row = np.full(2000, -math.inf, np.float32)
    row[[7, 1500]] = [1, 2]
    assert largest(row, count) == [1500, 7, 0, 1, 2][:count]


@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 2, 300, 4097, 20_000]),
    st.sampled_from([0.001, 0.3, 0.9, 0.999]),
    st.sampled_from([4, 100_000]),
)
@settings(max_examples=100, deadline=None)
def test_the_nucleus_ends_where_its_share_is_reached(
    seed: int, size: int, top_p: float, distinct: int
) -> None:
    numbers = np.random.default_rng(seed).integers(0, distinct, size)
    values = (numbers * (-6 / distinct)).astype(np.float32)
    weights = np.exp(values.astype(np.float64))
    edge = nucleus_edge(values, top_p, None)
    assert edge in values
    # Rounding may move the edge past a sum that all but equals the goal.
    goal = top_p * weights.sum()
    assert weights[values >= edge].sum() >= goal * (1 - 1e-5)
    assert weights[values > edge].sum() <= goal * (1 + 1e-5)


def test_a_nucleus_that_needs_others_as_well_has_no_edge() -> None:
    values = np.log(np.array([0.5, 0.25], np.float32))
    assert nucleus_edge(values, 0.9, 1.0) == -math.inf
    assert nucleus_edge(values, 0.7, 1.0) == values[1]
