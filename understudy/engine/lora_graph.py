"""LoRA inside the graph: what each row's own adapter adds to each linear layer.

The adapters of a step are stacked. For every linear layer there are inputs A (ranks, inputs) and
B (ranks, outputs), and the layer adds ``own(x Aᵀ) B``, where ``own`` keeps of each row the columns
that its adapter owns and sets all others to zero. ``adapter_stack`` fills the inputs.

The zeros are selected and not multiplied in, so that no adapter's numbers, however large, reach a
row that is not its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from openvino import Type
from openvino import opset13 as op

from understudy.engine.lora import KINDS, kind_of

ROW_OWNERS = "lora_row_owners"


def rank_owners(kind: str) -> str:
    """The input that says which adapter owns each stacked rank."""
    return f"lora_owners.{kind}"


def a_input(layer: str) -> str:
    return f"lora_a.{layer}"


def b_input(layer: str) -> str:
    return f"lora_b.{layer}"


class LoraTerms:
    """Adds LoRA's inputs to a graph, and to each linear layer its term.

    Inputs: ``lora_row_owners`` (n, 1) int32, the owner of each row, which is its adapter's number
    or -1; and, for the r stacked ranks of a kind of layer (0 where no adapter changes it),
    ``lora_owners.KIND`` (r,) int32, the owner of each; ``lora_a.LAYER`` (r, inputs) and
    ``lora_b.LAYER`` (r, outputs) of type ``dtype``: bfloat16 in a graph that computes in it, which
    halves what a step reads.
    """

    def __init__(self, parameter: Callable[[str, list[int], Any], Any], dtype: Any) -> None:
        self._parameter = parameter
        self._dtype = dtype
        rows = parameter(ROW_OWNERS, [-1, 1], Type.i32)
        self._owned = {
            kind: op.equal(rows, parameter(rank_owners(kind), [-1], Type.i32)) for kind in KINDS
        }

    def term(self, rows: Any, layer: str, shape: tuple[int, int]) -> Any:
        """What the adapters add to ``layer`` (its weight's ``shape``), of shape (n, outputs)."""
        outputs, inputs = shape
        a = self._matrix(a_input(layer), inputs)
        b = self._matrix(b_input(layer), outputs)
        narrow = op.matmul(rows, a, False, True)
        nothing = op.constant(np.float32(0))
        return op.matmul(op.select(self._owned[kind_of(layer)], narrow, nothing), b, False, False)

    def _matrix(self, name: str, width: int) -> Any:
        matrix = self._parameter(name, [-1, width], self._dtype)
        return matrix if self._dtype == Type.f32 else op.convert(matrix, "f32")
