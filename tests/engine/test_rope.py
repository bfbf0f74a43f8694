"""Rotary tables: published scaling rules, and bits that depend on the position alone."""

from __future__ import annotations

import numpy as np

from understudy.engine.architecture import LinearScaling, Llama3Scaling, Rope
from understudy.engine.rope import RopeTable, inverse_frequencies


def test_plain_frequencies_fall_geometrically_from_one() -> None:
    found = inverse_frequencies(Rope(10000.0), 8)
    np.testing.assert_allclose(found, [1, 0.1, 0.01, 0.001], rtol=1e-6)


def test_linear_scaling_slows_every_frequency() -> None:
    plain = inverse_frequencies(Rope(10000.0), 64)
    slowed = inverse_frequencies(Rope(10000.0, LinearScaling(4.0)), 64)
    np.testing.assert_allclose(slowed, plain / 4, rtol=1e-6)


def test_llama3_scaling_keeps_short_waves_slows_long_ones_and_blends_between() -> None:
    scaling = Llama3Scaling(32.0, 1.0, 4.0, 8192)
    plain = inverse_frequencies(Rope(500000.0), 64)
    scaled = inverse_frequencies(Rope(500000.0, scaling), 64)
    waves = 2 * np.pi / plain
    np.testing.assert_array_equal(scaled[waves < 8192 / 4], plain[waves < 8192 / 4])
    np.testing.assert_allclose(scaled[waves > 8192], plain[waves > 8192] / 32, rtol=1e-6)
    between = (waves > 8192 / 4) & (waves < 8192)
    assert between.any()
    assert np.all((scaled[between] < plain[between]) & (scaled[between] > plain[between] / 32))


def test_a_position_has_the_same_bits_wherever_it_stands() -> None:
    table = RopeTable(Rope(), 64, 100)
    cos, sin = table.at(np.arange(100))
    few_cos, few_sin = table.at(np.asarray([7, 99, 0]))
    np.testing.assert_array_equal(few_cos, cos[[7, 99, 0]])
    np.testing.assert_array_equal(few_sin, sin[[7, 99, 0]])


def test_both_halves_of_a_head_turn_by_the_same_angle() -> None:
    cos, sin = RopeTable(Rope(), 64, 10).at(np.asarray([9]))
    assert cos.shape == sin.shape == (1, 1, 1, 64)
    np.testing.assert_array_equal(cos[..., :32], cos[..., 32:])
    np.testing.assert_allclose(cos**2 + sin**2, 1, atol=1e-6)
