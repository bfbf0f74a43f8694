"""Figures as shares of what the machine could do when they were taken."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.ratios import Value
from benchmarks.side_by_side.results import LIMITS, Record

_INT8_KERNELS = ("int4", "int8", "int8 static")


def peak_tflop_s(limits: Mapping[str, float], precision: str) -> float | None:
    """The greatest rate measured of any kernel with the precision's arithmetic: 16-bit weights
    are multiplied in bfloat16, all others in int8."""
    kernels = ("bf16",) if precision == "bf16" else _INT8_KERNELS
    found = [limits[name] for kernel in kernels if (name := f"peak_tflop_s/{kernel}") in limits]
    return max(found, default=None)


def share_of_reads(peer: str, metric: str, cost: Cost) -> Value:
    """Of "decode/8@128": bytes that its steps read, over the bandwidth measured just before."""
    sequences, context = _point(metric)

    def value(heat: Mapping[str, Record]) -> float | None:
        record = heat.get(peer)
        rate = record.metrics().get(metric) if record else None
        if record is None or rate is None or not record.read_gb_s:
            return None
        steps = rate / sequences
        return steps * cost.step_bytes(sequences, context) / (record.read_gb_s * 1e9)

    return value


def share_of_peak(peer: str, metric: str, cost: Cost) -> Value:
    """Of "prefill/512" or "decode/8@128": operations, over the matrix peak of the same heat."""

    def value(heat: Mapping[str, Record]) -> float | None:
        record, limits = heat.get(peer), heat.get(LIMITS)
        rate = record.metrics().get(metric) if record else None
        if record is None or limits is None or rate is None:
            return None
        peak = peak_tflop_s(limits.metrics(), record.precision)
        return rate * _flop(metric, cost) / (peak * 1e12) if peak else None

    return value


def _flop(metric: str, cost: Cost) -> float:
    """Operations a token."""
    if metric.startswith("prefill/"):
        length = int(metric.removeprefix("prefill/"))
        return cost.prompt_flop(length) / length
    return cost.decode_flop(_point(metric)[1])


def _point(metric: str) -> tuple[int, int]:
    sequences, context = metric.removeprefix("decode/").split("@")
    return int(sequences), int(context)
