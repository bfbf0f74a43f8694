"""Sampling noise: a pure function of seed, position and choice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from understudy.engine.noise import fresh_seed, uniform

GOLDEN = [0.8201981478608876, 0.36812845090913937, 0.8767979674463799]
seeds = st.integers(-(2**63), 2**64 - 1)


@given(seeds, st.integers(0, 2**40))
def test_every_64_bit_seed_draws_a_number_from_0_up_to_1(seed: int, position: int) -> None:
    draw = uniform(seed, position)
    assert 0.0 <= draw < 1.0
    assert draw == uniform(seed, position)


def test_seed_position_and_choice_each_change_the_draw() -> None:
    draws = {uniform(s, p, c) for s in (-1, 0, 1, 2**63) for p in range(9) for c in range(3)}
    assert len(draws) == 4 * 9 * 3


def test_a_negative_seed_is_its_twos_complement() -> None:
    assert uniform(-1, 3) == uniform(2**64 - 1, 3)


def test_the_draws_of_a_seed_never_change_between_releases() -> None:
    assert [uniform(42, position) for position in range(3)] == GOLDEN


def test_draws_spread_evenly_over_positions_and_over_seeds() -> None:
    for draws in ([uniform(7, p) for p in range(4000)], [uniform(s, 0) for s in range(4000)]):
        tenths = [0] * 10
        for draw in draws:
            tenths[int(draw * 10)] += 1
        # 400 are expected in each, with a standard deviation of 19.
        assert all(300 < count < 500 for count in tenths)


def test_fresh_seeds_differ() -> None:
    assert len({fresh_seed() for _ in range(100)}) == 100
