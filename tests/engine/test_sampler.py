"""The sampler against the definitions, and against everything a row of logits can hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.engine.penalties import SeenTokens
from understudy.engine.sampler import Draw, Sampler
from understudy.request import SamplingParams

Floats = npt.NDArray[np.float32]


def row(seed: int, size: int, spread: float = 3.0) -> Floats:
    return (np.random.default_rng(seed).normal(size=size) * spread).astype(np.float32)


def allowing(tokens: npt.NDArray[np.intp], size: int) -> npt.NDArray[np.uint32]:
    """Return the mask that allows ``tokens`` and no other."""
    mask = np.zeros(-(-size // 32), np.uint32)
    np.bitwise_or.at(mask, tokens // 32, np.uint32(1) << (tokens % 32).astype(np.uint32))
    return mask


def defined(
    logits: Floats, sampling: SamplingParams, allowed: npt.NDArray[np.intp] | None = None
) -> npt.NDArray[np.float64]:
    """Return the probabilities that the parameters stand for, by the plainest reckoning."""
    scaled = logits.astype(np.float64) / sampling.temperature
    if allowed is not None:
        scaled[np.setdiff1d(np.arange(len(scaled)), allowed)] = -math.inf
    kept = np.ones(len(scaled), bool)
    if 0 < sampling.top_k < len(scaled):
        kept &= scaled >= np.sort(scaled)[-sampling.top_k]
    if sampling.top_p < 1:
        chances = np.where(kept, np.exp(scaled - scaled.max()), 0)
        chances /= chances.sum()
        order = np.argsort(-chances, kind="stable")
        needed = int(np.searchsorted(np.cumsum(chances[order]), sampling.top_p))
        kept &= chances >= chances[order[min(needed, len(order) - 1)]]
    weights = np.exp(scaled - scaled.max())
    if sampling.min_p > 0:
        kept &= weights >= sampling.min_p
    weights = np.where(kept, weights, 0)
    return np.asarray(weights / weights.sum())


def drawn(
    logits: Floats,
    sampling: SamplingParams,
    count: int,
    allowed: npt.NDArray[np.intp] | None = None,
) -> npt.NDArray[np.int64]:
    mask = None if allowed is None else allowing(allowed, len(logits))
    draws = [Draw(0, sampling, 1, position, mask=mask) for position in range(count)]
    tokens = Sampler(len(logits)).draw_rows(logits[None], draws)
    return np.bincount(np.array(tokens, np.int64), minlength=len(logits))


@pytest.mark.parametrize(
    "sampling",
    [
        SamplingParams(temperature=1.0),
        SamplingParams(temperature=0.4),
        SamplingParams(temperature=5.0),
        SamplingParams(temperature=1.0, top_k=7),
        SamplingParams(temperature=0.8, top_p=0.7),
        SamplingParams(temperature=1.0, min_p=0.1),
        SamplingParams(temperature=0.9, top_k=20, top_p=0.9, min_p=0.05),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("size", "allowed"), [(30, None), (1500, None), (30, 7), (1500, 12), (1500, 900)]
)
def test_draws_have_the_defined_distribution(
    sampling: SamplingParams, size: int, allowed: int | None
) -> None:
    count, logits = 4000, row(size, size)
    among = None
    if allowed is not None:
        among = np.random.default_rng(2).choice(size, allowed, replace=False)
    expected = defined(logits, sampling, among) * count
    observed = drawn(logits, sampling, count, among)
    assert not observed[expected == 0].any()
    common = expected >= 5
    rare = (~common) & (expected > 0)
    terms = (observed[common] - expected[common]) ** 2 / expected[common]
    freedom = int(common.sum()) + bool(rare.any()) - 1
    statistic = float(terms.sum())
    if rare.any():
        statistic += float(
            (observed[rare].sum() - expected[rare].sum()) ** 2 / expected[rare].sum()
        )
    # Chi-squared, five standard deviations above its mean: fixed seeds, so this is no lottery.
    assert statistic < freedom + 5 * math.sqrt(2 * freedom) + 5


@given(
    st.integers(0, 10_000),
    st.sampled_from([3, 40, 1000]),
    st.floats(0.05, 5),
    st.integers(0, 50),
    st.floats(0.01, 1),
    st.floats(0, 1),
)
@settings(max_examples=300, deadline=None)
def test_what_is_drawn_is_among_what_is_kept(
    seed: int, size: int, temperature: float, top_k: int, top_p: float, min_p: float
) -> None:
    sampling = SamplingParams(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    logits = row(seed, size)
    token = Sampler(size).draw(logits, sampling, seed, 0)
    assert token is not None
    # Rounding may move the edge of the nucleus by one token: loosen it by that much.
    looser = SamplingParams(
        temperature=temperature,
        top_k=top_k,
        top_p=min(1.0, top_p * 1.0001),
        min_p=min_p * 0.9999,
    )
    assert defined(logits, looser)[token] > 0


@pytest.mark.parametrize(
    "sampling",
    [
        SamplingParams(temperature=0.0),
        SamplingParams(temperature=1e-6),
        SamplingParams(top_p=0.0),
        SamplingParams(top_k=1),
        SamplingParams(min_p=1.0),
        SamplingParams(top_p=1e-9),
    ],
    ids=str,
)
def test_these_are_all_greedy(sampling: SamplingParams) -> None:
    logits = row(3, 500)
    draws = {Sampler(500).draw(logits, sampling, seed, seed) for seed in range(50)}
    assert draws == {int(logits.argmax())}


@pytest.mark.parametrize(
    "sampling",
    [
        SamplingParams(temperature=1.0),
        SamplingParams(temperature=1.0, top_k=0),
        SamplingParams(temperature=1.0, top_k=500),
        SamplingParams(temperature=1.0, top_k=100_000),
        SamplingParams(temperature=1.0, top_p=1.0),
        SamplingParams(temperature=1.0, min_p=0.0),
    ],
    ids=str,
)
def test_these_truncate_nothing(sampling: SamplingParams) -> None:
    logits = row(4, 500)
    plain = SamplingParams(temperature=1.0)
    for position in range(50):
        expected = Sampler(500).draw(logits, plain, 9, position)
        assert Sampler(500).draw(logits, sampling, 9, position) == expected


def test_a_tie_at_the_edge_is_kept_whole() -> None:
    logits = np.array([2, 1, 1, 1, 0], np.float32)
    for sampling in (SamplingParams(top_k=2), SamplingParams(top_p=0.6)):
        assert (drawn(logits, sampling, 500) > 0).tolist() == [True, True, True, True, False]


def test_a_flat_row_of_a_large_vocabulary_is_drawn_from_to_its_ends() -> None:
    size = 70_001
    logits = np.zeros(size, np.float32)
    for sampling in (SamplingParams(), SamplingParams(top_p=0.999), SamplingParams(top_k=70_000)):
        sampler = Sampler(size)
        tokens = [sampler.draw(logits, sampling, 5, position) for position in range(200)]
        assert min(t for t in tokens if t is not None) < size // 20
        assert max(t for t in tokens if t is not None) > size - size // 20


samplings = st.builds(
    SamplingParams,
    temperature=st.sampled_from([0.0, 1e-30, 1e-6, 1e-4, 1.0, 5.0, 1e30]),
    top_p=st.sampled_from([0.0, 1e-12, 0.5, 1.0, 2.0]),
    top_k=st.sampled_from([-1, 0, 1, 3, 10_000]),
    min_p=st.sampled_from([0.0, 1e-12, 0.5, 1.0]),
    repetition_penalty=st.sampled_from([0.0, 1e-6, 1.0, 2.0, 1e6]),
    frequency_penalty=st.sampled_from([-2.0, 0.0, 2.0, 1e6]),
    seed=st.integers(-(2**63), 2**64 - 1),
)
extremes = st.lists(
    st.sampled_from([-math.inf, -1e30, -1e4, -1.0, -1e-40, 0.0, 1e-40, 1.0, 1e4, 1e30, math.inf]),
    min_size=1,
    max_size=9,
)


@given(extremes, samplings)
@settings(max_examples=500, deadline=None)
def test_no_numbers_make_it_fail_or_choose_what_has_no_chance(
    values: list[float], sampling: SamplingParams
) -> None:
    logits = np.array(values, np.float32)
    before = logits.copy()
    seen = SeenTokens([0])
    seen.add(len(values) - 1)
    token = Sampler(len(values)).draw(logits, sampling, sampling.seed or 0, 0, seen)
    assert np.array_equal(logits, before)
    if token is None:
        assert (logits == -math.inf).all()
    else:
        assert logits[token] > -math.inf


@pytest.mark.parametrize("values", [[-math.inf] * 4, [0.0, math.nan, 1.0, 2.0]])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_row_that_names_no_token_gives_none(values: list[float], temperature: float) -> None:
    sampling = SamplingParams(temperature=temperature)
    assert Sampler(4).draw(np.array(values, np.float32), sampling, 0, 0) is None


@given(st.integers(0, 10_000), st.sampled_from([1, 31, 32, 33, 1000]), st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_a_mask_is_the_same_as_logits_of_minus_infinity(seed: int, size: int, how: int) -> None:
    rng = np.random.default_rng(seed)
    logits, allowed = row(seed, size), np.flatnonzero(rng.random(size) < 0.3)
    sampling = [
        SamplingParams(temperature=0),
        SamplingParams(top_k=5, top_p=0.8),
        SamplingParams(min_p=0.2, repetition_penalty=1.5),
    ][how]
    seen = SeenTokens([0, size // 2]) if how == 2 else None
    closed = np.full(size, -math.inf, np.float32)
    closed[allowed] = logits[allowed]
    draws = [
        Draw(0, sampling, seed, 0, seen=seen, mask=allowing(allowed, size)),
        Draw(1, sampling, seed, 0, seen=seen),
    ]
    masked, plain = Sampler(size).draw_rows(np.stack([logits, closed]), draws)
    assert masked == plain
    assert (masked is None) == (len(allowed) == 0)


def test_a_mask_whose_tokens_have_no_chance_gives_none() -> None:
    logits = np.array([[0, -math.inf, 1, -math.inf]], np.float32)
    mask = allowing(np.array([1, 3]), 4)
    assert Sampler(4).draw_rows(logits, [Draw(0, SamplingParams(), 1, 0, mask=mask)]) == [None]


def test_a_constraint_hides_no_broken_row() -> None:
    logits = np.array([[0, math.nan, 1, 2]], np.float32)
    mask = allowing(np.array([2, 3]), 4)
    for temperature in (0.0, 1.0):
        draw = Draw(0, SamplingParams(temperature=temperature), 1, 0, mask=mask)
        assert Sampler(4).draw_rows(logits, [draw]) == [None]


def test_the_penalties_come_before_the_mask() -> None:
    logits = np.array([[4.0, 3.0, 2.5]], np.float32)
    seen = SeenTokens([0, 1])
    sampling = SamplingParams(temperature=0, repetition_penalty=2.0)
    draws = [
        Draw(0, sampling, 1, 0, seen=seen),
        Draw(0, sampling, 1, 0, seen=seen, mask=allowing(np.array([0, 1]), 3)),
    ]
    assert Sampler(3).draw_rows(logits, draws) == [2, 0]


@pytest.mark.parametrize("seen", [None, SeenTokens([1, 2])], ids=["alone", "with penalties"])
@given(
    st.lists(st.tuples(st.integers(0, 63), st.floats(-100, 100)), unique_by=lambda one: one[0]),
    st.sampled_from([0.0, 0.7]),
    st.integers(0, 1000),
)
def test_a_bias_is_the_same_as_other_logits(
    seen: SeenTokens | None, bias: list[tuple[int, float]], temperature: float, seed: int
) -> None:
    logits = row(seed, 64)
    changed = logits.copy()
    for token, value in bias:
        changed[token] += np.float32(value)
    plain = SamplingParams(temperature=temperature, repetition_penalty=1.5 if seen else 1.0)
    biased = replace(plain, logit_bias=tuple(bias))
    sampler, before = Sampler(64), logits.copy()
    assert sampler.draw(logits, biased, seed, 0, seen) == sampler.draw(
        changed, plain, seed, 0, seen
    )
    assert (logits == before).all()


def test_the_choices_of_one_row_are_drawn_apart() -> None:
    logits = np.zeros((1, 1000), np.float32)
    draws = [Draw(0, SamplingParams(), 1, 0, choice=choice) for choice in range(4)]
    assert len(set(Sampler(1000).draw_rows(logits, draws))) == 4


kinds = [
    SamplingParams(temperature=0),
    SamplingParams(),
    SamplingParams(temperature=3.0, top_p=0.9),
    SamplingParams(top_k=40, frequency_penalty=0.5),
    SamplingParams(min_p=0.01),
]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(kinds), st.integers(0, 9), st.booleans()),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_draw_depends_on_the_others_of_its_call(
    asked: list[tuple[int, SamplingParams, int, bool]],
) -> None:
    rows = np.stack([row(index, 1100) for index in range(4)])
    before = rows.copy()
    mask = allowing(np.arange(0, 1100, 3), 1100)
    draws = [
        Draw(index, kind, 7, position, seen=SeenTokens([1]), mask=mask if masked else None)
        for index, kind, position, masked in asked
    ]
    together = Sampler(1100).draw_rows(rows, draws)
    assert together == [Sampler(1100).draw_rows(rows, [draw])[0] for draw in draws]
    assert np.array_equal(rows, before)


def test_tokens_without_a_chance_are_never_drawn() -> None:
    logits = np.full(300, -math.inf, np.float32)
    logits[[5, 100, 299]] = [1.0, 0.5, 0.0]
    for sampling in (SamplingParams(), SamplingParams(top_k=50), SamplingParams(top_p=0.99)):
        assert set(np.flatnonzero(drawn(logits, sampling, 300))) == {5, 100, 299}


def test_a_row_is_drawn_alike_in_any_array_and_after_any_other() -> None:
    size = 1000
    batch = np.stack([row(i, size) for i in range(16)])
    settings_ = [
        SamplingParams(temperature=0.8, top_p=0.9),
        SamplingParams(temperature=1.2),
        SamplingParams(temperature=0.7, top_k=30, repetition_penalty=1.2),
    ]
    for index in range(16):
        sampling = settings_[index % 3]
        seen = [SeenTokens([1, 2, 3]) for _ in range(3)]
        fresh, used = Sampler(size), Sampler(size)
        for other in range(16):
            used.draw(batch[other], settings_[other % 3], other, 1, SeenTokens([4]))
        unaligned = np.concatenate([[0], batch[index]]).astype(np.float32)[1:]
        expected = fresh.draw(batch[index].copy(), sampling, 7, 0, seen[0])
        assert used.draw(batch[index], sampling, 7, 0, seen[1]) == expected
        assert used.draw(unaligned, sampling, 7, 0, seen[2]) == expected
