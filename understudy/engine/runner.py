"""Runs ragged batches through the compiled graph: the OpenVINO side of ``batch.ModelRunner``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import Type

from understudy.engine.adapter_stack import AdapterStack
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter, Slice
from understudy.engine.graph import LOGITS, build_model
from understudy.engine.lora import adaptable
from understudy.engine.lora_graph import ROW_OWNERS
from understudy.engine.paged_attention import BLOCK_SIZE
from understudy.engine.properties import compile_properties
from understudy.engine.rope import RopeTable
from understudy.engine.selfcheck import check_compiled, check_release
from understudy.engine.step import StepInputs
from understudy.engine.weights import PackedWeights

WARM_TOKENS = 128
"""Enough for the plugin to choose its kernels for prompts: 1024 take four times as long on a model
of a billion parameters, and leave later prompts and tokens no faster."""

_WITHOUT_ADAPTERS = "the model was compiled without adapters"


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """``num_blocks`` counts KV blocks of 32 tokens; ``context_length`` (tokens) defaults to the
    model's own; ``threads`` to the cores this process may use. ``precise`` computes in float32
    with a float32 KV cache: slower, for comparisons. ``properties`` are the plugin's own, and
    override those that follow from the rest: for measuring what each of them does.

    ``adapters`` makes a graph that takes LoRA adapters, a very little slower also for requests that
    name none. At most ``adapter_ranks`` ranks of them are computed at once; a step that needs
    more takes several passes."""

    num_blocks: int
    threads: int | None = None
    precise: bool = False
    context_length: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    adapters: bool = False
    adapter_ranks: int = 128


class OpenVinoRunner:
    """A model in memory, with its KV blocks. One thread at a time may call it.

    Raises ModelFolderInvalid for a weights file that does not fit the architecture, ConfigError
    for an OpenVINO that cannot run the graph, ValueError for options out of range.
    """

    block_size = BLOCK_SIZE

    def __init__(
        self, weights_file: Path, architecture: Architecture, options: RunnerOptions
    ) -> None:
        check_release()
        self.num_blocks = options.num_blocks
        self.vocab_size = architecture.vocab_size
        self.context_length = options.context_length or architecture.context_length
        if not 0 < self.context_length <= architecture.context_length:
            raise ValueError(f"context_length {self.context_length} is out of range")
        if self.num_blocks < 1:
            raise ValueError(f"num_blocks {self.num_blocks} is out of range")
        self._rope = RopeTable(architecture.rope, architecture.head_dim, self.context_length)
        self._weights: PackedWeights | None = PackedWeights(weights_file, architecture)
        threads = options.threads or usable_cores()
        properties = {
            **compile_properties(self._weights, threads=threads, precise=options.precise),
            **options.properties,
        }
        lora_type = _lora_type(properties) if options.adapters else None
        self._inputs = StepInputs(
            self.num_blocks, self.vocab_size, self.context_length, _least_rows(properties)
        )
        model = build_model(architecture, self._weights, lora_type=lora_type)
        self._compiled: Any = ov.Core().compile_model(model, "CPU", properties)
        check_compiled(self._compiled, architecture)
        self._request: Any = self._compiled.create_infer_request()
        self._cache = self._allocate_cache()
        self.takes_adapters = options.adapters
        self._adapters: AdapterStack | None = None
        if options.adapters:
            layers = dict(adaptable(architecture))
            self._adapters = AdapterStack(layers, lora_type, options.adapter_ranks)

    def step(self, batch: Sequence[Slice]) -> npt.NDArray[np.float32]:
        """Compute one step; see ``ModelRunner``. Raises RuntimeError after ``close``."""
        if self._request is None:
            raise RuntimeError("the runner is closed")
        keys = [part.adapter for part in batch]
        if self._adapters is None:
            if any(key is not None for key in keys):
                raise ValueError(_WITHOUT_ADAPTERS)
            return self._infer(*self._inputs.prepare(batch))
        passes = self._adapters.passes(keys)
        if len(passes) == 1:
            arrays, wanted = self._inputs.prepare(batch)
            self._set_adapters(self._adapters, arrays, keys)
            return self._infer(arrays, wanted)
        return self._in_passes(self._adapters, batch, passes)

    def _in_passes(
        self, adapters: AdapterStack, batch: Sequence[Slice], passes: Sequence[Sequence[int]]
    ) -> npt.NDArray[np.float32]:
        prepared = [self._inputs.prepare([batch[place] for place in places]) for places in passes]
        ends = np.cumsum([part.logits for part in batch])
        logits = np.empty((ends[-1], self.vocab_size), np.float32)
        for places, (arrays, wanted) in zip(passes, prepared, strict=True):
            self._set_adapters(adapters, arrays, [batch[place].adapter for place in places])
            rows = [
                row
                for place in places
                for row in range(ends[place] - batch[place].logits, ends[place])
            ]
            logits[rows] = self._infer(arrays, wanted)
        return logits

    def _set_adapters(
        self,
        adapters: AdapterStack,
        arrays: dict[str, npt.NDArray[Any]],
        keys: Sequence[str | None],
    ) -> None:
        for name, tensor in adapters.stack(keys).items():
            self._request.set_tensor(name, tensor)
        arrays[ROW_OWNERS] = adapters.row_owners(keys, np.diff(arrays["subsequence_begins"]))

    def _infer(self, arrays: dict[str, npt.NDArray[Any]], wanted: int) -> npt.NDArray[np.float32]:
        arrays["cos"], arrays["sin"] = self._rope.at(arrays.pop("positions"))
        for name, array in arrays.items():
            self._request.set_tensor(name, ov.Tensor(array, shared_memory=True))
        self._request.infer()
        logits: npt.NDArray[np.float32] = self._request.get_tensor(LOGITS).data[:wanted]
        return logits

    def warm(self, tokens: int = WARM_TOKENS) -> None:
        """Make the plugin repack its weights for prompts and for decoding, then drop the file's
        pages.

        Overwrites KV blocks from 0 on: call it before the first request.
        """
        if self._weights is None:
            raise RuntimeError("the runner is closed")
        tokens = min(tokens, self.context_length - 1, self.num_blocks * BLOCK_SIZE - 1)
        blocks = range(-(-(tokens + 1) // BLOCK_SIZE))
        self.step([Slice([0] * tokens, 0, blocks, True)])
        self.step([Slice([0], tokens, blocks, True)])
        self._weights.drop_pages()

    def copy_block(self, source: int, target: int) -> None:
        """Copy one KV block into another, in every layer. Raises ValueError out of range."""
        if not (0 <= source < self.num_blocks and 0 <= target < self.num_blocks):
            raise ValueError(f"a block id is not in [0, {self.num_blocks})")
        for tensor in self._cache:
            blocks = tensor.data
            blocks[target] = blocks[source]

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        """See ``ModelRunner``. Raises ValueError for an adapter that does not fit the model, a key
        in use, or a graph without adapters."""
        self._stack().load(key, adapter)

    def unload_adapter(self, key: str) -> None:
        """See ``ModelRunner``. Raises ValueError for an adapter that is not known."""
        self._stack().unload(key)

    def _stack(self) -> AdapterStack:
        if not self.takes_adapters:
            raise ValueError(_WITHOUT_ADAPTERS)
        if self._adapters is None:
            raise RuntimeError("the runner is closed")
        return self._adapters

    def close(self) -> None:
        """Free the model and its KV blocks. Idempotent."""
        self._request = self._compiled = self._adapters = None
        self._cache = []
        if self._weights is not None:
            self._weights.close()
            self._weights = None

    def _allocate_cache(self) -> list[Any]:
        """KV tensors in the type and shape that the plugin chose, one block more than asked.

        Zeroed by the operating system as pages are first touched, so unused blocks cost nothing.
        """
        tensors = []
        for port in self._compiled.inputs:
            name = port.get_any_name()
            if "_cache." not in name:
                continue
            shape = [dimension.get_length() for dimension in list(port.get_partial_shape())[1:]]
            tensor = ov.Tensor(port.get_element_type(), [self.num_blocks + 1, *shape])
            self._request.set_tensor(name, tensor)
            tensors.append(tensor)
        return tensors


def _lora_type(properties: Mapping[str, Any]) -> Any:
    """The type in which the graph computes, for what it would otherwise convert in every step."""
    return Type.bf16 if properties["INFERENCE_PRECISION_HINT"] == "bf16" else Type.f32


def _least_rows(properties: Mapping[str, Any]) -> int:
    """2 where one row takes another kernel: in products in float32."""
    return 2 if properties["INFERENCE_PRECISION_HINT"] == "f32" else 1


def usable_cores() -> int:
    """Cores this process may use; all of the machine's where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
