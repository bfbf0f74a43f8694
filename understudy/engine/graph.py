"""A Llama or Mistral decoder as an OpenVINO model over paged KV blocks.

Some spellings here look arbitrary and are not: the CPU plugin fuses the RMS norm and the rotary
embedding only when it recognises their exact form, and keeps quantised weights compressed only in
the decompression patterns of ``constants``. ``selfcheck`` looks at the compiled graph to see that
it did.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from openvino import Model, PartialShape, Type
from openvino import opset13 as op

from understudy.engine.architecture import Architecture
from understudy.engine.constants import matrix
from understudy.engine.lora import adaptable
from understudy.engine.lora_graph import LoraTerms
from understudy.engine.paged_attention import STEP_INPUTS, Heads, paged_attention
from understudy.engine.weights import EMBEDDING, HEAD, JOINED, QKV, PackedWeights

LOGITS = "logits"


def build_model(
    architecture: Architecture, weights: PackedWeights, *, lora_type: Any = None
) -> Model:
    """The whole decoder, from token ids to logits.

    Inputs, for a step of n tokens in s sequences: ``input_ids`` (n,) int64; ``cos`` and ``sin``
    (n, 1, 1, head_dim) float32; ``rows`` (r,) int64, the rows whose logits are wanted;
    ``max_context_len`` () and the vectors of ``paged_attention.STEP_INPUTS``, int32;
    ``key_cache.L`` and ``value_cache.L`` of every layer, whose type and shape the plugin decides.
    With ``lora_type``, the element type of adapters, also those of ``lora_graph.LoraTerms``.
    Output: ``logits`` (r, vocab_size) float32. The weights' map must outlive the model.
    """
    return _Builder(architecture, weights, lora_type).model()


class _Builder:
    def __init__(self, architecture: Architecture, weights: PackedWeights, lora_type: Any) -> None:
        self.architecture = architecture
        self.weights = weights
        self.heads = Heads(
            architecture.num_kv_heads, architecture.head_dim, architecture.sliding_window
        )
        self.parameters: list[Any] = []
        self.ids = self._parameter("input_ids", [-1], Type.i64)
        angle_shape = [-1, 1, 1, architecture.head_dim]
        self.cos = self._parameter("cos", angle_shape, Type.f32)
        self.sin = self._parameter("sin", angle_shape, Type.f32)
        self.step = [self._parameter(name, [-1], Type.i32) for name in STEP_INPUTS]
        self.longest = self._parameter("max_context_len", [], Type.i32)
        self.rows = self._parameter("rows", [-1], Type.i64)
        self.lora = LoraTerms(self._parameter, lora_type) if lora_type is not None else None
        self.shapes = dict(adaptable(architecture))

    def model(self) -> Model:
        table = matrix(self.weights, EMBEDDING)
        hidden = op.gather(table, self.ids, _ints(0))
        for layer in range(self.architecture.num_layers):
            hidden = self._layer(hidden, layer)
        # Only rows that are sampled from go through the head, the widest matrix of all.
        hidden = self._norm(op.gather(hidden, self.rows, _ints(0)), "model.norm")
        own_head = self.weights.kind(HEAD) != "absent"
        head = matrix(self.weights, HEAD) if own_head else table
        logits = op.matmul(hidden, head, False, True)
        logits.output(0).set_names({LOGITS})
        return Model([op.result(logits)], self.parameters, "understudy")

    def _layer(self, hidden: Any, layer: int) -> Any:
        prefix = f"model.layers.{layer}."
        rows = self._norm(hidden, prefix + "input_layernorm")
        query, key, value = self._query_key_value(rows, prefix + "self_attn.")
        cache = [
            self._parameter(f"{name}_cache.{layer}", [-1] * 4, Type.dynamic)
            for name in ("key", "value")
        ]
        attended = paged_attention(
            self._rotate(query, self.architecture.num_heads),
            self._rotate(key, self.architecture.num_kv_heads),
            value,
            cache,
            self.step,
            self.longest,
            self.heads,
        )
        hidden = op.add(hidden, self._linear(attended, prefix + "self_attn.o_proj"))
        rows = self._norm(hidden, prefix + "post_attention_layernorm")
        gate = op.swish(self._linear(rows, prefix + "mlp.gate_proj"))
        inner = op.multiply(gate, self._linear(rows, prefix + "mlp.up_proj"))
        return op.add(hidden, self._linear(inner, prefix + "mlp.down_proj"))

    def _parameter(self, name: str, shape: list[int], kind: Any) -> Any:
        parameter = op.parameter(PartialShape(shape), kind, name)
        parameter.output(0).set_names({name})
        self.parameters.append(parameter)
        return parameter

    def _norm(self, rows: Any, name: str) -> Any:
        """x * (1 / sqrt(mean(x^2) + eps)) * weight: the spelling that fuses to one RMS node."""
        mean = op.reduce_mean(op.power(rows, _floats(2)), _longs([-1]), True)
        root = op.sqrt(op.add(mean, _floats(self.architecture.rms_norm_eps)))
        scaled = op.multiply(rows, op.divide(_floats(1), root))
        return op.multiply(_floats(self.weights.vector(name + ".weight").reshape(1, -1)), scaled)

    def _query_key_value(self, rows: Any, prefix: str) -> list[Any]:
        """Of one product, whose weights lie together, split by columns."""
        names = [prefix + part for part in JOINED]
        widths = [self.shapes[name][0] for name in names]
        product = self._product(rows, prefix + QKV)
        parts = op.variadic_split(product, _longs(-1), _longs(widths)).outputs()
        return [self._adapted(part, rows, name) for part, name in zip(parts, names, strict=True)]

    def _linear(self, rows: Any, name: str) -> Any:
        return self._adapted(self._product(rows, name), rows, name)

    def _product(self, rows: Any, name: str) -> Any:
        product = op.matmul(rows, matrix(self.weights, name + ".weight"), False, True)
        if self.weights.kind(name + ".bias") == "absent":
            return product
        bias = self.weights.vector(name + ".bias")
        return op.add(product, _floats(bias.reshape(1, -1)))

    def _adapted(self, product: Any, rows: Any, name: str) -> Any:
        if self.lora is None:
            return product
        return op.add(product, self.lora.term(rows, name, self.shapes[name]))

    def _rotate(self, rows: Any, heads: int) -> Any:
        """Rotary embedding; it fuses only at rank 4, split along axis 3 (not -1)."""
        half = self.architecture.head_dim // 2
        split = op.reshape(rows, _longs([-1, heads, 1, 2 * half]), False)
        first, second = op.variadic_split(split, _longs(3), _longs([half, half])).outputs()
        turned = op.concat([op.multiply(second, _floats(-1)), first], -1)
        rotated = op.add(op.multiply(split, self.cos), op.multiply(turned, self.sin))
        return op.reshape(rotated, _longs([-1, heads * 2 * half]), False)


def _floats(values: Any) -> Any:
    return op.constant(np.asarray(values, np.float32))


def _ints(values: Any) -> Any:
    return op.constant(np.asarray(values, np.int32))


def _longs(values: Any) -> Any:
    return op.constant(np.asarray(values, np.int64))
