"""Muon, for the weight matrices: momentum, then the nearest orthogonal matrix as the step.

Written here rather than taken from torch because the weights of all layers are stacked: a few
batched products take the place of forty-two small ones, and a thread can take some layers.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

# The quintic of Newton and Schulz with the usual coefficients: five rounds bring every singular
# value near one.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


def orthogonal(stack: torch.Tensor) -> torch.Tensor:
    """The nearest orthogonal matrix of each of `[stack, out, in]`, roughly."""
    tall = stack.shape[1] > stack.shape[2]
    x = (stack.mT if tall else stack).to(torch.bfloat16).contiguous()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).float()


class Muon:
    """Nesterov momentum, orthogonalised, for stacks of matrices of shape [layers, out, in].

    `parts` says of how many matrices, one above the other, each entry of a stack is made; every
    one of them is moved by its own orthogonal step.
    """

    def __init__(
        self, weights: Mapping[str, torch.Tensor], parts: Mapping[str, list[int]],
        momentum: float = 0.95, decay: float = 0.01,
    ) -> None:  # fmt: skip
        self.weights, self.parts = weights, parts
        self.keep, self.decay = momentum, decay
        self.momentum = {name: torch.zeros_like(weights[name]) for name in parts}

    @torch.no_grad()
    def step(self, name: str, layers: slice, gradient: torch.Tensor, rate: float) -> None:
        """Move these layers of a stack; `gradient` is theirs, and is used up."""
        buffer = self.momentum[name][layers].lerp_(gradient, 1 - self.keep)
        update = gradient.lerp_(buffer, self.keep)
        weight = self.weights[name][layers].mul_(1 - rate * self.decay)
        start = 0
        for rows in self.parts[name]:
            span = slice(start, start + rows)
            scale = max(1.0, rows / weight.shape[2]) ** 0.5
            weight[:, span].add_(orthogonal(update[:, span]), alpha=-rate * scale)
            start += rows

    def state_dict(self) -> dict[str, torch.Tensor]:
        return dict(self.momentum)

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        for name, buffer in self.momentum.items():
            buffer.copy_(state[name])
