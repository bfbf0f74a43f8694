"""Shapes of the model, as a `LlamaForCausalLM` of `transformers`."""

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
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0

    @property
    def queries(self) -> int:
        """Width of all query heads together."""
        return self.num_attention_heads * self.head_dim

    @property
    def keys(self) -> int:
        """Width of all key heads together, which is that of the values too."""
        return self.num_key_value_heads * self.head_dim

    @property
    def parameters(self) -> int:
        """How many weights there are; two bytes each as stored."""
        attention = 2 * self.queries + 2 * self.keys
        layer = self.hidden_size * (attention + 3 * self.intermediate_size + 2)
        return self.num_hidden_layers * layer + self.hidden_size * (self.vocab_size + 1)


# Layers by width. All fit in 20 MB of bfloat16.
SHAPES = {
    "6x256": Shape(),
    "8x256": Shape(num_hidden_layers=8),
    "10x224": Shape(num_hidden_layers=10, hidden_size=224, intermediate_size=672),
    "6x320": Shape(hidden_size=320, intermediate_size=960),
}


def config_dict(shape: Shape) -> dict[str, Any]:
    """`config.json`, in the plain form that every Llama reader understands."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **asdict(shape),
        "hidden_act": "silu",
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
    """The model as `transformers` has it, fresh and in float32: what `network.py` must equal."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    values = config_dict(shape)
    for key in ("architectures", "model_type", "torch_dtype", "rope_scaling"):
        values.pop(key)
    config = LlamaConfig(**values)
    config._attn_implementation = "sdpa"
    model: Any = LlamaForCausalLM(config)
    return model.to(torch.float32)
