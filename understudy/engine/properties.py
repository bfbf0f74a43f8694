"""How the CPU plugin is told to compute, by how the weights are stored."""

from __future__ import annotations

from typing import Any

from understudy.engine.weights import PackedWeights

INT8_ACTIVATION_GROUP = 256
"""Activations are rounded to int8 in groups of this many: the fastest for int8 weights."""


def compile_properties(weights: PackedWeights, *, threads: int, precise: bool) -> dict[str, Any]:
    """Properties for ``compile_model``. ``precise`` means float32 wherever there is a choice."""
    common = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
    if precise:
        return {
            **common,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
        }
    return {
        **common,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": _activation_group(weights),
        "INFERENCE_PRECISION_HINT": "f32" if weights.precision == "f32" else "bf16",
        "KV_CACHE_PRECISION": "u8",
        # By token, so that cached bits do not depend on how a prompt was cut into chunks.
        "KEY_CACHE_QUANT_MODE": "BY_TOKEN",
    }


def _activation_group(weights: PackedWeights) -> int:
    match weights.precision:
        case "int8":
            return INT8_ACTIVATION_GROUP
        case "int4":
            # A group wider than the weights' own takes a path three times slower.
            return weights.group or INT8_ACTIVATION_GROUP
        case _:
            return 0
