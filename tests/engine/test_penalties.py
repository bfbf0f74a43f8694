"""Penalties against their definitions, written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.engine.penalties import SeenTokens, has_penalties
from understudy.request import SamplingParams

VOCAB = 200
tokens = st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=150)


@given(tokens, tokens, st.sampled_from([0.0, 0.5, 1.0, 1.7]), st.floats(-2, 2), st.floats(-2, 2))
def test_each_logit_is_changed_as_defined_and_no_other(
    prompt: list[int], output: list[int], repetition: float, frequency: float, presence: float
) -> None:
    sampling = SamplingParams(
        repetition_penalty=repetition, frequency_penalty=frequency, presence_penalty=presence
    )
    seen = SeenTokens(prompt)
    for token in output:
        seen.add(token)
    before = np.random.default_rng(1).normal(size=VOCAB).astype(np.float32)
    after = before.copy()
    seen.penalise(after, sampling)
    counts = Counter(output)
    for token, logit in enumerate(before.tolist()):
        expected = logit
        if repetition not in (0.0, 1.0) and token in {*prompt, *output}:
            expected = logit / repetition if logit > 0 else logit * repetition
        expected -= frequency * counts[token] + presence * (counts[token] > 0)
        assert after[token] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("repetition", [0.0, 1.0])
def test_neutral_values_are_no_penalty(repetition: float) -> None:
    assert not has_penalties(SamplingParams(repetition_penalty=repetition))


@pytest.mark.parametrize(
    "sampling",
    [
        SamplingParams(repetition_penalty=0.3),
        SamplingParams(frequency_penalty=-0.3),
        SamplingParams(presence_penalty=0.3),
    ],
    ids=str,
)
def test_any_one_of_them_is_a_penalty(sampling: SamplingParams) -> None:
    assert has_penalties(sampling)


def test_a_copy_goes_on_by_itself() -> None:
    sampling = SamplingParams(frequency_penalty=1.0)
    first = SeenTokens([1])
    first.add(2)
    second = first.copy()
    for token in range(100, 200):
        first.add(token)
    second.add(2)
    changed = []
    for seen in (first, second):
        logits = np.zeros(VOCAB, np.float32)
        seen.penalise(logits, sampling)
        changed.append({t: float(v) for t, v in enumerate(logits) if v})
    assert changed == [{2: -1.0, **dict.fromkeys(range(100, 200), -1.0)}, {2: -2.0}]
