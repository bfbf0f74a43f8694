"""From a checkpoint to the folder that ships: bfloat16 weights and the files beside them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from . import tokenizer as tokens
from .model import Shape, config_dict
from .template import TEMPLATE

GENERATION = {
    "_from_model_config": False,
    "bos_token_id": tokens.BOS,
    "eos_token_id": [tokens.EOS, tokens.EOM, tokens.EOT],
    "pad_token_id": tokens.PAD,
}


def export(checkpoint: Path, tokenizer_folder: Path, target: Path) -> int:
    """Write the model folder; returns the size of the weights in bytes."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    state, shape = saved["model"], Shape(**saved["shape"])
    tensors = {
        name: value.to(torch.bfloat16).contiguous()
        for name, value in state.items()
        if name != "lm_head.weight"  # tied to the embedding
    }
    target.mkdir(parents=True, exist_ok=True)
    weights = target / "model.safetensors"
    save_file(tensors, str(weights), metadata={"format": "pt"})
    weights.chmod(0o644)
    for name, value in (("config", config_dict(shape)), ("generation_config", GENERATION)):
        (target / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n")
    tokens.save(tokens.load(tokenizer_folder), target)
    (target / "chat_template.jinja").write_text(TEMPLATE)
    return weights.stat().st_size
