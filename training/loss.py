"""The head and its loss at once: scores of the whole vocabulary are made, used and forgotten."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

ROWS = 512


class HeadLoss(torch.autograd.Function):
    """The summed loss (float32, in nats) of `hidden` `[rows, width]` under `head` `[words, width]`.

    Gradients are made along with the loss, some rows at a time, and only scaled when asked for.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, head: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        loss = hidden.new_zeros((), dtype=torch.float32)
        to_hidden = torch.empty_like(hidden)
        to_head = torch.zeros_like(head, dtype=torch.float32)
        for start in range(0, len(labels), ROWS):
            rows = slice(start, start + ROWS)
            label = labels[rows, None]
            shares = F.linear(hidden[rows], head).softmax(dim=1, dtype=torch.float32)
            right = shares.gather(1, label)
            loss -= right.clamp_min(torch.finfo(torch.float32).tiny).log().sum()
            to_scores = shares.scatter_(1, label, right - 1).to(head.dtype)
            torch.mm(to_scores, head, out=to_hidden[rows])
            to_head += to_scores.t() @ hidden[rows]
        ctx.save_for_backward(to_hidden, to_head)
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        to_hidden, to_head = ctx.saved_tensors
        return (to_hidden * gradients[0]).to(to_hidden.dtype), to_head * gradients[0], None
