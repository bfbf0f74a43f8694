"""The engine step by step, without threads: nothing is lost, shared or ended twice."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.core_run import BLOCK, POOL, Run, greedy
from tests.engine.parity import VOCAB, ParityGrammar, ParityMatcher
from understudy.engine.options import EngineOptions
from understudy.request import SamplingParams

LONGEST_PROMPT = 18
MOST_TOKENS = POOL * BLOCK - LONGEST_PROMPT

prompts = st.one_of(
    st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=LONGEST_PROMPT),
    # Prefixes of one text, so that requests share blocks.
    st.integers(1, LONGEST_PROMPT).map(lambda length: [7 * i % VOCAB for i in range(length)]),
)
samplings = st.builds(
    SamplingParams,
    max_tokens=st.integers(1, MOST_TOKENS),
    temperature=st.sampled_from([0.0, 0.7, 1.3]),
    top_p=st.sampled_from([0.5, 0.9, 1.0]),
    top_k=st.sampled_from([0, 1, 5]),
    repetition_penalty=st.sampled_from([1.0, 1.3]),
    logit_bias=st.sampled_from([(), ((0, 4.0), (7, -100.0))]),
    presence_penalty=st.sampled_from([0.0, 0.5]),
    seed=st.integers(-(2**63), 2**64 - 1),
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.integers(1, 4),
        "logprobs": st.sampled_from([0, 3]),
        "prompt_logprobs": st.sampled_from([0, 3]),
        "grammar": st.just(ParityGrammar()),
        "adapter": st.sampled_from(["lora#1", "lora#2"]),
        "namespace": st.sampled_from(["a", "b"]),
        "tenant": st.sampled_from(["x", "y"]),
        "weight": st.sampled_from([0.5, 3.0]),
    },
)
arrivals = st.tuples(st.just("arrive"), prompts, samplings, asked)
actions = st.lists(
    st.one_of(
        arrivals,
        arrivals,
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("stop"), st.integers(0, 30), st.integers(0, 3)),
        st.tuples(st.just("fail")),
        st.tuples(st.just("step"), st.integers(1, 6)),
    ),
    max_size=25,
)
limits = st.builds(
    EngineOptions,
    max_batch=st.integers(1, 6),
    step_tokens=st.integers(1, 20),
    prefill_chunk=st.integers(1, 9),
    draft_rows=st.sampled_from([0, 4, 8]),
)


@given(limits, actions)
@settings(max_examples=300, deadline=None)
def test_whatever_happens_blocks_add_up_and_answers_are_those_given_alone(
    options: EngineOptions, acts: list[tuple[object, ...]]
) -> None:
    run = Run(options)
    for name, *arguments in acts:
        if name == "arrive":
            prompt, sampling, more = arguments
            run.arrive(prompt, sampling, **more)  # type: ignore[arg-type]
        else:
            getattr(run, str(name))(*arguments)
    run.finish()


def test_10000_steps_of_random_arrivals_cancels_pressure_and_failures() -> None:
    chance = random.Random(7)
    run = Run(EngineOptions(max_batch=6, step_tokens=24, prefill_chunk=8), pool=24)
    text = [chance.randrange(VOCAB) for _ in range(LONGEST_PROMPT)]
    choices = failures = 0
    while run.core.steps < 10_000:
        if len(run.core.scheduler.waiting) < 8 and chance.random() < 0.4:
            own = [chance.randrange(VOCAB) for _ in range(chance.randrange(1, 9))]
            shared = text[: chance.choice([0, 0, 4, 8, 9])]
            request = run.arrive(
                shared + own,
                SamplingParams(
                    max_tokens=chance.randrange(1, 30),
                    temperature=chance.choice([0.0, 0.8]),
                    repetition_penalty=chance.choice([1.0, 1.0, 1.2]),
                    seed=chance.randrange(2**32),
                ),
                choices=chance.choice([1, 1, 1, 2, 4]),
                logprobs=chance.choice([None, None, 2]),
                prompt_logprobs=chance.choice([None, None, 2]),
                grammar=chance.choice([None, None, ParityGrammar()]),
                adapter=chance.choice([None, None, "lora#1", "lora#2"]),
                namespace=chance.choice(["", "other"]),
                tenant=chance.choice("abc"),
                weight=chance.choice([0.5, 1.0, 4.0]),
            )
            choices += request.job.choices > 1
        action = chance.random()
        if action < 0.01:
            run.fail()
            failures += 1
        elif action < 0.03:
            run.cancel(chance.randrange(100))
        elif action < 0.06:
            run.stop(chance.randrange(100), chance.randrange(4))
        else:
            run.step()
    run.finish()
    assert choices > 100
    assert failures > 50
    assert run.core.scheduler.preemptions > 50
    assert run.core.accepted_tokens > 50
    assert run.core.cached_tokens > 1000


def test_preemption_happens_and_changes_no_answer() -> None:
    run = Run(EngineOptions(max_batch=4))
    for first in range(4):
        run.arrive([first] * 6, SamplingParams(max_tokens=18, temperature=0.8, seed=first))
    run.finish()
    assert run.core.scheduler.preemptions > 0


def test_output_tokens_are_computed_one_to_a_slice_and_prompt_tokens_never() -> None:
    """They take different attention kernels, whose last bits differ: see ``Sequence.slices``."""
    run = Run(EngineOptions(max_batch=4, step_tokens=7, prefill_chunk=3))
    for first in range(5):
        run.arrive(
            [first] * 9,
            SamplingParams(max_tokens=18, temperature=0.8, seed=first),
            choices=1 + first % 3,
            prompt_logprobs=1 if first == 2 else None,
        )
    run.finish()
    assert run.core.scheduler.preemptions > 0
    for part in (part for step in run.runner.steps for part in step):
        if part.past < 9:
            assert len(part.tokens) > 1
            assert part.past + len(part.tokens) <= 9
        else:
            assert len(part.tokens) == 1


def test_a_prompt_cut_off_halfway_leaves_no_half_computed_block_to_find() -> None:
    run = Run(EngineOptions(step_tokens=6))
    prompt = list(range(18))
    run.arrive(prompt, greedy(4))
    run.step()
    run.cancel(0)
    run.arrive(prompt, greedy(4))
    run.fail()
    last = run.arrive(prompt, greedy(4))
    run.finish()
    assert last.first.cached_tokens == 4


def test_choices_share_the_prompts_computation_and_its_full_blocks() -> None:
    run = Run(EngineOptions(), pool=40)
    run.arrive(list(range(10)), SamplingParams(max_tokens=5, seed=3), choices=4)
    run.step()
    assert sum(len(part.tokens) for part in run.runner.steps[0]) == 10
    # Two full blocks in common, and for each choice one that the prompt begins.
    assert run.core.pool.used == 2 + 4
    run.finish()
    answers = run.requests[0].tokens
    assert len({tuple(tokens) for tokens in answers.values()}) > 1
    assert sum(len(part.tokens) for step in run.runner.steps for part in step) == 10 + 4 * 4


def test_choices_without_room_wait_and_come_to_the_same() -> None:
    run = Run(EngineOptions(max_batch=2))
    run.arrive(list(range(10)), SamplingParams(max_tokens=9, seed=3), choices=4)
    run.step()
    assert len(run.core.scheduler.running) == 2
    assert len(run.core.scheduler.waiting) == 2
    run.finish()


def test_a_stopped_choice_gives_its_blocks_back_and_the_others_go_on() -> None:
    run = Run(EngineOptions(draft_rows=0), pool=40)
    request = run.arrive(
        list(range(10)), SamplingParams(max_tokens=9, seed=3, ignore_eos=True), choices=3
    )
    run.step()
    run.stop(0, 1)
    assert run.core.pool.used == 2 + 2
    run.finish()
    assert [len(request.tokens[choice]) for choice in range(3)] == [9, 1, 9]


def test_choices_ended_before_the_prompt_is_done_are_never_begun() -> None:
    run = Run(EngineOptions(step_tokens=4), pool=40)
    sampling = SamplingParams(max_tokens=9, seed=3, ignore_eos=True)
    request = run.arrive(list(range(20)), sampling, choices=4)
    gone = run.arrive(list(range(20, 40)), sampling, choices=2)
    run.step()
    for choice in (0, 2):
        request.stopped.add(choice)
        assert not run.core.end_choices(request.job, [choice])
    assert run.core.open_choices == 2 + 2
    assert not run.core.end_choices(gone.job, [1])
    assert run.core.end_choices(gone.job, [0])
    gone.stopped |= {0, 1}
    gone.over, gone.prompts = True, 1
    del run._live[gone.job]
    run.finish()
    assert [len(request.tokens[choice]) for choice in range(4)] == [0, 9, 0, 9]
    assert request.ends == {1: 1, 3: 1}


def test_the_figures_count_the_choices_that_still_run() -> None:
    run = Run(EngineOptions(draft_rows=0), pool=40)
    run.arrive(list(range(10)), greedy(9, ignore_eos=True), choices=4)
    assert run.core.open_choices == 4
    run.step()
    for choice in range(3):
        run.stop(0, choice)
    assert run.core.open_choices == len(run.core.scheduler.running) == 1
    run.finish()


def test_a_step_scores_a_bounded_number_of_prompt_tokens() -> None:
    run = Run(EngineOptions(step_tokens=512), pool=400)
    for first in range(6):
        run.arrive([first] * 129, greedy(1), prompt_logprobs=0)
    plain = run.arrive([8] * 100, greedy(1))
    run.step()
    assert plain.tokens[0]
    run.finish()
    assert max(sum(part.logits for part in step) for step in run.runner.steps) <= 128 + 2


def test_a_scored_prompt_that_is_preempted_scores_no_token_twice() -> None:
    run = Run(EngineOptions(max_batch=2, step_tokens=8, prefill_chunk=2), pool=7)
    run.arrive([1, 2, 3], greedy(20, ignore_eos=True))
    run.step()
    scored = run.arrive(list(range(18)), greedy(2), prompt_logprobs=1)
    while run.core.scheduler.preemptions == 0:
        assert scored.scores is None
        run.step()
    run.finish()
    rows = sum(part.logits for step in run.runner.steps for part in step if part.past < 18)
    assert scored.scores is not None
    assert rows < 40


class Broken(ParityMatcher):
    """Breaks after its third token, wherever it is asked."""

    def mask(self) -> npt.NDArray[np.uint32]:
        if len(self.tokens) == 3:
            raise RuntimeError("the constraint broke")
        return super().mask()

    def forced(self) -> list[int]:
        raise RuntimeError("the constraint cannot guess")

    def accept(self, token: int) -> bool:
        self.tokens = (*self.tokens, token)
        return True


class BrokenGrammar:
    def matcher(self) -> Broken:
        return Broken()


def test_a_constraint_that_breaks_fails_its_own_request_only() -> None:
    run = Run(EngineOptions(), pool=40)
    good = run.arrive([1, 2, 3], greedy(12, ignore_eos=True))
    bad = run.arrive([4, 5, 6], greedy(12), grammar=BrokenGrammar())
    run.step(20)
    assert bad.failed
    assert not good.failed
    assert len(good.tokens[0]) == 12
    assert run.core.pool.used == 0


def test_a_prompt_is_scored_without_an_answer_where_none_is_wanted() -> None:
    run = Run(EngineOptions(step_tokens=4))
    request = run.arrive(list(range(11)), greedy(1), max_tokens=0, prompt_logprobs=2, choices=2)
    run.finish()
    assert request.scores is not None
    assert request.tokens == {0: [], 1: []}
    assert request.ends == {0: 1, 1: 1}
