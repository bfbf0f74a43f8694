"""Attention in pieces is that of torch, document by document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.requires import need

need("torch")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from training.attention import PIECE, Attention, pieces  # noqa: E402

HEADS, GROUP, WIDTH = 2, 3, 8


def alone(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """One document by torch's own attention, with the group laid along the batch."""
    out = F.scaled_dot_product_attention(
        queries.permute(2, 0, 1, 3), keys.expand(GROUP, -1, -1, -1),
        values.expand(GROUP, -1, -1, -1), is_causal=True, scale=1.0,
    )  # fmt: skip
    return out.permute(1, 2, 0, 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 3 * PIECE), min_size=1, max_size=6))
def test_each_document_is_attended_to_alone(lengths: list[int]) -> None:
    total = sum(lengths)
    torch.manual_seed(total)
    given_ = [torch.randn(HEADS, total, GROUP, WIDTH), torch.randn(HEADS, total, WIDTH),
              torch.randn(HEADS, total, WIDTH)]  # fmt: skip
    tensors = [tensor.requires_grad_() for tensor in given_]
    upstream = torch.randn(HEADS, total, GROUP, WIDTH)

    ours = Attention.apply(*tensors, pieces(lengths, GROUP, tensors[0]))
    parts = zip(*(tensor.split(lengths, dim=1) for tensor in tensors), strict=True)
    theirs = torch.cat([alone(*part) for part in parts], dim=1)
    assert torch.allclose(ours, theirs, atol=1e-5)

    found = torch.autograd.grad(ours, tensors, upstream)
    wanted = torch.autograd.grad(theirs, tensors, upstream)
    for one, two in zip(found, wanted, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


@pytest.mark.parametrize("lengths", [[1], [30, 40, 50, 60], [300, 5], [PIECE, PIECE + 1]])
def test_every_query_is_in_one_piece_with_all_keys_of_its_document(lengths: list[int]) -> None:
    found = pieces(lengths, 1, torch.zeros(()))
    assert [piece.start for piece in found[1:]] == [piece.end for piece in found[:-1]]
    assert (found[0].start, found[-1].end) == (0, sum(lengths))
    seen = torch.cat([(piece.mask == 0).sum(dim=1) for piece in found])
    assert seen.tolist() == [i + 1 for length in lengths for i in range(length)]
