"""The shape of the model, as a `LlamaForCausalLM` of `transformers`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """About five million parameters, a sixth of them in the tied embedding."""

    vocab_size: int = 3072
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    max_position_embeddings: int = 2048


def config_dict(shape: Shape) -> dict[str, Any]:
    """`config.json`, in the plain form that every Llama reader understands."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **asdict(shape),
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "rope_scaling": None,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": [1, 5, 6],
        "pad_token_id": 2,
        "use_cache": True,
        "torch_dtype": "bfloat16",
    }


def build(shape: Shape) -> Any:
    """A fresh model in float32, so that the optimiser's small steps are not lost."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    values = config_dict(shape)
    for key in ("architectures", "model_type", "torch_dtype", "rope_scaling"):
        values.pop(key)
    config = LlamaConfig(**values)
    config._attn_implementation = "sdpa"
    model: Any = LlamaForCausalLM(config)
    return model.to(torch.float32)
