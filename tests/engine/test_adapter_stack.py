"""Which adapters are stacked, where, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openvino import Type

from tests.oracles.adapters import of_kinds, random_adapter
from tests.oracles.models import TINY
from understudy.engine.adapter_stack import IDLE_STEPS, AdapterStack, slot_width
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.engine.lora import KINDS, adaptable, kind_of
from understudy.engine.lora_graph import a_input, b_input, rank_owners
from understudy.engine.safetensors import bfloat16_to_float32

ARCHITECTURE = Architecture.from_config(TINY["llama-2-7b"])
LAYERS = dict(adaptable(ARCHITECTURE))
LAYER = "model.layers.1.self_attn.k_proj"


class Inputs:
    """A stack, and the inputs a graph would have by now."""

    def __init__(self, max_ranks: int = 64, dtype: Any = Type.f32) -> None:
        self.stack = AdapterStack(LAYERS, dtype, max_ranks)
        self.tensors: dict[str, Any] = {}
        self.adapters: dict[str, Adapter] = {}

    def load(self, key: str, rank: int, seed: int = 0, *kinds: str) -> None:
        adapter = random_adapter(ARCHITECTURE, rank, seed, only=of_kinds(*(kinds or KINDS)))
        self.stack.load(key, adapter)
        self.adapters[key] = adapter

    def step(self, *keys: str | None) -> list[str]:
        """The names of the inputs that changed."""
        changed = self.stack.stack(keys)
        self.tensors.update(changed)
        return list(changed)

    def stacked(self, kind: str = "k_proj") -> int:
        return int(self.tensors[rank_owners(kind)].shape[0])

    def place(self, key: str, kind: str = "k_proj") -> tuple[int, int]:
        """First rank and width of an adapter's slot."""
        owner = int(self.stack.row_owners([key], np.asarray([1]))[0, 0])
        at = np.flatnonzero(self.tensors[rank_owners(kind)].data == owner)
        np.testing.assert_array_equal(at, np.arange(at[0], at[0] + len(at)))
        return int(at[0]), len(at)

    def assert_holds(self, key: str) -> None:
        """Every layer's stack has the adapter's matrices in its slot, and zeros beyond."""
        adapter = self.adapters[key]
        for layer, (outputs, inputs) in LAYERS.items():
            a_found, b_found = self.tensors[a_input(layer)], self.tensors[b_input(layer)]
            if kind_of(layer) not in {kind_of(each) for each in adapter.matrices}:
                continue
            start, width = self.place(key, kind_of(layer))
            a, b = adapter.matrices.get(
                layer, (np.zeros((adapter.rank, inputs)), np.zeros((outputs, adapter.rank)))
            )
            for found, expected in ((a_found.data, a), (b_found.data, b.T)):
                slot = found[start : start + width]
                np.testing.assert_array_equal(slot[: adapter.rank], expected)
                assert not slot[adapter.rank :].any()


@pytest.mark.parametrize(
    ("rank", "width"), [(1, 4), (4, 4), (5, 8), (8, 8), (12, 16), (33, 64), (64, 64)]
)
def test_slots_are_powers_of_two(rank: int, width: int) -> None:
    assert slot_width(rank) == width


def test_a_step_without_adapters_stacks_nothing() -> None:
    inputs = Inputs()
    inputs.load("a", 4)
    inputs.step(None)
    assert {tensor.shape[0] for tensor in inputs.tensors.values()} == {0}
    inputs.step("a", None)
    assert inputs.stacked() == 4
    inputs.step(None)
    assert {tensor.shape[0] for tensor in inputs.tensors.values()} == {0}


def test_steps_with_the_same_adapters_change_nothing() -> None:
    inputs = Inputs()
    inputs.load("a", 4)
    inputs.load("b", 8)
    assert inputs.step("a", "b")
    assert inputs.step("b", "a", None, "a") == []
    assert inputs.step("b") == []
    inputs.step()
    assert inputs.step() == []


def test_kinds_of_layers_that_no_stacked_adapter_changes_have_no_ranks() -> None:
    inputs = Inputs()
    inputs.load("a", 4, 1, "q_proj", "v_proj")
    inputs.load("b", 8, 2, "v_proj")
    inputs.step("a", "b")
    assert [inputs.stacked(kind) for kind in ("q_proj", "v_proj", "down_proj")] == [4, 12, 0]
    for key in "ab":
        inputs.assert_holds(key)


def test_a_layer_that_an_adapter_leaves_out_gets_zeros_where_another_stood() -> None:
    inputs = Inputs(64)
    inputs.load("full", 64, 1)
    only = "model.layers.0.self_attn.k_proj"
    partial = random_adapter(ARCHITECTURE, 64, 2, only=only.__eq__)
    inputs.stack.load("partial", partial)
    inputs.adapters["partial"] = partial
    inputs.step("full")
    inputs.step("partial")
    inputs.assert_holds("partial")
    assert not inputs.tensors[a_input(LAYER)].data.any()


def test_an_adapter_leaves_the_stack_some_steps_after_its_last_use() -> None:
    inputs = Inputs()
    inputs.load("a", 4)
    inputs.load("b", 4)
    inputs.step("a", "b")
    for _ in range(IDLE_STEPS):
        inputs.step("b")
        assert inputs.stacked() == 8
    inputs.step("b")
    assert inputs.stacked() == 4
    inputs.assert_holds("b")


