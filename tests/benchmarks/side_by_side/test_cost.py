"""Bytes and operations, counted by hand for a model small enough."""

from __future__ import annotations

from benchmarks.side_by_side.cost import Cost
from tests.running import TINY
from understudy.engine.architecture import Architecture

SHAPE = Architecture.from_config(TINY)
LAYER = 64 * 64 + 2 * 64 * 32 + 64 * 64 + 3 * 64 * 128
MATRICES = 2 * LAYER
HEAD = 512 * 64
NORMS = 4 * 5 * 64


def test_16_bit_weights_are_read_once_a_step_the_tied_head_among_them() -> None:
    assert Cost.of(SHAPE, "bf16").weight_bytes == 2 * (MATRICES + HEAD) + NORMS


def test_a_table_that_only_looks_up_is_not_read() -> None:
    scales = 2 * (MATRICES + HEAD) // 64
    read = Cost.of(SHAPE, "int4").weight_bytes
    assert read <= (MATRICES + HEAD) // 2 + scales + NORMS
    assert read >= (MATRICES + HEAD) // 2 + NORMS


def test_a_step_reads_the_keys_and_values_of_all_sequences() -> None:
    cost = Cost.of(SHAPE, "int8")
    per_token = 2 * 2 * 1 * (32 + 8)
    assert cost.step_bytes(3, 10) == cost.weight_bytes + 30 * per_token


def test_every_row_multiplies_and_adds_with_every_weight() -> None:
    cost = Cost.of(SHAPE, "int8")
    attention = 4 * 2 * 64
    assert cost.decode_flop(10) == 2 * (MATRICES + HEAD) + 10 * attention
    assert cost.prompt_flop(2) == 2 * 2 * MATRICES + 2 * HEAD + 3 * attention
