"""How a sequence cuts what is due into slices, and why it ends."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from tests.decode.constrained import BYTE_LEVEL
from understudy.engine.job import Job
from understudy.engine.sequence import Sequence
from understudy.events import FinishEvent, FinishReason
from understudy.request import Regex, SamplingParams


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


@dataclass
class Dictated:
    """A grammar, and its matcher, that allows everything and forces what the test puts there."""

    must: list[int] = field(default_factory=list)
    complete = exhausted = False

    def matcher(self) -> Dictated:
        return self

    fork = matcher

    def mask(self) -> npt.NDArray[np.uint32]:
        raise NotImplementedError

    def forced(self) -> list[int]:
        return self.must

    def accept(self, token: int) -> bool:
        return True


def test_forced_drafts_teach_nothing_of_those_that_are_looked_up() -> None:
    grammar = Dictated()
    job = Job([*range(100), *range(50)], SamplingParams(seed=0), 1000, grammar=grammar)
    subject = Sequence(job)
    assert subject.draft(16) == [50, 51, 52, 53]
    subject.drafted(4, 0)
    grammar.must = [7, 8]
    assert subject.draft(16) == [7, 8]
    subject.drafted(2, 2)
    grammar.must = []
    assert subject.draft(16) == []
    subject.append(50)
    assert subject.draft(16) == [51]


def constrained(pattern: str) -> Sequence:
    job = Job([1], SamplingParams(max_tokens=5000), 5000, frozenset(BYTE_LEVEL.eos))
    return Sequence(replace(job, grammar=BYTE_LEVEL.compile(Regex(pattern))))


def test_an_answer_that_outgrows_its_grammar_is_cut_off_and_not_complete() -> None:
    subject = constrained("[^x]*(a|e)[^x]{300}y")
    draw = random.Random(1)
    letters = [BYTE_LEVEL.by_byte[letter] for letter in (b"a", b"b", b"e")]
    while subject.finish() is None:
        assert subject.append(draw.choice(letters))
    assert 300 < subject.output_length < 5000
    assert subject.finish() == FinishEvent(0, FinishReason.LENGTH)
    subject.append(BYTE_LEVEL.eos[0])
    assert subject.finish() == FinishEvent(0, FinishReason.LENGTH)


def test_an_answer_that_satisfies_its_grammar_ends_by_itself_or_by_eos() -> None:
    subject = constrained("ab|a")
    assert subject.append(BYTE_LEVEL.by_byte[b"a"])
    assert subject.finish() is None
    ended = subject.fork(1)
    ended.append(BYTE_LEVEL.eos[0])
    assert ended.finish() == FinishEvent(1, FinishReason.STOP)
    assert subject.append(BYTE_LEVEL.by_byte[b"b"])
    assert subject.finish() == FinishEvent(0, FinishReason.STOP)
