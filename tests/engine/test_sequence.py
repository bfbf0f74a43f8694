"""How a sequence cuts what is due into slices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from understudy.engine.job import Job
from understudy.engine.sequence import Sequence
from understudy.events import FinishEvent, FinishReason
from understudy.request import SamplingParams


def sequence(prompt: int, output: int, **sampling: object) -> Sequence:
    params = SamplingParams(seed=0, **sampling)  # type: ignore[arg-type]
    made = Sequence(Job(range(prompt), params, 1000, frozenset([7])))
    for token in range(output):
        made.append(500 + token)
    return made


@given(st.integers(1, 60), st.integers(0, 40), st.integers(1, 30))
def test_slices_follow_each_other_and_mix_no_prompt_with_output(
    prompt: int, output: int, budget: int
) -> None:
    subject = sequence(prompt, output)
    while subject.remaining:
        slices = subject.slices(budget)
        assert slices
        assert sum(len(part.tokens) for part in slices) <= budget + 2
        for part in slices:
            assert part.past == subject.computed
            subject.computed += len(part.tokens)
            assert list(part.tokens) == subject.tokens[part.past : subject.computed]
            assert bool(part.logits) == (subject.computed == subject.length)
            if part.past >= prompt:
                assert len(part.tokens) == 1
            else:
                assert subject.computed <= prompt
                assert len(part.tokens) > 1 or prompt == 1


def test_a_preempted_sequence_computes_its_output_again_within_the_budget() -> None:
    subject = sequence(10, 30)
    assert [len(part.tokens) for part in subject.slices(16)] == [10] + [1] * 6


def test_eos_ends_unless_ignored_and_a_named_stop_token_is_told() -> None:
    for params, expected in (
        ({}, FinishEvent(0, FinishReason.STOP)),
        ({"stop_token_ids": (7,)}, FinishEvent(0, FinishReason.STOP, 7)),
        ({"ignore_eos": True}, None),
        ({"ignore_eos": True, "stop_token_ids": (7,)}, FinishEvent(0, FinishReason.STOP, 7)),
    ):
        subject = sequence(3, 0, **params)
        assert subject.finish() is None
        subject.append(7)
        assert subject.finish() == expected


def test_a_stop_token_in_the_prompt_ends_nothing() -> None:
    assert sequence(8, 0).finish() is None


def test_a_seed_of_its_own_is_drawn_where_none_was_given() -> None:
    params = SamplingParams()
    seeds = {Sequence(Job([1], params, 1)).seed for _ in range(20)}
    assert len(seeds) == 20
