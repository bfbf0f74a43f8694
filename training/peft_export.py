"""An adapter's folder as PEFT writes it: ``adapter_config.json``, ``adapter_model.safetensors``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from .lora_train import LowRank, Options

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def config_dict(options: Options, base: str) -> dict[str, Any]:
    """The fields of a plain LoRA on linear layers, with PEFT's names and defaults."""
    alpha = options.alpha
    return {
        "alpha_pattern": {},
        "auto_mapping": None,
        "base_model_name_or_path": base,
        "bias": "none",
        "exclude_modules": None,
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "layer_replication": None,
        "layers_pattern": None,
        "layers_to_transform": None,
        "loftq_config": {},
        "lora_alpha": int(alpha) if alpha.is_integer() else alpha,
        "lora_bias": False,
        "lora_dropout": 0.0,
        "megatron_config": None,
        "megatron_core": "megatron.core",
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": options.rank,
        "rank_pattern": {},
        "revision": None,
        "target_modules": sorted(options.targets),
        "task_type": "CAUSAL_LM",
        "use_dora": False,
        "use_rslora": False,
    }


def tensors(layers: Mapping[str, LowRank]) -> dict[str, torch.Tensor]:
    """The matrices under PEFT's names, in float32."""
    named = {}
    for name, layer in layers.items():
        named[f"base_model.model.{name}.lora_A.weight"] = layer.a.detach().cpu().contiguous()
        named[f"base_model.model.{name}.lora_B.weight"] = layer.b.detach().cpu().contiguous()
    return named


def save(folder: Path, layers: Mapping[str, LowRank], options: Options, base: str) -> int:
    """Write both files, each beside its place and renamed; returns the size of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    weights, config = folder / WEIGHTS, folder / CONFIG
    part = folder / (WEIGHTS + ".part")
    save_file(tensors(layers), str(part), metadata={"format": "pt"})
    part.chmod(0o644)
    part.replace(weights)
    part = folder / (CONFIG + ".part")
    part.write_text(json.dumps(config_dict(options, base), indent=2) + "\n", encoding="utf-8")
    part.replace(config)
    return weights.stat().st_size
