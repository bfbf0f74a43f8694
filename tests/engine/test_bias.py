"""What callers add to logits, as a step adds it."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.engine.bias import Bias
from understudy.request import SamplingParams


def test_a_bias_is_added_to_its_tokens_alone() -> None:
    bias = Bias.of(SamplingParams(logit_bias=((3, 1.5), (0, -100.0))))
    assert bias is not None
    logits = np.arange(5, dtype=np.float32)
    bias.add(logits)
    assert logits.tolist() == [-100.0, 1.0, 2.0, 4.5, 4.0]


def test_a_token_that_comes_twice_counts_twice() -> None:
    bias = Bias.of(SamplingParams(logit_bias=((1, 1.0), (1, 2.0))))
    assert bias is not None
    logits = np.zeros(2, np.float32)
    bias.add(logits)
    assert logits.tolist() == [0.0, 3.0]


def test_what_is_minus_infinity_stays() -> None:
    bias = Bias.of(SamplingParams(logit_bias=((0, 100.0),)))
    assert bias is not None
    logits = np.full(1, -np.inf, np.float32)
    bias.add(logits)
    assert logits[0] == -np.inf


def test_no_bias_is_none() -> None:
    assert Bias.of(SamplingParams()) is None


def test_a_token_beyond_the_logits_is_an_error() -> None:
    bias = Bias.of(SamplingParams(logit_bias=((2, 1.0),)))
    assert bias is not None
    with pytest.raises(IndexError):
        bias.add(np.zeros(2, np.float32))
