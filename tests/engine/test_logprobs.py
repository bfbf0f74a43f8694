"""Log-probabilities against a reckoning in float64, against torch, and at the ends of float32."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.requires import need
from understudy.engine.logprobs import LEAST_LOGPROB, prompt_logprobs, token_logprob
from understudy.events import TokenLogprob


def reckoned(row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> list[float]:
    wide = row.astype(np.float64)
    logs: list[float] = (wide - np.logaddexp.reduce(wide)).tolist()
    return logs


@given(
    st.integers(0, 10_000),
    st.sampled_from([1, 7, 1500, 40_000]),
    st.floats(0.01, 20),
    st.floats(-50, 50),
    st.integers(0, 20),
)
@settings(max_examples=100, deadline=None)
def test_they_are_the_logarithms_of_the_softmax(
    seed: int, size: int, spread: float, shift: float, top: int
) -> None:
    rng = np.random.default_rng(seed)
    row = (rng.normal(size=size) * spread + shift).astype(np.float32)
    token, expected = int(rng.integers(size)), reckoned(row)
    told = token_logprob(row, token, top)
    assert told.token_id == token
    assert told.logprob == pytest.approx(expected[token], abs=1e-5)
    assert [t for t, _ in told.top] == np.argsort(-row, kind="stable")[:top].tolist()
    assert [p for _, p in told.top] == pytest.approx([expected[t] for t, _ in told.top], abs=1e-5)


def test_they_agree_with_torch_at_the_size_of_a_real_vocabulary() -> None:
    need("torch")
    import torch

    for seed, spread in ((1, 0.5), (2, 3.0), (3, 10.0)):
        row = (np.random.default_rng(seed).normal(size=128_256) * spread).astype(np.float32)
        expected = torch.log_softmax(torch.from_numpy(row), dim=-1)
        told = token_logprob(row, 77, 20)
        assert told.logprob == pytest.approx(float(expected[77]), abs=1e-5)
        values, ids = torch.topk(expected, 20)
        assert [t for t, _ in told.top] == ids.tolist()
        assert [p for _, p in told.top] == pytest.approx(values.tolist(), abs=1e-5)


def test_the_lower_id_comes_first_of_equals() -> None:
    row = np.array([0, 1, 1, 0, 1], np.float32)
    assert [t for t, _ in token_logprob(row, 0, 4).top] == [1, 2, 4, 0]


def test_no_more_are_told_than_there_are() -> None:
    assert len(token_logprob(np.zeros(3, np.float32), 0, 20).top) == 3


def test_the_row_is_left_as_it_is() -> None:
    row = np.arange(2000, dtype=np.float32)
    token_logprob(row, 3, 20)
    assert np.array_equal(row, np.arange(2000, dtype=np.float32))


def test_no_chance_has_a_number_that_json_can_say() -> None:
    row = np.array([0, -math.inf, 0, -1e30], np.float32)
    assert token_logprob(row, 1, 0).logprob == LEAST_LOGPROB
    assert token_logprob(row, 3, 0).logprob == LEAST_LOGPROB
    assert [t for t, _ in token_logprob(row, 0, 3).top] == [0, 2, 3]
    told = [p for _, p in token_logprob(row, 0, 3).top]
    assert told == pytest.approx([math.log(0.5), math.log(0.5), LEAST_LOGPROB])


def test_plus_infinities_share_the_probability() -> None:
    row = np.array([0, math.inf, math.inf], np.float32)
    told = token_logprob(row, 1, 3)
    assert told.logprob == pytest.approx(math.log(0.5))
    assert told.top[2] == (0, LEAST_LOGPROB)


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_a_row_without_probabilities_says_that_nothing_has_a_chance(value: float) -> None:
    told = token_logprob(np.array([value] * 3, np.float32), 1, 2)
    assert told.logprob == LEAST_LOGPROB
    assert all(logprob == LEAST_LOGPROB for _, logprob in told.top)


def test_one_nan_makes_the_whole_row_unknown() -> None:
    row = np.array([0, 1, math.nan, 2], np.float32)
    assert token_logprob(row, 1, 2) == TokenLogprob(1, LEAST_LOGPROB)


@given(st.lists(st.floats(width=32), min_size=1, max_size=8), st.integers(0, 8))
def test_whatever_the_row_json_can_say_it(values: list[float], top: int) -> None:
    told = token_logprob(np.array(values, np.float32), len(values) - 1, top)
    json.dumps([told.logprob, told.top], allow_nan=False)
    assert told.logprob <= 0


def test_each_row_of_a_prompt_predicts_its_own_token() -> None:
    rows = np.random.default_rng(5).normal(size=(4, 3000)).astype(np.float32)
    tokens = [5, 0, 2999, 17]
    told = prompt_logprobs(rows, tokens, 3)
    assert told == [token_logprob(row, t, 3) for row, t in zip(rows, tokens, strict=True)]
    with pytest.raises(ValueError, match="zip"):
        prompt_logprobs(rows, tokens[:3], 3)
