"""Quantisation errs little, and as little as its scales allow; zeros stay zeros."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from understudy.engine.quantize import from_int4, from_int8, to_int4, to_int8


def _matrix(scale: float = 0.02) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(1)
    return (rng.standard_normal((24, 256)) * scale).astype(np.float32)


def test_int8_is_within_half_a_step_of_its_row_scale() -> None:
    matrix = _matrix()
    values, scale = to_int8(matrix)
    assert (values.dtype, scale.shape) == (np.int8, (24, 1))
    error = np.abs(from_int8(values, scale) - matrix)
    assert np.all(error <= 0.51 * scale.astype(np.float32) + 1e-9)


@pytest.mark.parametrize("group", [16, 32, 128, 256])
def test_int4_is_within_half_a_step_where_nothing_is_cut_off(group: int) -> None:
    matrix = _matrix()
    packed, scale = to_int4(matrix, group)
    assert (packed.shape, scale.shape) == ((24, 128), (24, 256 // group, 1))
    step = np.abs(scale.astype(np.float32))
    grouped = matrix.reshape(24, -1, group)
    back = from_int4(packed, scale).reshape(24, -1, group)
    lowest, highest = -8 * scale.astype(np.float32), 7 * scale.astype(np.float32)
    inside = (grouped - lowest) * (grouped - highest) <= 0
    assert np.all((np.abs(back - grouped) <= 0.51 * step) | ~inside)
    assert np.mean(inside) > 0.94


@pytest.mark.parametrize("group", [32, 128, 256])
@pytest.mark.parametrize("tails", [2.5, 5.0, 100.0])
def test_no_group_errs_more_than_with_its_extreme_at_the_end(group: int, tails: float) -> None:
    matrix = np.random.default_rng(2).standard_t(tails, (24, 256)).astype(np.float32)
    grouped = matrix.reshape(24, -1, group)
    at = np.abs(grouped).argmax(axis=2, keepdims=True)
    scale = np.take_along_axis(grouped, at, axis=2) / -8
    plain = np.clip(np.rint(grouped / scale), -8, 7) * scale
    found = from_int4(*to_int4(matrix, group)).reshape(grouped.shape)
    before = np.square(plain - grouped).sum(axis=2)
    after = np.square(found - grouped).sum(axis=2)
    assert np.all(after <= 1.001 * before)
    assert after.sum() < 0.97 * before.sum()


def test_a_lone_value_in_an_int4_group_is_kept_whatever_its_sign() -> None:
    matrix = np.zeros((2, 16), np.float32)
    matrix[0, 3], matrix[1, 5] = 0.5, -0.5
    np.testing.assert_array_equal(from_int4(*to_int4(matrix, 16)), matrix)


def test_the_low_half_of_a_byte_comes_first() -> None:
    matrix = np.zeros((1, 16), np.float32)
    matrix[0, :2] = -8, 1
    packed, scale = to_int4(matrix, 16)
    assert scale.item() == 1
    assert packed[0, 0] == 0x18


@pytest.mark.parametrize("scale", [0.0, 1e-9, 1e-6, 100.0])
def test_rows_of_any_size_stay_finite_and_near(scale: float) -> None:
    matrix = _matrix(scale)
    extreme = float(np.abs(matrix).max())
    for back in (from_int8(*to_int8(matrix)), from_int4(*to_int4(matrix, 32))):
        assert np.all(np.isfinite(back))
        assert np.abs(back - matrix).max() <= max(extreme / 7, 1e-6)