def test_the_least_recently_used_makes_room() -> None:
    inputs = Inputs(64)
    for key, rank in (("a", 16), ("b", 16), ("c", 32)):
        inputs.load(key, rank)
    inputs.load("d", 8)
    inputs.step("a", "b", "c")
    inputs.step("a", "c")
    inputs.step("d", "a")
    assert inputs.stacked() == 56
    for key in "acd":
        inputs.assert_holds(key)


def test_unloading_leaves_the_others_as_they_were() -> None:
    inputs = Inputs()
    for key, rank in (("a", 8), ("b", 8), ("c", 4)):
        inputs.load(key, rank, rank)
    inputs.step("a", "b", "c")
    inputs.stack.unload("a")
    inputs.step("b", "c")
    assert inputs.stacked() == 12
    inputs.assert_holds("b")
    inputs.assert_holds("c")


def test_a_key_can_be_loaded_again_with_another_adapter() -> None:
    inputs = Inputs()
    inputs.load("a", 8, 1)
    inputs.step("a")
    inputs.stack.unload("a")
    inputs.load("a", 8, 2)
    inputs.step("a")
    inputs.assert_holds("a")


def test_rows_belong_to_the_adapters_of_their_slices_and_padding_to_nobody() -> None:
    inputs = Inputs()
    inputs.load("a", 4)
    inputs.load("b", 4)
    rows = inputs.stack.row_owners(["b", None, "a"], np.asarray([2, 1, 1, 3]))
    assert rows.dtype == np.int32
    assert rows.tolist() == [[1], [1], [-1], [0], [-1], [-1], [-1]]


@pytest.mark.parametrize(
    ("keys", "passes"),
    [
        ([None, None], [[0, 1]]),
        (["a", None, "b", "a"], [[0, 1, 2, 3]]),
        (["c", "a", None], [[0, 2], [1]]),
        (["a", "c", "a", "d", None], [[0, 2, 4], [1], [3]]),
    ],
)
def test_a_step_takes_as_many_passes_as_its_adapters_need(
    keys: list[str | None], passes: list[list[int]]
) -> None:
    inputs = Inputs(64)
    for key, rank in (("a", 4), ("b", 32), ("c", 64), ("d", 33)):
        inputs.load(key, rank)
    assert inputs.stack.passes(keys) == passes


def test_bfloat16_matrices_are_rounded_to_nearest() -> None:
    inputs = Inputs(dtype=Type.bf16)
    inputs.load("a", 4)
    inputs.step("a")
    a = inputs.adapters["a"].matrices[LAYER][0]
    found = inputs.tensors[a_input(LAYER)]
    assert found.element_type == Type.bf16
    bits = inputs.stack._buffers[LAYER][0][:4]
    np.testing.assert_allclose(bfloat16_to_float32(bits), a, rtol=2**-8)


def _one(a: Any, b: Any, rank: int = 2, layer: str = LAYER) -> Adapter:
    return Adapter(rank, {layer: (np.asarray(a, np.float32), np.asarray(b, np.float32))})


GOOD_A, GOOD_B = np.ones((2, 128)), np.ones((128, 2))


@pytest.mark.parametrize(
    ("adapter", "why"),
    [
        (_one(np.ones((0, 128)), np.ones((128, 0)), 0), "rank 0"),
        (_one(np.ones((65, 128)), np.ones((128, 65)), 65), "rank 65"),
        (_one(GOOD_A, GOOD_B, layer="lm_head"), "lm_head"),
        (_one(np.ones((3, 128)), GOOD_B), "shape"),
        (_one(GOOD_A, np.ones((127, 2))), "shape"),
        (_one(GOOD_A * np.nan, GOOD_B), "not finite"),
        (_one(GOOD_A, GOOD_B * np.inf), "not finite"),
        (_one(GOOD_A * 3.4e38, GOOD_B), "not finite"),
    ],
)
def test_what_does_not_fit_is_refused_and_not_known(adapter: Adapter, why: str) -> None:
    inputs = Inputs()
    with pytest.raises(ValueError, match=why):
        inputs.stack.load("a", adapter)
    with pytest.raises(ValueError, match="no adapter 'a'"):
        inputs.stack.passes(["a"])


def test_keys_are_unique_and_known() -> None:
    inputs = Inputs()
    inputs.load("a", 4)
    with pytest.raises(ValueError, match="adapter 'a' already"):
        inputs.load("a", 4)
    with pytest.raises(ValueError, match="no adapter 'b'"):
        inputs.stack.unload("b")


def test_a_stack_has_room_for_the_widest_adapter() -> None:
    with pytest.raises(ValueError, match="too small"):
        AdapterStack(LAYERS, Type.f32, 63)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_is_used_is_in_place_aligned_and_within_the_bound(data: st.DataObject) -> None:
    inputs = Inputs(128)
    ranks = {"a": 1, "b": 4, "c": 7, "d": 16, "e": 33, "f": 64, "g": 16, "h": 30}
    for seed, (key, rank) in enumerate(ranks.items()):
        inputs.load(key, rank, seed, *(("k_proj", "o_proj") if key in "cg" else KINDS))
    for _ in range(data.draw(st.integers(1, 12))):
        keys = data.draw(st.lists(st.sampled_from([*ranks, None]), max_size=6))
        for places in inputs.stack.passes(keys):
            used = {keys[place] for place in places} - {None}
            inputs.step(*(keys[place] for place in places))
            assert inputs.stacked() <= 128
            for key in used:
                assert key is not None
                start, width = inputs.place(key)
                assert width == slot_width(ranks[key])
                assert start % width == 0
                inputs.assert_holds(key)
