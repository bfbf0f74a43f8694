"""Tiny random models with the structure of each architecture the catalogue serves.

Head sizes, head sharing, rotary scaling, tying and the sliding window follow the originals; all
else is small. ``biases`` covers what the Llama family allows and the catalogue does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from understudy.engine.architecture import Architecture
from understudy.models.random_tokenizer import SpecialTokens
from understudy.models.random_weights import Dtype, write_random

_LLAMA: Mapping[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "vocab_size": 384,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "max_position_embeddings": 2048,
    "rope_theta": 10000.0,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "initializer_range": 0.1,
}

TINY: Mapping[str, Mapping[str, Any]] = {
    "tinyllama": {**_LLAMA, "num_attention_heads": 8, "num_key_value_heads": 1},
    "llama-2-7b": {**_LLAMA, "num_attention_heads": 2, "num_key_value_heads": 2},
    "llama-2-70b": {
        **_LLAMA,
        "intermediate_size": 352,
        "num_hidden_layers": 3,
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
    },
    "llama-3.2-1b": {
        **_LLAMA,
        "num_key_value_heads": 1,
        "rope_theta": 500000.0,
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 32.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        },
        "tie_word_embeddings": True,
    },
    "openchat": {
        **_LLAMA,
        "architectures": ["MistralForCausalLM"],
        "model_type": "mistral",
        "vocab_size": 386,
        "num_key_value_heads": 1,
        "sliding_window": 24,
    },
    "biases": {
        **_LLAMA,
        "num_key_value_heads": 2,
        "attention_bias": True,
        "mlp_bias": True,
        "rope_scaling": {"rope_type": "linear", "factor": 2.0},
    },
}

SPECIAL = SpecialTokens({"<unk>": 0, "<s>": 1, "</s>": 2}, "<s>", ("</s>",))


def write_tiny(name: str, folder: Path, dtype: Dtype = "f32") -> Architecture:
    """Write the tiny model ``name`` as a Hugging Face folder, the same at every call."""
    return write_random(TINY[name], folder, seed=7, dtype=dtype, special=SPECIAL)
