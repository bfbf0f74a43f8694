"""The one place that knows OpenVINO's paged attention operator.

The operator is experimental: its inputs change between releases, with no documented signature. The
order below is that of 2026.2 to 2026.4 (openvino: ``paged_attention.hpp``); `understudy` pins the
release, and ``selfcheck`` looks at what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino
from openvino import Output, Tensor, Type
from openvino import opset13 as op
from openvino.op import Constant

from understudy.errors import ConfigError

SUPPORTED_RELEASE = "2026.4"
BLOCK_SIZE = 32
"""Tokens in a KV block: what the CPU plugin allocates for."""

STEP_INPUTS = ("past_lens", "subsequence_begins", "block_indices", "block_indices_begins")
"""int32 vectors: cached tokens per sequence; first row of each sequence and the end; block ids of
all sequences in a row; each sequence's first place in those and the end."""


@dataclass(frozen=True, slots=True)
class Heads:
    """What an attention layer needs to know of its architecture."""

    num_kv_heads: int
    head_dim: int
    sliding_window: int | None


def release() -> str:
    """The running OpenVINO's year and number, as in '2026.4'."""
    return ".".join(openvino.get_version().split("-")[0].split(".")[:2])


def paged_attention(
    query: Any,
    key: Any,
    value: Any,
    cache: Sequence[Any],
    step: Sequence[Any],
    longest: Any,
    heads: Heads,
) -> Any:
    """Attention of every row to its own sequence, and its keys and values stored in the cache.

    ``query``, ``key`` and ``value`` have a row per token; ``cache`` is the key and the value
    parameter; ``step`` are the parameters named in ``STEP_INPUTS``; ``longest`` is the scalar
    parameter of the longest context in the step. Returns rows of the query's shape.
    """
    node = _operator(
        [
            *(_output(value) for value in (query, key, value, *cache, *step)),
            _constant(heads.head_dim**-0.5, np.float32),
            _constant(heads.sliding_window or 0, np.int32),
            _empty(Type.f32),  # alibi slopes
            _output(longest),
            *_unused(),
        ]
    )
    for field, number in (
        ("num_k_heads", heads.num_kv_heads),
        ("k_head_size", heads.head_dim),
        ("num_v_heads", heads.num_kv_heads),
        ("v_head_size", heads.head_dim),
    ):
        node.get_rt_info()[field] = number
    return node.output(0)


def _operator(inputs: list[Any]) -> Any:
    try:
        return openvino.op._PagedAttentionExtension(inputs)
    except RuntimeError as exc:
        raise ConfigError(
            f"OpenVINO {release()} does not take the {len(inputs)} inputs of paged attention "
            "that the engine was built for."
        ) from exc


def _unused() -> list[Any]:
    """Inputs 13 to 27, all of features that are not used here."""
    return [
        _empty(Type.i32),  # score aggregation window
        _empty(Type.i32),  # rotated block indices
        _empty(Type.i32),  # rotation deltas
        _empty(Type.f32),  # rotation table
        _empty(Type.f32),  # xattention threshold
        _constant(0, np.int32),  # xattention block size
        _constant(0, np.int32),  # xattention stride
        Constant(Tensor(Type.f32, [0, 0, 0, 0])).output(0),  # attention sinks
        _constant(0, np.int32),  # adaptive eviction: start size
        _empty(Type.i32),  # adaptive eviction: sizes
        _empty(Type.i32),  # adaptive eviction: block indices
        _empty(Type.i32),  # adaptive eviction: their begins
        _empty(Type.i32),  # token types
        _empty(Type.u8),  # query to query bias
        _empty(Type.i32),  # its begins
    ]


def _output(value: Any) -> Any:
    """Of a node that has one, or one of a node that has several."""
    return value if isinstance(value, Output) else value.output(0)


def _empty(kind: Any) -> Any:
    return Constant(Tensor(kind, [0])).output(0)


def _constant(value: float, dtype: Any) -> Any:
    return op.constant(np.asarray(value, dtype)).output(0)
