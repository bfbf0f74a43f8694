"""Which layers LoRA adapters may change, and by how much: what files and graph agree on."""

from __future__ import annotations

from collections.abc import Iterator

from understudy.engine.architecture import Architecture

MAX_RANK = 64
KINDS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers that can be adapted: every one of a decoder layer."""


def kind_of(layer: str) -> str:
    """ "model.layers.0.self_attn.q_proj" -> "q_proj"."""
    return layer.rpartition(".")[2]


def adaptable(architecture: Architecture) -> Iterator[tuple[str, tuple[int, int]]]:
    """The layers that adapters may change, with their weights' shape (outputs, inputs)."""
    for tensor, shape in architecture.tensors():
        layer, _, part = tensor.rpartition(".")
        if part == "weight" and kind_of(layer) in KINDS:
            yield layer, (shape[0], shape[1])
