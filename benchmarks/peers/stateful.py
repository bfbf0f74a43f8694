"""The model as OpenVINO GenAI wants it: an intermediate representation with stateful attention.

The matrices are our packed ones, to the last bit and in the same patterns, so what is compared is
the engines and not the quantisation. GenAI turns the attention into paged attention itself, and
puts the choice of sampled rows before the head. ``selfcheck`` of the fusions:

    python -m benchmarks.peers.stateful PRECISION
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import Model, PartialShape, Type
from openvino import opset13 as op

from understudy.engine.architecture import Architecture
from understudy.engine.constants import matrix
from understudy.engine.rope import inverse_frequencies
from understudy.engine.weights import EMBEDDING, HEAD, PackedWeights, stored_rows

MASKED = np.float32(np.finfo(np.float32).min)


def write_model(architecture: Architecture, packed: Path, folder: Path) -> None:
    """Write ``openvino_model.xml`` and ``.bin``."""
    weights = PackedWeights(packed, architecture)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ov.save_model(
            build_stateful(architecture, weights),
            folder / "openvino_model.xml",
            compress_to_fp16=False,
        )
    finally:
        weights.close()


def build_stateful(architecture: Architecture, weights: PackedWeights) -> Model:
    """Inputs ``input_ids``, ``attention_mask`` and ``position_ids`` (batch, tokens) int64 and
    ``beam_idx`` (batch,) int32; output ``logits`` (batch, tokens, vocabulary) float32."""
    return _Builder(architecture, weights).model()


class _Builder:
    def __init__(self, architecture: Architecture, weights: PackedWeights) -> None:
        self.architecture = architecture
        self.weights = weights
        self.parameters: list[Any] = []
        self.sinks: list[Any] = []
        self.ids = self._parameter("input_ids", [-1, -1], Type.i64)
        self.mask = self._parameter("attention_mask", [-1, -1], Type.i64)
        self.positions = self._parameter("position_ids", [-1, -1], Type.i64)
        self.beams = self._parameter("beam_idx", [-1], Type.i32)
        self.batch = op.gather(op.shape_of(self.ids), _longs([0]), _longs(0))

    def model(self) -> Model:
        table = matrix(self.weights, EMBEDDING)
        hidden = op.gather(table, self.ids, _longs(0))
        self.cos, self.sin = self._angles()
        self.allowed = self._causal_mask()
        for layer in range(self.architecture.num_layers):
            hidden = self._layer(hidden, layer)
        hidden = self._norm(hidden, "model.norm")
        own_head = self.weights.kind(HEAD) != "absent"
        logits = op.matmul(hidden, matrix(self.weights, HEAD) if own_head else table, False, True)
        logits.output(0).set_names({"logits"})
        return Model([op.result(logits)], self.sinks, self.parameters, "stateful")

    def _parameter(self, name: str, shape: list[int], kind: Any) -> Any:
        parameter = op.parameter(PartialShape(shape), kind, name)
        parameter.set_friendly_name(name)  # what the conversion to paged attention asks for
        parameter.output(0).set_names({name})
        self.parameters.append(parameter)
        return parameter

    def _angles(self) -> tuple[Any, Any]:
        """Cosine and sine of every position, shape (batch, 1, tokens, head_dim)."""
        shape = self.architecture
        frequencies = inverse_frequencies(shape.rope, shape.head_dim).astype(np.float32)
        places = op.convert(op.unsqueeze(self.positions, _longs(2)), "f32")
        half = op.multiply(places, _floats(frequencies.reshape(1, 1, -1)))
        whole = op.concat([half, half], -1)
        cos, sin = op.cos(whole), op.sin(whole)
        return op.unsqueeze(cos, _longs(1)), op.unsqueeze(sin, _longs(1))

    def _causal_mask(self) -> Any:
        """Zero where a token may look and the least float elsewhere; paged attention drops it."""
        total = op.gather(op.shape_of(self.mask), _longs(1), _longs(0))
        places = op.range(_longs(0), total, _longs(1), "i64")
        seen = op.less_equal(places, op.unsqueeze(self.positions, _longs([1, 3])))
        present = op.not_equal(op.unsqueeze(self.mask, _longs([1, 2])), _longs(0))
        return op.select(op.logical_and(seen, present), _floats(0), _floats(MASKED))

    def _layer(self, hidden: Any, layer: int) -> Any:
        shape, prefix = self.architecture, f"model.layers.{layer}."
        rows = self._norm(hidden, prefix + "input_layernorm")
        query, key, value = (
            self._heads(self._linear(rows, f"{prefix}self_attn.{name}_proj"), count)
            for name, count in (
                ("q", shape.num_heads),
                ("k", shape.num_kv_heads),
                ("v", shape.num_kv_heads),
            )
        )
        key = self._repeat(self._remember(self._rotate(key), f"past_key_values.{layer}.key"))
        value = self._repeat(self._remember(value, f"past_key_values.{layer}.value"))
        attended = op.scaled_dot_product_attention(
            self._rotate(query), key, value, self.allowed, _floats(shape.head_dim**-0.5)
        )
        rows = op.reshape(op.transpose(attended, _longs([0, 2, 1, 3])), _longs([0, 0, -1]), True)
        hidden = op.add(hidden, self._linear(rows, prefix + "self_attn.o_proj"))
        rows = self._norm(hidden, prefix + "post_attention_layernorm")
        gate = op.swish(self._linear(rows, prefix + "mlp.gate_proj"))
        inner = op.multiply(gate, self._linear(rows, prefix + "mlp.up_proj"))
        return op.add(hidden, self._linear(inner, prefix + "mlp.down_proj"))

    def _heads(self, rows: Any, count: int) -> Any:
        split = op.reshape(rows, _longs([0, 0, count, self.architecture.head_dim]), True)
        return op.transpose(split, _longs([0, 2, 1, 3]))

    def _remember(self, new: Any, name: str) -> Any:
        """``new`` behind what earlier calls left, (batch, kv heads, tokens, head_dim)."""
        heads, size = self.architecture.num_kv_heads, self.architecture.head_dim
        start = op.concat([self.batch, _longs([heads]), _longs([0]), _longs([size])], 0)
        empty = op.broadcast(_floats(0), start)
        kept = op.read_value(empty, name, Type.f32, PartialShape([-1, heads, -1, size]))
        whole = op.concat([op.gather(kept, self.beams, _longs(0)), new], 2)
        self.sinks.append(op.assign(whole, name))
        return whole

    def _repeat(self, states: Any) -> Any:
        """Each head once for every query head of its group."""
        shape = self.architecture
        groups = shape.num_heads // shape.num_kv_heads
        if groups == 1:
            return states
        sizes = op.shape_of(states)
        front, back = (op.gather(sizes, _longs(at), _longs(0)) for at in ([0, 1], [2, 3]))
        target = op.concat([front, _longs([groups]), back], 0)
        repeated = op.broadcast(op.unsqueeze(states, _longs(2)), target, "BIDIRECTIONAL")
        return op.reshape(repeated, _longs([0, shape.num_heads, -1, shape.head_dim]), True)

    def _norm(self, rows: Any, name: str) -> Any:
        mean = op.reduce_mean(op.power(rows, _floats(2)), _longs([-1]), True)
        root = op.sqrt(op.add(mean, _floats(self.architecture.rms_norm_eps)))
        scaled = op.multiply(rows, op.divide(_floats(1), root))
        return op.multiply(_floats(self.weights.vector(name + ".weight").reshape(1, 1, -1)), scaled)

    def _linear(self, rows: Any, name: str) -> Any:
        stored, part = stored_rows(self.architecture, name + ".weight")
        return op.matmul(rows, matrix(self.weights, stored, part), False, True)

    def _rotate(self, states: Any) -> Any:
        half = self.architecture.head_dim // 2
        first, second = op.variadic_split(states, _longs(3), _longs([half, half])).outputs()
        turned = op.concat([op.multiply(second, _floats(-1)), first], -1)
        return op.add(op.multiply(states, self.cos), op.multiply(turned, self.sin))


def _floats(values: Any) -> Any:
    return op.constant(np.asarray(values, np.float32))


def _longs(values: Any) -> Any:
    return op.constant(np.asarray(values, np.int64))
