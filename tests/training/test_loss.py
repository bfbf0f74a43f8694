"""The head's loss and gradients are those of torch's cross entropy."""

import pytest

from tests.requires import need

need("torch")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from training.loss import ROWS, HeadLoss  # noqa: E402


@pytest.mark.parametrize("rows", [0, 1, ROWS - 1, ROWS + 3])
def test_loss_and_gradients_are_those_of_cross_entropy(rows: int) -> None:
    torch.manual_seed(3)
    hidden, head = torch.randn(rows, 16).requires_grad_(), torch.randn(50, 16).requires_grad_()
    labels = torch.randint(0, 50, (rows,))
    ours = HeadLoss.apply(hidden, head, labels) / 7
    theirs = F.cross_entropy(F.linear(hidden, head), labels, reduction="sum") / 7
    assert torch.allclose(ours, theirs, rtol=1e-5)
    for one, two in zip(torch.autograd.grad(ours, [hidden, head]),
                        torch.autograd.grad(theirs, [hidden, head]), strict=True):  # fmt: skip
        assert torch.allclose(one, two, atol=1e-5)


def test_a_label_of_no_likelihood_gives_a_large_loss_and_no_infinity() -> None:
    hidden, head = torch.tensor([[1000.0]]), torch.tensor([[1.0], [-1.0]])
    loss = HeadLoss.apply(hidden, head, torch.tensor([1]))
    assert 50 < float(loss) < 1000
