"""The scheduling policy, sentence by sentence."""

from __future__ import annotations

from understudy.engine.blocks import BlockPool
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.scheduler import Plan, Scheduler
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams


def sequence(length: int, first: int = 0) -> Sequence:
    return Sequence(Job([first] * length, SamplingParams(seed=0), 100))


def scheduler(blocks: int = 100, **options: int) -> Scheduler:
    return Scheduler(BlockPool(blocks, 4), EngineOptions(**{"draft_rows": 0, **options}))


def advance(scheduler: Scheduler) -> list[tuple[Sequence, int]]:
    """Run one step, sampling token 1 everywhere; return who computed how many tokens."""
    plan: Plan = scheduler.schedule()
    for share in plan:
        scheduler.advance(share.sequence, share.tokens)
        if share.samples:
            share.sequence.append(1)
    return [(share.sequence, share.tokens) for share in plan]


def test_decodes_come_first_then_prompts_in_order_of_arrival() -> None:
    subject = scheduler(step_tokens=10, prefill_chunk=10)
    one, two, three = sequence(5, 1), sequence(4, 2), sequence(9, 3)
    subject.add(one)
    assert advance(subject) == [(one, 5)]
    subject.add(two)
    subject.add(three)
    assert advance(subject) == [(one, 1), (two, 4), (three, 6)]
    assert advance(subject) == [(one, 1), (two, 1), (three, 3)]


def test_a_prompt_alone_takes_the_whole_step_and_beside_decodes_one_chunk() -> None:
    subject = scheduler(step_tokens=20, prefill_chunk=6)
    long, short = sequence(50, 1), sequence(4, 2)
    subject.add(long)
    assert advance(subject) == [(long, 20)]
    subject = scheduler(step_tokens=20, prefill_chunk=6)
    subject.add(short)
    assert advance(subject) == [(short, 4)]
    subject.add(long)
    assert [advance(subject) for _ in range(8)] == [[(short, 1), (long, 6)]] * 8
    assert advance(subject) == [(short, 1), (long, 2)]


def test_a_chunk_leaves_no_single_prompt_token_over() -> None:
    subject = scheduler(step_tokens=6)
    prompt = sequence(13)
    subject.add(prompt)
    assert [advance(subject) for _ in range(2)] == [[(prompt, 6)], [(prompt, 7)]]


def test_no_more_than_max_batch_run_at_once() -> None:
    subject = scheduler(max_batch=2)
    members = [sequence(2, i) for i in range(3)]
    for member in members:
        subject.add(member)
    advance(subject)
    assert subject.running == members[:2]
    subject.remove(members[0])
    advance(subject)
    assert subject.running == members[1:]


def test_the_head_of_the_queue_is_not_overtaken_by_one_that_would_fit() -> None:
    subject = scheduler(blocks=10)
    running, big, small = sequence(12, 1), sequence(36, 2), sequence(2, 3)
    subject.add(running)
    advance(subject)
    subject.add(big)
    subject.add(small)
    advance(subject)
    assert subject.running == [running]
    subject.remove(running)
    advance(subject)
    assert subject.running[0] is big


def test_admission_leaves_each_running_sequence_a_block_to_grow_into() -> None:
    subject = scheduler(blocks=6)
    running, exact = sequence(8, 1), sequence(16, 2)
    subject.add(running)
    advance(subject)
    subject.add(exact)
    advance(subject)
    assert subject.running == [running]


def test_the_youngest_gives_way_and_waits_at_the_head_of_the_queue() -> None:
    subject = scheduler(blocks=5)
    old, young, queued = sequence(7, 1), sequence(7, 2), sequence(7, 3)
    for member in (old, young, queued):
        subject.add(member)
    advance(subject)
    while young not in subject.waiting:
        advance(subject)
    assert subject.running == [old]
    assert list(subject.waiting) == [young, queued]
    assert (young.blocks, young.computed) == ([], 0)
    assert young.output_length > 0
    assert subject.preemptions == 1


def test_a_prompt_that_arrives_during_another_finds_what_that_has_computed() -> None:
    subject = scheduler(step_tokens=8)
    first, second = sequence(16, 1), sequence(16, 1)
    subject.add(first)
    subject.add(second)
    while second not in subject.running:
        advance(subject)
    assert second.cached_tokens == 12


def test_blocks_of_output_are_not_found_by_a_prompt_of_the_same_tokens() -> None:
    """Not even those that preemption published for their own sequence to find again."""
    subject = scheduler(blocks=6)
    old, young = sequence(7, 1), sequence(7, 2)
    subject.add(old)
    subject.add(young)
    advance(subject)
    while young not in subject.waiting:
        advance(subject)
    size = subject.pool.block_size
    full = young.length // size
    same_tokens = Sequence(Job(young.tokens, SamplingParams(seed=0), 1))
    own = subject.pool.lookup(young.keys(size, full))
    assert len(own) > len(subject.pool.lookup(same_tokens.keys(size, full))) == 1
