"""Model folders with random weights: for tests and for measuring speed without a download."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from understudy.engine.architecture import Architecture
from understudy.engine.safetensors import (
    Layout,
    SafetensorsWriter,
    float32_to_bfloat16,
    tensor_bytes,
)
from understudy.models.checkpoint import INDEX, SINGLE
from understudy.models.random_tokenizer import SpecialTokens, special_tokens_for, write_tokenizer

Dtype = Literal["f32", "bf16", "f16"]
SHARD_BYTES = 2_000_000_000
DEFAULT_SPREAD = 0.02
"""transformers' ``initializer_range`` where a configuration names none."""

_STORED: Mapping[Dtype, tuple[str, str]] = {
    "f32": ("F32", "float32"),
    "bf16": ("BF16", "bfloat16"),
    "f16": ("F16", "float16"),
}
_NOISE = 4_194_301
"""Random values drawn, and repeated. A prime, so that no two rows of a matrix are equal."""


def write_random(
    architecture: Mapping[str, Any],
    folder: Path,
    *,
    seed: int = 0,
    dtype: Dtype = "bf16",
    special: SpecialTokens | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Architecture:
    """Write a Hugging Face folder: config.json, generation_config.json, safetensors (sharded above
    ``shard_bytes``) and a byte-level BPE tokenizer of the architecture's vocabulary.

    ``architecture`` holds the fields of a config.json. Values are normal with the standard
    deviation ``initializer_range`` (norms around one), the same for the same seed. ``special``
    defaults to the tokens usual for the vocabulary size. About one tensor is in memory at a time.
    Raises ModelFolderInvalid for an unknown architecture.
    """
    shape = Architecture.from_config(architecture, folder.name)
    special = special or special_tokens_for(shape.vocab_size)
    folder.mkdir(parents=True, exist_ok=True)
    tokens = {"bos_token_id": special.bos_id, "eos_token_id": special.eos_ids}
    _write_json(folder / "config.json", {**architecture, **tokens, "dtype": _STORED[dtype][1]})
    _write_json(folder / "generation_config.json", tokens)
    write_tokenizer(folder, shape.vocab_size, special)
    layout: Layout = {name: (_STORED[dtype][0], size) for name, size in shape.tensors()}
    noise = _Noise(seed, float(architecture.get("initializer_range", DEFAULT_SPREAD)), dtype)
    _write_shards(folder, list(_shards(layout, shard_bytes)), noise)
    return shape


class _Noise:
    """Tensors cut from one repeated block of normal values, each from a place of its own."""

    def __init__(self, seed: int, spread: float, dtype: Dtype) -> None:
        self._rng = np.random.default_rng(seed)
        values = self._rng.standard_normal(_NOISE, np.float32) * np.float32(spread)
        self._matrix = _cast(values, dtype)
        self._norm = _cast(1 + values, dtype)

    def tensor(self, name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        block = self._norm if name.endswith("norm.weight") else self._matrix
        out = np.empty(prod(shape), block.dtype)
        place, filled = int(self._rng.integers(_NOISE)), 0
        while filled < out.size:
            taken = min(_NOISE - place, out.size - filled)
            out[filled : filled + taken] = block[place : place + taken]
            place, filled = 0, filled + taken
        return out.reshape(shape)


def _cast(values: npt.NDArray[np.float32], dtype: Dtype) -> npt.NDArray[Any]:
    if dtype == "bf16":
        return float32_to_bfloat16(values)
    return values.astype(np.float16 if dtype == "f16" else np.float32)


def _shards(layout: Layout, limit: int) -> Iterator[dict[str, tuple[str, tuple[int, ...]]]]:
    shard: dict[str, tuple[str, tuple[int, ...]]] = {}
    size = 0
    for name, (dtype, shape) in layout.items():
        size += tensor_bytes(dtype, shape)
        if shard and size > limit:
            yield shard
            shard, size = {}, tensor_bytes(dtype, shape)
        shard[name] = (dtype, shape)
    yield shard


def _write_shards(
    folder: Path, shards: list[dict[str, tuple[str, tuple[int, ...]]]], noise: _Noise
) -> None:
    count = len(shards)
    weight_map: dict[str, str] = {}
    for number, layout in enumerate(shards, 1):
        name = SINGLE if count == 1 else f"model-{number:05}-of-{count:05}.safetensors"
        weight_map.update(dict.fromkeys(layout, name))
        with (folder / name).open("wb") as file:
            writer = SafetensorsWriter(file, layout, {"format": "pt"})
            for tensor, (_, shape) in layout.items():
                writer.write(tensor, noise.tensor(tensor, shape))
            writer.finish()
    if count > 1:
        total = sum(tensor_bytes(*entry) for layout in shards for entry in layout.values())
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        _write_json(folder / INDEX, index)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
