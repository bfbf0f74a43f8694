"""Muon, for the weight matrices: momentum, then the nearest orthogonal matrix as the step.

Written here rather than taken from torch because matrices of one shape are stacked: forty-two
small products become three batched ones, which matters on two shared cores.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

# The quintic of Newton and Schulz with the usual coefficients: five rounds bring every singular
# value near one.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


def orthogonal(stack: torch.Tensor) -> torch.Tensor:
    """The nearest orthogonal matrix of each, roughly; expects no more rows than columns."""
    x = stack.to(torch.bfloat16)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.float()


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; wide and tall matrices are turned to the same side."""

    def __init__(
        self, params: Iterable[torch.nn.Parameter], lr: float, momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[tuple[torch.Tensor, torch.Tensor]]] = {}
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                buffer = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(buffer, group["momentum"])
                tall = p.shape[0] > p.shape[1]
                update = update.mT if tall else update
                shapes.setdefault((update.shape[0], update.shape[1]), []).append((p, update))
            for entries in shapes.values():
                steps = orthogonal(torch.stack([update for _, update in entries]))
                for (p, _), step in zip(entries, steps, strict=True):
                    tall = p.shape[0] > p.shape[1]
                    scale = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                    p.mul_(1 - group["lr"] * group["decay"])
                    p.add_(step.mT if tall else step, alpha=-group["lr"] * scale)
