"""The adapters a runner knows, and the stack of those that its next step computes.

Every row of a step pays for every stacked rank, so only adapters of this step and of the last few
are stacked, in buffers that are allocated once and, untouched, take no memory.

What a row gets must not depend on what is stacked beside its adapter. Kernels sum over the stacked
ranks in runs: of four in float32 on AVX-512, where packing adapters without gaps changes last bits;
of up to 32 in matrix units. All but a row's own ranks add zeros. So each adapter has a slot of a
power of two of ranks, and slots lie widest first, which puts each at a multiple of its own width:
a run sees whole slots, or part of a single one, wherever in the stack they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from openvino import Tensor, Type

from understudy.engine.batch import Adapter
from understudy.engine.lora import KINDS, MAX_RANK, kind_of
from understudy.engine.lora_graph import a_input, b_input, rank_owners
from understudy.engine.safetensors import float32_to_bfloat16

LEAST_SLOT = 4
IDLE_STEPS = 2
"""Steps for which an adapter stays stacked unused. Stacking one costs about as much as computing
it for a few steps in vain."""

_LARGEST = np.float32(3.38e38)
"""No float32 up to here becomes infinite as bfloat16."""

Matrix = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """An adapter as it is stacked: for each of its layers A of shape (width, inputs) and B of
    shape (width, outputs), in the buffers' type, with zeros beyond its rank. ``owner`` is a
    number no other has."""

    owner: int
    width: int
    matrices: Mapping[str, tuple[Matrix, Matrix]]
    kinds: frozenset[str]


class AdapterStack:
    """Fills the inputs of ``lora_graph.LoraTerms``.

    ``layers`` are the layers that adapters may change, with their weights' (outputs, inputs);
    ``dtype`` is the graph's type of A and B; at most ``max_ranks`` ranks are stacked.
    """

    def __init__(self, layers: Mapping[str, tuple[int, int]], dtype: Any, max_ranks: int) -> None:
        if max_ranks < MAX_RANK:
            raise ValueError(f"a stack of {max_ranks} ranks is too small for one of {MAX_RANK}")
        self._layers = layers
        self._dtype = dtype
        self._max_ranks = max_ranks
        self._known: dict[str, _Known] = {}
        self._owners = 0
        self._clock = 0
        self._last_used: dict[str, int] = {}
        self._stacked: list[str] = []
        self._places: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._shown: bool | None = None
        kept = np.float32 if dtype == Type.f32 else np.uint16
        self._buffers = {
            layer: (np.zeros((max_ranks, inputs), kept), np.zeros((max_ranks, outputs), kept))
            for layer, (outputs, inputs) in layers.items()
        }

    def load(self, key: str, adapter: Adapter) -> None:
        """Make ``adapter`` known. Raises ValueError for one that does not fit, or a known key."""
        if key in self._known:
            raise ValueError(f"there is an adapter {key!r} already")
        if not 1 <= adapter.rank <= MAX_RANK:
            raise ValueError(f"rank {adapter.rank} is not in [1, {MAX_RANK}]")
        width = slot_width(adapter.rank)
        matrices = {}
        for layer, (a, b) in adapter.matrices.items():
            if layer not in self._layers:
                raise ValueError(f"no layer {layer} can be adapted")
            outputs, inputs = self._layers[layer]
            if a.shape != (adapter.rank, inputs) or b.shape != (outputs, adapter.rank):
                raise ValueError(f"{layer} takes no A of shape {a.shape} and B of {b.shape}")
            matrices[layer] = (self._slot(a, width, layer), self._slot(b.T, width, layer))
        kinds = frozenset(map(kind_of, matrices))
        self._known[key] = _Known(self._owners, width, matrices, kinds)
        self._owners += 1

    def unload(self, key: str) -> None:
        """Forget an adapter. Raises ValueError for one that is not known."""
        if key not in self._known:
            raise ValueError(f"there is no adapter {key!r}")
        if key in self._stacked:
            self._restack([other for other in self._stacked if other != key])
        self._last_used.pop(key, None)
        del self._known[key]

    def passes(self, keys: Sequence[str | None]) -> list[list[int]]:
        """Split a step's slices, by their adapters, into as few passes as the stack has room for.

        Returns the places of each pass in ``keys``. Raises ValueError for an adapter that is not
        known.
        """
        widths: dict[str | None, int] = {None: 0}
        for key in keys:
            if key is not None and key not in self._known:
                raise ValueError(f"there is no adapter {key!r}")
            if key is not None:
                widths[key] = self._known[key].width
        pass_of: dict[str | None, int] = {}
        room: list[int] = []
        for key, width in widths.items():
            if not room or room[-1] < width:
                room.append(self._max_ranks)
            room[-1] -= width
            pass_of[key] = len(room) - 1
        split: list[list[int]] = [[] for _ in room]
        for place, key in enumerate(keys):
            split[pass_of[key]].append(place)
        return [places for places in split if places]

    def stack(self, keys: Iterable[str | None]) -> dict[str, Tensor]:
        """Stack the adapters of one pass. Returns the graph's inputs that changed, by name."""
        self._clock += 1
        wanted = {key for key in keys if key is not None}
        for key in wanted:
            self._last_used[key] = self._clock
        if not wanted:
            changed, self._shown = self._shown is not False, False
            return self._inputs(none=True) if changed else {}
        recent = [k for k in self._stacked if self._clock - self._last_used[k] <= IDLE_STEPS]
        if len(recent) < len(self._stacked) or not wanted.issubset(recent):
            self._restack(self._within_bound(recent, wanted))
        changed, self._shown = not self._shown, True
        return self._inputs(none=False) if changed else {}

    def row_owners(
        self, keys: Sequence[str | None], lengths: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.int32]:
        """The owner of every row of slices of such ``lengths``, shape (n, 1); slices beyond the
        last of ``keys`` are nobody's."""
        owners = np.full(len(lengths), -1, np.int32)
        for place, key in enumerate(keys):
            if key is not None:
                owners[place] = self._known[key].owner
        return np.repeat(owners, lengths).reshape(-1, 1)

    def _within_bound(self, recent: Sequence[str], wanted: Collection[str]) -> list[str]:
        """The adapters to stack: ``wanted``, and of the others the latest used that fit."""
        room = self._max_ranks - sum(self._known[key].width for key in wanted)
        kept = set(wanted)
        for key in sorted(set(recent) - kept, key=self._last_used.__getitem__, reverse=True):
            room -= self._known[key].width
            if room < 0:
                break
            kept.add(key)
        return [*(key for key in recent if key in kept), *sorted(kept - set(recent))]

    def _restack(self, keys: Iterable[str]) -> None:
        """Lay ``keys`` out, copying those that move."""
        self._stacked = sorted(keys, key=lambda key: -self._known[key].width)
        self._shown = None
        for kind in KINDS:
            before, now, end = self._places[kind], {}, 0
            for key in self._stacked:
                if kind in self._known[key].kinds:
                    now[key] = end
                    end += self._known[key].width
            for key, start in now.items():
                if before.get(key) != start:
                    self._copy(self._known[key], kind, start)
            self._places[kind] = now

    def _copy(self, known: _Known, kind: str, start: int) -> None:
        span = slice(start, start + known.width)
        for layer, buffers in self._buffers.items():
            if kind_of(layer) != kind:
                continue
            matrices = known.matrices.get(layer, (0, 0))
            for buffer, matrix in zip(buffers, matrices, strict=True):
                buffer[span] = matrix

    def _inputs(self, *, none: bool) -> dict[str, Tensor]:
        """Every input of the graph that says what is stacked; with ``none``, that nothing is."""
        inputs = {}
        ranks = {}
        for kind, places in self._places.items():
            known = [] if none else [self._known[key] for key in places]
            widths = np.asarray([each.width for each in known], np.int64)
            owners = np.repeat(np.asarray([each.owner for each in known], np.int32), widths)
            ranks[kind] = len(owners)
            inputs[rank_owners(kind)] = Tensor(owners)
        for layer, (a, b) in self._buffers.items():
            used = ranks[kind_of(layer)]
            inputs[a_input(layer)] = self._view(a, used)
            inputs[b_input(layer)] = self._view(b, used)
        return inputs

    def _view(self, buffer: Matrix, ranks: int) -> Tensor:
        """The first rows of a buffer, without a copy: what is stacked later is seen through it."""
        return Tensor(buffer[:ranks], [ranks, buffer.shape[1]], self._dtype)

    def _slot(self, matrix: npt.NDArray[np.float32], width: int, layer: str) -> Matrix:
        """Ranks as rows, in the buffers' type, with zeros up to ``width``."""
        slot = np.zeros((width, matrix.shape[1]), np.float32)
        slot[: len(matrix)] = matrix
        if not (np.abs(slot) <= _LARGEST).all():
            raise ValueError(f"{layer} has a number that is not finite")
        return slot if self._dtype == Type.f32 else float32_to_bfloat16(slot)


def slot_width(rank: int) -> int:
    """The ranks that an adapter takes in the stack: a power of two, at least ``LEAST_SLOT``."""
    return max(LEAST_SLOT, 1 << (rank - 1).bit_length())
