"""The engine step by step, without threads: nothing is lost, shared or ended twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.alone import answer_alone
from tests.engine.toy import ToyRunner
from understudy.engine.core import EngineCore
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.errors import StepFailed
from understudy.events import Event, FinishEvent, PromptEvent, TokenEvent
from understudy.request import SamplingParams

POOL, BLOCK, VOCAB = 9, 4, 50
EOS = 49


@dataclass
class Request:
    """One sequence of a run, and what came out of it."""

    sequence: Sequence
    expected: list[int]
    tokens: list[int] = field(default_factory=list)
    prompts: int = 0
    endings: int = 0
    failed: bool = False
    cancelled: bool = False


prompts = st.one_of(
    st.lists(st.integers(0, VOCAB - 1), min_size=1, max_size=18),
    # Prefixes of one text, so that requests share blocks.
    st.integers(1, 18).map(lambda length: [7 * i % VOCAB for i in range(length)]),
)
samplings = st.builds(
    SamplingParams,
    max_tokens=st.integers(1, POOL * BLOCK - 18),
    temperature=st.sampled_from([0.0, 0.7, 1.3]),
    top_p=st.sampled_from([0.5, 0.9, 1.0]),
    top_k=st.sampled_from([0, 1, 5]),
    repetition_penalty=st.sampled_from([1.0, 1.3]),
    presence_penalty=st.sampled_from([0.0, 0.5]),
    seed=st.integers(-(2**63), 2**64 - 1),
)
arrivals = st.tuples(st.just("arrive"), prompts, samplings)
actions = st.lists(
    st.one_of(
        arrivals,
        arrivals,
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("fail")),
        st.tuples(st.just("step"), st.integers(1, 6)),
    ),
    max_size=25,
)
limits = st.builds(
    EngineOptions,
    max_batch=st.integers(1, 5),
    step_tokens=st.integers(1, 20),
    prefill_chunk=st.integers(1, 9),
)


class Run:
    """Drives a core through actions, checking it after each step."""

    def __init__(self, options: EngineOptions) -> None:
        self.runner = ToyRunner(POOL, BLOCK, VOCAB)
        self.core = EngineCore(self.runner, options)
        self.requests: list[Request] = []

    def arrive(self, prompt: list[int], sampling: SamplingParams) -> None:
        assert sampling.max_tokens is not None
        sequence = Sequence(prompt, sampling, max_tokens=sampling.max_tokens, eos_token_ids=(EOS,))
        expected = answer_alone(prompt, sampling, eos_token_ids=(EOS,))
        self.requests.append(Request(sequence, expected))
        self.core.scheduler.add(sequence)

    def cancel(self, index: int) -> None:
        live = [r for r in self.requests if not r.endings and not r.cancelled]
        if live:
            victim = live[index % len(live)]
            victim.cancelled = True
            self.core.scheduler.remove(victim.sequence)
            self.check_blocks()

    def fail(self) -> None:
        if self.core.scheduler.has_work:
            self.runner.fail_next = 1
            self.step()

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            if not self.core.scheduler.has_work:
                return
            for outcome in self.core.step():
                request = next(r for r in self.requests if r.sequence is outcome.sequence)
                assert not request.endings
                assert not request.cancelled
                self.note(request, outcome.events)
                request.endings += outcome.ended
                if outcome.error is not None:
                    assert isinstance(outcome.error, StepFailed)
                    request.failed = True
            self.check_blocks()

    def note(self, request: Request, events: list[Event]) -> None:
        for event in events:
            match event:
                case PromptEvent():
                    assert not request.tokens
                    request.prompts += 1
                case TokenEvent(token_id=token):
                    request.tokens.append(token)
                case FinishEvent():
                    assert event is events[-1]

    def check_blocks(self) -> None:
        """Every block is free, cached or used, and used exactly as often as it is held."""
        pool, scheduler = self.core.pool, self.core.scheduler
        held = Counter(block for s in scheduler.running for block in s.blocks)
        for sequence in scheduler.running:
            assert len(set(sequence.blocks)) == len(sequence.blocks)
            assert len(sequence.blocks) * BLOCK >= sequence.computed
        assert all(not s.blocks for s in scheduler.waiting)
        assert [pool.references(block) for block in range(POOL)] == [held[b] for b in range(POOL)]
        assert pool.free + pool.cached + pool.used == POOL
        assert pool.used == len(held)
        for block, holders in held.items():
            if holders > 1:
                self.check_shared(block)

    def check_shared(self, block: int) -> None:
        """A block with several holders is full and computed for each: nobody writes to it."""
        for sequence in self.core.scheduler.running:
            if block in sequence.blocks:
                assert (sequence.blocks.index(block) + 1) * BLOCK <= sequence.computed


@given(limits, actions)
@settings(max_examples=300, deadline=None)
def test_whatever_happens_blocks_add_up_and_answers_are_those_given_alone(
    options: EngineOptions, acts: list[tuple[object, ...]]
) -> None:
    run = Run(options)
    for name, *arguments in acts:
        getattr(run, str(name))(*arguments)
    run.step(5_000)
    assert not run.core.scheduler.has_work
    assert run.core.pool.used == 0
    for request in run.requests:
        length = len(request.tokens)
        assert request.tokens == request.expected[:length]
        if not request.cancelled:
            assert request.endings == 1
            assert request.failed or request.tokens == request.expected
            assert request.prompts == 1 or request.failed


def test_preemption_happens_and_changes_no_answer() -> None:
    run = Run(EngineOptions(max_batch=4))
    for first in range(4):
        run.arrive([first] * 6, SamplingParams(max_tokens=18, temperature=0.8, seed=first))
    run.step(5_000)
    assert run.core.scheduler.preemptions > 0
    assert [request.tokens for request in run.requests] == [r.expected for r in run.requests]


def test_output_tokens_are_computed_one_to_a_slice_and_prompt_tokens_never() -> None:
    """They take different attention kernels, whose last bits differ: see ``Sequence.slices``."""
    run = Run(EngineOptions(max_batch=4, step_tokens=7, prefill_chunk=3))
    for first in range(5):
        run.arrive([first] * 9, SamplingParams(max_tokens=18, temperature=0.8, seed=first))
    run.step(5_000)
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
    sampling = SamplingParams(max_tokens=4, temperature=0.0, seed=0)
    run.arrive(prompt, sampling)
    run.step()
    run.cancel(0)
    run.arrive(prompt, sampling)
    run.fail()
    run.arrive(prompt, sampling)
    run.step(100)
    assert run.requests[-1].tokens == run.requests[-1].expected
    assert run.requests[-1].sequence.cached_tokens == 4
