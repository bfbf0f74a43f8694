"""Symmetric weight quantisation: int8 per output channel, int4 per group of inputs.

Scales are float16, and values are rounded against the scale as stored, so a scale that float16
rounds costs no second error. A matrix has the shape (outputs, inputs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Scales = npt.NDArray[np.float16]

SMALLEST_SCALE = np.float16(2.0**-24)
"""The least positive float16: keeps rows of zeros from dividing by zero."""


def to_int8(matrix: Floats) -> tuple[npt.NDArray[np.int8], Scales]:
    """Values in [-127, 127] of the matrix's shape, and scales of shape (outputs, 1)."""
    extreme = np.abs(matrix).max(axis=1, keepdims=True)
    scale = np.maximum((extreme / 127).astype(np.float16), SMALLEST_SCALE)
    values = np.rint(matrix / scale.astype(np.float32))
    return np.clip(values, -127, 127).astype(np.int8), scale


def from_int8(values: npt.NDArray[np.int8], scale: Scales) -> Floats:
    return values.astype(np.float32) * scale.astype(np.float32)


def to_int4(matrix: Floats, group: int) -> tuple[npt.NDArray[np.uint8], Scales]:
    """Two values in [-8, 7] a byte, low half first, shape (outputs, inputs / 2), and scales of
    shape (outputs, inputs / group, 1).

    The scale maps each group's extreme to -8, whatever its sign, so that all sixteen values are
    used. ``group`` must divide the number of inputs.
    """
    outputs, inputs = matrix.shape
    grouped = matrix.reshape(outputs, inputs // group, group)
    at = np.abs(grouped).argmax(axis=2)[..., None]
    scale = (np.take_along_axis(grouped, at, axis=2) / -8).astype(np.float16)
    scale = np.where(np.abs(scale) < SMALLEST_SCALE, SMALLEST_SCALE, scale)
    values = np.clip(np.rint(grouped / scale.astype(np.float32)), -8, 7).astype(np.int8)
    bits: npt.NDArray[np.uint8] = values.view(np.uint8).reshape(outputs, inputs)
    low: npt.NDArray[np.uint8] = bits[:, 0::2] & np.uint8(0x0F)
    packed: npt.NDArray[np.uint8] = low | (bits[:, 1::2] << np.uint8(4))
    return packed, scale


def from_int4(packed: npt.NDArray[np.uint8], scale: Scales) -> Floats:
    outputs, groups, _ = scale.shape
    halves = np.stack([packed & 0x0F, packed >> 4], axis=-1).reshape(outputs, groups, -1)
    values: npt.NDArray[Any] = ((halves ^ 8).astype(np.int8) - 8).astype(np.float32)
    return (values * scale.astype(np.float32)).reshape(outputs, -1)
