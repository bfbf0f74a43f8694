"""Packed weights as graph constants that share the file's memory map."""

from __future__ import annotations

from typing import Any

import numpy as np
from openvino import Tensor, Type
from openvino import opset13 as op
from openvino.op import Constant

from understudy.engine.weights import PackedWeights

_SIXTEEN_BIT = {"BF16": Type.bf16, "F16": Type.f16}


def matrix(weights: PackedWeights, name: str, rows: slice = slice(None)) -> Any:
    """Matrix ``name``, or some of its rows, as a float32 node of shape (outputs, inputs).

    Quantised ones go values -> f16 -> times scale -> f32, the patterns that the CPU plugin keeps
    compressed instead of folding them into a float copy.
    """
    kind = weights.kind(name)
    if kind == "F32":
        return _shared(weights.raw(name)[rows])
    if kind in _SIXTEEN_BIT:
        bits = weights.raw(name)[rows]
        values = op.convert(Constant(Tensor(bits, list(bits.shape), _SIXTEEN_BIT[kind])), "f32")
        # Without this mark the plugin folds the conversion: a float32 copy, three times the memory.
        values.get_rt_info()["decompression_0"] = ""
        return values
    scale = weights.raw(name + ".scale")[rows]
    if kind == "int8":
        values = op.convert(_shared(weights.raw(name + ".int8")[rows]), "f16")
        return op.convert(op.multiply(values, _shared(scale)), "f32")
    return _int4(weights.raw(name + ".int4")[rows], scale)


def _int4(packed: Any, scale: Any) -> Any:
    outputs, groups, _ = scale.shape
    inputs = packed.size * 2 // outputs
    if groups == 1:
        values = op.convert(Constant(Tensor(packed, [outputs, inputs], Type.i4)), "f16")
        scaled = op.multiply(values, _shared(scale.reshape(outputs, 1)))
        return op.convert(scaled, "f32")
    shape = [outputs, groups, inputs // groups]
    values = op.convert(Constant(Tensor(packed, shape, Type.i4)), "f16")
    scaled = op.multiply(values, _shared(scale))
    flat = op.reshape(scaled, op.constant(np.asarray([outputs, inputs], np.int64)), False)
    return op.convert(flat, "f32")


def _shared(array: Any) -> Any:
    return op.constant(array, shared_memory=True)
