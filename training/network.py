"""The forward pass of a Llama model in plain torch, over whole documents laid end to end.

The mathematics and the names of the weights are those of `LlamaForCausalLM` of `transformers`;
the arrangement is for training on few cores. Weights of one kind are stacked over the layers,
query, key and value (gate and up) are one product, a product reads bfloat16 copies made once a
step, and attention keeps to each document: little is computed for a mask to throw away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from .attention import Attention, pieces
from .loss import HeadLoss
from .model import Shape

# Stacks of weight matrices of shape [layers, out, in].
MATRICES = ("qkv", "o", "gate_up", "down")
DEVIATION = 0.02


def project(
    x: torch.Tensor, norm: torch.Tensor, weight: torch.Tensor, cos: torch.Tensor,
    sin: torch.Tensor, heads: int, eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    """Queries, keys and values as `Attention` takes them: turned, and the queries scaled.

    `x` is the residual stream `[tokens, hidden]`, `cos` and `sin` are `[tokens, 1, head_dim / 2]`,
    `heads` is the number of those of keys.
    """
    width = 2 * cos.shape[-1]
    normed = F.rms_norm(x, norm.shape, norm, eps).to(weight.dtype)
    every = F.linear(normed, weight).unflatten(-1, (-1, width))
    turned, values = every.split([every.shape[1] - heads, heads], dim=1)
    one, two = turned.float().chunk(2, dim=-1)
    turned = torch.cat([one * cos - two * sin, two * cos + one * sin], dim=-1)
    queries, keys = turned.split([turned.shape[1] - heads, heads], dim=1)
    queries = (queries * width**-0.5).unflatten(1, (heads, -1))
    queries, keys, values = (
        part.transpose(0, 1).to(weight.dtype).contiguous() for part in (queries, keys, values)
    )
    return queries, keys, values


def feed(
    x: torch.Tensor, attended: torch.Tensor, out: torch.Tensor, norm: torch.Tensor,
    gate_up: torch.Tensor, down: torch.Tensor, eps: float,
) -> torch.Tensor:  # fmt: skip
    """The residual stream after a layer's attention is added and its feed-forward has run.

    `attended` is `[heads of keys, tokens, group, head_dim]`.
    """
    x = x + F.linear(attended.transpose(0, 1).flatten(1), out)
    normed = F.rms_norm(x, norm.shape, norm, eps).to(down.dtype)
    gate, up = F.linear(normed, gate_up).chunk(2, dim=-1)
    return x + F.linear(F.silu(gate) * up, down)


class Network:
    """Float32 weights, their copies for the products, and the forward pass.

    `weights` holds the stacks of `MATRICES`, `norms` of shape [2 * layers + 1, hidden] in the
    order they are met, and the tied `embedding`. Gradients are asked for `leaves`, which follow
    the weights when `refresh` is called.
    """

    def __init__(
        self, shape: Shape, dtype: torch.dtype = torch.bfloat16, device: str = "cpu",
        compile: bool = False,
    ) -> None:  # fmt: skip
        self.shape, self.dtype = shape, dtype
        layers, width, inner = (
            shape.num_hidden_layers, shape.hidden_size, shape.intermediate_size)  # fmt: skip
        sizes = {
            "qkv": (layers, shape.queries + 2 * shape.keys, width),
            "o": (layers, width, shape.queries),
            "gate_up": (layers, 2 * inner, width),
            "down": (layers, width, inner),
            "embedding": (shape.vocab_size, width),
        }
        random = torch.Generator().manual_seed(1)
        self.weights = {
            name: torch.empty(size).normal_(0, DEVIATION, generator=random).to(device)
            for name, size in sizes.items()
        }
        self.copies = {name: weight.to(dtype) for name, weight in self.weights.items()}
        self.weights["norms"] = torch.ones(2 * layers + 1, width, device=device)
        self.leaves = {name: _leaves(self.copies[name].unbind()) for name in MATRICES}
        self.leaves["norms"] = _leaves(self.weights["norms"].unbind())
        # NOTE: the embedding's gradient adds up many rows a token, which float32 can hold; the
        # head is a product like the others.
        self.leaves["embedding"] = _leaves([self.weights["embedding"]])
        self.leaves["head"] = _leaves([self.copies["embedding"]])
        self.cos, self.sin = (table.to(device) for table in _rope(shape))
        self.project: Callable[..., Any] = project
        self.feed: Callable[..., torch.Tensor] = feed
        if compile:
            self.project = torch.compile(project, dynamic=False)
            self.feed = torch.compile(feed, dynamic=False)

    def hidden(
        self, ids: torch.Tensor, positions: torch.Tensor, lengths: Sequence[int]
    ) -> torch.Tensor:
        """What the head reads, `[tokens, hidden]`, for documents of `lengths` end to end."""
        eps, leaves = self.shape.rms_norm_eps, self.leaves
        cos, sin = self.cos[positions], self.sin[positions]
        group = self.shape.num_attention_heads // self.shape.num_key_value_heads
        plan = pieces(lengths, group, self.copies["embedding"])
        x = F.embedding(ids, leaves["embedding"][0])
        for i in range(self.shape.num_hidden_layers):
            heads = self.project(
                x, leaves["norms"][2 * i], leaves["qkv"][i], cos, sin,
                self.shape.num_key_value_heads, eps,
            )  # fmt: skip
            x = self.feed(
                x, Attention.apply(*heads, plan), leaves["o"][i], leaves["norms"][2 * i + 1],
                leaves["gate_up"][i], leaves["down"][i], eps,
            )  # fmt: skip
        norm = leaves["norms"][-1]
        return F.rms_norm(x, norm.shape, norm, eps).to(self.dtype)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores of every token of the vocabulary, in float32."""
        return F.linear(hidden, self.leaves["head"][0]).float()

    def loss(self, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The summed loss of the labels of these rows."""
        total: torch.Tensor = HeadLoss.apply(hidden, self.leaves["head"][0], labels)
        return total

    @torch.no_grad()
    def refresh(self, name: str, layers: slice = slice(None)) -> None:
        """Bring the copies for the products up to the weights."""
        if name in self.copies:
            self.copies[name][layers].copy_(self.weights[name][layers])

    def named(self) -> dict[str, torch.Tensor]:
        """Views of the weights under the names that `transformers` gives them."""
        inner, s = self.shape.intermediate_size, self.shape
        views = {"model.embed_tokens.weight": self.weights["embedding"],
                 "lm_head.weight": self.weights["embedding"],
                 "model.norm.weight": self.weights["norms"][-1]}  # fmt: skip
        for i in range(s.num_hidden_layers):
            query, key, value = self.weights["qkv"][i].split([s.queries, s.keys, s.keys])
            gate, up = self.weights["gate_up"][i].split(inner)
            layer = {
                "input_layernorm": self.weights["norms"][2 * i],
                "post_attention_layernorm": self.weights["norms"][2 * i + 1],
                "self_attn.q_proj": query, "self_attn.k_proj": key, "self_attn.v_proj": value,
                "self_attn.o_proj": self.weights["o"][i],
                "mlp.gate_proj": gate, "mlp.up_proj": up, "mlp.down_proj": self.weights["down"][i],
            }  # fmt: skip
            views |= {f"model.layers.{i}.{name}.weight": view for name, view in layer.items()}
        return views

    def state_dict(self) -> dict[str, torch.Tensor]:
        """A copy of the weights by name, as `LlamaForCausalLM.load_state_dict` takes it."""
        return {name: view.detach().clone() for name, view in self.named().items()}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take weights over by name; raises `KeyError` for one that is missing."""
        for name, view in self.named().items():
            if name != "lm_head.weight":
                view.copy_(state[name])
        for name in self.copies:
            self.refresh(name)


def _leaves(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [tensor.detach().requires_grad_() for tensor in tensors]


def _rope(shape: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine of each position, `[positions, 1, head_dim / 2]`."""
    exponents = torch.arange(0, shape.head_dim, 2).float() / shape.head_dim
    angles = torch.arange(shape.max_position_embeddings).float()[:, None, None] / (
        shape.rope_theta**exponents
    )
    return angles.cos(), angles.sin()
