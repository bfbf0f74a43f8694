"""What the machine can do at the moment: reads from memory, and products of matrices.

    python -m benchmarks.side_by_side.limits [--reads] [--threads N]

Prints one JSON object: ``read_gb_s``, and unless ``--reads``, ``peak_tflop_s`` with the best rate
of each kernel. The products are those of a feed-forward layer of a model of a billion parameters,
through OpenVINO with the properties and the decompression patterns of our own graph, and once
through NumPy in float32. ``int8 static`` is what the same processor does when activations come
quantised already: no kernel of ours, but the ceiling of its arithmetic.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from understudy.engine.bench import read_bandwidth
from understudy.engine.runner import usable_cores
from understudy.engine.weights import DEFAULT_GROUP, PackedWeights

INPUTS, INNER = 2048, 8192
ROWS = 1024
REPEATS = 6

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """Two matrices in the form of packed weights, as far as the graph's patterns look at them."""

    precision: str
    group: int
    tensors: Mapping[str, Array]

    def kind(self, name: str) -> str:
        return {"bf16": "BF16"}.get(self.precision, self.precision)

    def raw(self, name: str) -> Array:
        return self.tensors[name]


def layer(precision: str, inputs: int, inner: int) -> Layer:
    """Matrices "up" (inner, inputs) and "down" (inputs, inner) of noise."""
    rng = np.random.default_rng(0)
    tensors: dict[str, Array] = {}
    for name, (rows, columns) in {"up": (inner, inputs), "down": (inputs, inner)}.items():
        if precision == "bf16":
            tensors[name] = rng.integers(0x3C00, 0x3D00, (rows, columns), np.uint16)
        elif precision == "int8":
            tensors[name + ".int8"] = rng.integers(-127, 128, (rows, columns), np.int8)
            tensors[name + ".scale"] = np.full((rows, 1), 0.001, np.float16)
        else:
            groups = columns // DEFAULT_GROUP
            tensors[name + ".int4"] = rng.integers(0, 256, (rows, columns // 2), np.uint8)
            tensors[name + ".scale"] = np.full((rows, groups, 1), 0.01, np.float16)
    group = DEFAULT_GROUP if precision == "int4" else inputs
    return Layer(precision, group, tensors)


def kernel_peak(precision: str, threads: int, rows: int, inputs: int, inner: int) -> float:
    """10^12 operations per second of ``rows`` rows through our own patterns."""
    from openvino import Model, Type
    from openvino import opset13 as op

    from understudy.engine.constants import matrix
    from understudy.engine.properties import compile_properties

    made = cast(PackedWeights, layer(precision, inputs, inner))
    given = op.parameter([-1, inputs], Type.f32)
    hidden: Any = given
    for name in ("up", "down"):
        hidden = op.matmul(hidden, matrix(made, name), False, True)
    model = Model([op.result(hidden)], [given], precision)
    properties = compile_properties(made, threads=threads, precise=False)
    return _rate(model, properties, rows, inputs, inner)


def static_peak(threads: int, rows: int, inputs: int, inner: int) -> float:
    """The same with activations quantised by constants, int8 by int8."""
    from openvino import Model, Type
    from openvino import opset13 as op

    made = layer("int8", inputs, inner)
    given = op.parameter([-1, inputs], Type.f32)
    hidden: Any = given
    for name in ("up", "down"):
        low, high = op.constant(np.float32(-4)), op.constant(np.float32(4))
        hidden = op.fake_quantize(hidden, low, high, low, high, 256)
        values = op.convert(op.constant(made.raw(name + ".int8")), "f32")
        scale = op.constant(made.raw(name + ".scale").astype(np.float32))
        hidden = op.matmul(hidden, op.multiply(values, scale), False, True)
    model = Model([op.result(hidden)], [given], "static")
    return _rate(model, {"INFERENCE_NUM_THREADS": threads}, rows, inputs, inner)


def numpy_peak(rows: int, inputs: int, inner: int) -> float:
    rng = np.random.default_rng(0)
    given = rng.standard_normal((rows, inputs), np.float32)
    up = rng.standard_normal((inputs, inner), np.float32)
    return rows * 2 * inputs * inner / _best(lambda: given @ up) / 1e12


def limits(
    threads: int, *, reads_only: bool = False, rows: int = ROWS, inputs: int = INPUTS
) -> dict[str, Any]:
    """``read_gb_s`` and ``peak_tflop_s`` by kernel."""
    found: dict[str, Any] = {"read_gb_s": read_bandwidth(threads)}
    if reads_only:
        return found
    inner = INNER // INPUTS * inputs
    peaks = {
        kind: kernel_peak(kind, threads, rows, inputs, inner) for kind in ("int4", "int8", "bf16")
    }
    peaks["int8 static"] = static_peak(threads, rows, inputs, inner)
    peaks["f32 numpy"] = numpy_peak(rows, inputs, inner)
    return {**found, "peak_tflop_s": peaks}


def _rate(model: Any, properties: Mapping[str, Any], rows: int, inputs: int, inner: int) -> float:
    import openvino as ov

    given = np.random.default_rng(1).standard_normal((rows, inputs), np.float32)
    request = ov.Core().compile_model(model, "CPU", dict(properties)).create_infer_request()
    request.set_input_tensor(ov.Tensor(given, shared_memory=True))
    return rows * 2 * 2 * inputs * inner / _best(request.infer) / 1e12


def _best(call: Callable[[], Any]) -> float:
    """Seconds of the fastest of a few calls, after one that does not count."""
    call()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the machine's limits.")
    parser.add_argument("--reads", action="store_true", help="memory only")
    parser.add_argument("--threads", type=int, default=usable_cores())
    given = parser.parse_args()
    print(json.dumps(limits(given.threads, reads_only=given.reads)))


if __name__ == "__main__":
    main()
