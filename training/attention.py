"""Causal attention within documents that lie end to end, by plain products of small matrices.

Torch's own fused kernel for the CPU takes three times as long on documents of a hundred tokens.
Here queries are taken `PIECE` at a time, wherever documents begin and end, with the keys of all
documents they belong to, and a mask says which are whose. Sizes are multiples of `GRAIN`, as a
product of sizes not met before has to be compiled first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

PIECE = 128
GRAIN = 64


@dataclass(frozen=True)
class Piece:
    """Queries `start` to `end`, which see keys from `first` on as `mask` says.

    `mask` is added to the scores, `[(end - start) * group, end - first]`: 0 or minus infinity, a
    row for each query and each head of its group.
    """

    start: int
    end: int
    first: int
    mask: torch.Tensor


def pieces(lengths: Sequence[int], group: int, like: torch.Tensor) -> list[Piece]:
    """How to go through documents of these lengths, with masks of the kind of `like`."""
    document = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    place = torch.arange(len(document))
    begins = place.new_tensor([0, *lengths]).cumsum(0)[document]
    found = []
    for start in range(0, len(document), PIECE):
        end = min(start + PIECE, len(document))
        first = int(begins[start]) // GRAIN * GRAIN
        keys, queries = place[first:end], place[start:end, None]
        hidden = (keys > queries) | (keys < begins[start:end, None])
        mask = torch.zeros(hidden.shape, dtype=like.dtype).masked_fill_(hidden, float("-inf"))
        mask = mask.repeat_interleave(group, dim=0).to(like.device)
        found.append(Piece(start, end, first, mask))
    return found


class Attention(torch.autograd.Function):
    """Queries `[heads, tokens, group, width]` over keys and values `[heads, tokens, width]`.

    A head is one of keys, which a group of query heads shares. Queries come scaled, so that a
    score is their plain product with a key. Returns what `queries` is like.
    """

    @staticmethod
    def forward(
        ctx: Any, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor,
        plan: Sequence[Piece],
    ) -> torch.Tensor:  # fmt: skip
        out = torch.empty_like(queries)
        shares = []
        # NOTE: bmm and then an addition in place, as baddbmm is several times slower in bfloat16.
        for piece in plan:
            query, key, value = _cut(piece, queries, keys, values)
            share = torch.bmm(query, key.mT).add_(piece.mask).softmax(dim=-1)
            shares.append(share)
            torch.bmm(share, value, out=_rows(out, piece))
        ctx.save_for_backward(queries, keys, values, out, *shares)
        ctx.plan = plan
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        queries, keys, values, out, *shares = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        # What a row of shares loses for adding up to one.
        common = (gradient * out).sum(dim=-1, keepdim=True)
        to_queries = torch.empty_like(queries)
        to_keys, to_values = torch.zeros_like(keys), torch.zeros_like(values)
        for piece, share in zip(ctx.plan, shares, strict=True):
            query, key, value = _cut(piece, queries, keys, values)
            into = _rows(gradient, piece)
            seen = slice(piece.first, piece.end)
            to_values[:, seen] += torch.bmm(share.mT, into)
            to_scores = torch.bmm(into, value.mT).sub_(_rows(common, piece)).mul_(share)
            torch.bmm(to_scores, key, out=_rows(to_queries, piece))
            to_keys[:, seen] += torch.bmm(to_scores.mT, query)
        return to_queries, to_keys, to_values, None


def _rows(tensor: torch.Tensor, piece: Piece) -> torch.Tensor:
    """A piece's rows of `[heads, tokens, group, width]`, as `[heads, rows, width]`."""
    return tensor[:, piece.start : piece.end].flatten(1, 2)


def _cut(
    piece: Piece, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    seen = slice(piece.first, piece.end)
    return _rows(queries, piece), keys[:, seen], values[:, seen]
