"""How the CPU plugin is told to compute, by how the weights are stored."""

from __future__ import annotations

from math import gcd
from typing import Any

from understudy.engine.weights import PackedWeights

ACTIVATION_GROUP = 256
"""Activations beside quantised weights are rounded to int8 in groups of at most this many: wider
groups are faster, up to here, and round more."""


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
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": activation_group(weights),
        "INFERENCE_PRECISION_HINT": "f32" if weights.precision == "f32" else "bf16",
        "KV_CACHE_PRECISION": "u8",
        # By token, so that cached bits do not depend on how a prompt was cut into chunks.
        "KEY_CACHE_QUANT_MODE": "BY_TOKEN",
    }


def activation_group(weights: PackedWeights) -> int:
    """Inputs that are rounded to int8 together; 0 for none.

    It divides every matrix's inputs, or the plugin would fall back to a kernel whose results
    depend on the number of rows; and every int4 group, or steps would take three times as long.
    """
    return gcd(ACTIVATION_GROUP, weights.group) if weights.precision in ("int8", "int4") else 0
