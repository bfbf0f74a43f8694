"""Drafts inside the engine: how many a step checks, and what is counted and learned of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.engine.core_run import BLOCK, Run, greedy
from tests.engine.dictation import Dictation
from tests.engine.lookup import served
from tests.engine.parity import VOCAB, ParityGrammar
from understudy.engine.options import EngineOptions
from understudy.request import SamplingParams


class Either:
    """A grammar, and its matcher, of two tokens in any order: what comes has often come before."""

    complete = exhausted = False

    def matcher(self) -> Either:
        return self

    fork = matcher

    def mask(self) -> npt.NDArray[np.uint32]:
        return np.array([0b11, 0], np.uint32)

    def forced(self) -> list[int]:
        return []

    def accept(self, token: int) -> bool:
        return token in (0, 1)


class Breaking(Dictation):
    """Breaks where its fourth token is to be drawn."""

    def mask(self) -> npt.NDArray[np.uint32]:
        if self.said == 3:
            raise RuntimeError("the constraint broke")
        return super().mask()


def test_what_became_of_drafts_decides_how_many_come_next() -> None:
    run = Run(EngineOptions(draft_rows=8), pool=40)
    prompt = [0, 1, 1, 0, 1]
    sampling = SamplingParams(max_tokens=120, temperature=0.7, seed=1)
    request = run.arrive(prompt, sampling, grammar=Either())
    run.finish()
    first, *rest = request.tokens[0]
    steps = served(rest, [*prompt, first], limit=7)
    assert run.core.steps == 1 + len(steps)
    drafted, accepted = map(sum, zip(*steps, strict=True))
    assert (run.core.drafted_tokens, run.core.accepted_tokens) == (drafted, accepted)
    assert 0 < accepted < drafted


def test_a_draft_that_comes_true_and_ends_the_answer_is_counted() -> None:
    run = Run(EngineOptions(draft_rows=8), pool=40)
    run.arrive([1, 2], greedy(20), grammar=Dictation(list(range(5)), VOCAB))
    run.finish()
    assert run.core.steps == 2
    assert run.core.drafted_tokens == run.core.accepted_tokens == 4


def test_drafts_of_a_request_that_fails_are_counted_too() -> None:
    run = Run(EngineOptions(draft_rows=8), pool=40)
    run.arrive([1, 2], greedy(20), grammar=Breaking(list(range(9)), VOCAB))
    run.step(2)
    assert run.requests[0].failed
    assert (run.core.drafted_tokens, run.core.accepted_tokens) == (7, 2)


def test_drafts_keep_within_the_context_and_the_tokens_asked_for() -> None:
    """The runner would refuse the step, and every request in it."""
    run = Run(EngineOptions(draft_rows=8), pool=60)
    context = run.runner.context_length
    request = run.arrive([7] * (context - 10), greedy(10, ignore_eos=True))
    run.finish()
    assert len(request.tokens[0]) == 10


def test_drafts_cross_from_one_block_into_the_next() -> None:
    run = Run(EngineOptions(draft_rows=16), pool=40)
    run.arrive([1, 2], greedy(14), grammar=Dictation(list(range(14)), VOCAB))
    run.finish()
    widest = max(len(step) for step in run.runner.steps)
    assert widest > BLOCK
    assert run.core.accepted_tokens > BLOCK


def test_drafts_that_come_true_save_steps_and_no_token_differs() -> None:
    """A constraint that leaves one token in five no choice gives drafts that always hold."""
    steps = []
    for draft_rows in (0, 8):
        run = Run(EngineOptions(draft_rows=draft_rows))
        run.arrive([1, 2, 3], greedy(14), grammar=ParityGrammar())
        run.finish()
        steps.append(run.core.steps)
    assert steps[1] < steps[0]
    assert run.core.accepted_tokens == run.core.drafted_tokens == steps[0] - steps[1]


def test_no_drafts_are_made_beside_many_others_or_a_prompt() -> None:
    run = Run(EngineOptions(max_batch=8, draft_rows=4, prefill_chunk=2), pool=60)
    for first in range(3):
        run.arrive([first, 5], greedy(14, ignore_eos=True), grammar=ParityGrammar())
    run.finish()
    assert run.core.drafted_tokens == 0
    run.arrive([9, 5], greedy(14), grammar=ParityGrammar())
    run.step()
    run.arrive([8] * 18, greedy(1))
    run.step(8)
    assert run.core.drafted_tokens == 0
