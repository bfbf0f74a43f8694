"""Random LoRA adapters, as PEFT writes them and merged into the weights they adapt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.engine.lora import adaptable, kind_of
from understudy.engine.quantize import from_int4, from_int8
from understudy.engine.safetensors import (
    SafetensorsFile,
    SafetensorsWriter,
    bfloat16_to_float32,
    float32_to_bfloat16,
)
from understudy.engine.weights import PackedWeights, stored_rows
from understudy.models.adapters import WEIGHTS

Matrix = npt.NDArray[np.float32]
Pair = tuple[Matrix, Matrix]

CONFIG: Mapping[str, Any] = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "base_model_name_or_path": "tiny",
    "r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.05,
    "bias": "none",
    "fan_in_fan_out": False,
    "init_lora_weights": True,
    "modules_to_save": None,
    "rank_pattern": {},
    "alpha_pattern": {},
    "use_rslora": False,
    "use_dora": False,
    "inference_mode": True,
}
"""The fields of an adapter_config.json of PEFT's; ``target_modules`` is left to the writer."""


def random_adapter(
    architecture: Architecture,
    rank: int,
    seed: int,
    *,
    only: Callable[[str], bool] = lambda layer: True,
    spread: float = 0.05,
) -> Adapter:
    """Noise on the layers for which ``only`` holds: it moves the tiny models' logits by about 1."""
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> Matrix:
        return rng.standard_normal(shape, np.float32) * np.float32(spread)

    return Adapter(
        rank,
        {
            layer: (noise(rank, inputs), noise(outputs, rank))
            for layer, (outputs, inputs) in adaptable(architecture)
            if only(layer)
        },
    )


def of_kinds(*kinds: str) -> Callable[[str], bool]:
    return lambda layer: kind_of(layer) in kinds


def peft_tensors(matrices: Mapping[str, Pair], *, adapter_name: str = "") -> dict[str, Matrix]:
    """The matrices under PEFT's names."""
    return {
        f"base_model.model.{layer}.lora_{half}{adapter_name}.weight": matrix
        for layer, pair in matrices.items()
        for half, matrix in zip("AB", pair, strict=True)
    }


def write_peft(
    folder: Path,
    tensors: Mapping[str, npt.NDArray[Any]],
    config: Mapping[str, Any] | None = None,
    *,
    dtype: str = "F32",
) -> Path:
    """Write an adapter's folder: ``config`` over ``CONFIG``, the tensors as ``dtype``."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = sorted({kind_of(name.partition(".lora_")[0]) for name in tensors})
    content = {**CONFIG, "target_modules": kinds, **(config or {})}
    (folder / "adapter_config.json").write_text(json.dumps(content))
    with (folder / WEIGHTS).open("wb") as file:
        layout = {name: (dtype, tensor.shape) for name, tensor in tensors.items()}
        writer = SafetensorsWriter(file, layout, {"format": "pt"})
        for name, tensor in tensors.items():
            writer.write(name, stored(tensor, dtype))
        writer.finish()
    return folder


def stored(values: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    if dtype == "BF16":
        return float32_to_bfloat16(values)
    return values.astype({"F32": np.float32, "F16": np.float16, "I8": np.int8}[dtype])


def write_merged(
    source: Path, packed: Path, architecture: Architecture, adapter: Adapter, target: Path
) -> None:
    """Write a float32 model folder with the weights that ``packed`` stands for, and B A added.

    ``source`` gives everything else.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.safetensors"))
    weights = PackedWeights(packed, architecture)
    layout = {name: ("F32", shape) for name, shape in architecture.tensors()}
    with (target / "model.safetensors").open("wb") as file:
        writer = SafetensorsWriter(file, layout, {"format": "pt"})
        for name in layout:
            tensor, rows = stored_rows(architecture, name)
            values = _dequantised(weights, tensor)[rows]
            pair = adapter.matrices.get(name.removesuffix(".weight"))
            if pair is not None:
                values = values + pair[1] @ pair[0]
            writer.write(name, values)
        writer.finish()
    weights.close()


def _dequantised(weights: PackedWeights, name: str) -> Matrix:
    kind = weights.kind(name)
    if kind == "int8":
        return from_int8(weights.raw(name + ".int8"), weights.raw(name + ".scale"))
    if kind == "int4":
        return from_int4(weights.raw(name + ".int4"), weights.raw(name + ".scale"))
    values = weights.raw(name)
    return bfloat16_to_float32(values) if kind == "BF16" else values.astype(np.float32)


def tensor_names(folder: Path) -> Collection[str]:
    with SafetensorsFile(folder / WEIGHTS) as file:
        return list(file.tensors)
