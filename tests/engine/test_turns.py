"""Tenants take turns in proportion to their weights, and waiting earns no credit."""

from __future__ import annotations

from collections import Counter

import pytest

from understudy.engine.blocks import BlockPool
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.scheduler import Scheduler
from understudy.engine.sequence import Sequence
from understudy.engine.turns import Turns
from understudy.request import SamplingParams


def sequence(tenant: str, length: int = 10, weight: float = 1.0, token: int = 0) -> Sequence:
    prompt = [token] * length
    return Sequence(Job(prompt, SamplingParams(seed=0), 5, tenant=tenant, weight=weight))


def served(turns: Turns, rounds: int) -> Counter[str]:
    """Serve whoever's turn it is, ten tokens at a time; each has always more to ask."""
    tokens: Counter[str] = Counter()
    for _ in range(rounds):
        head = turns.head()
        assert head is not None
        turns.remove(head)
        turns.served(head, 10, turn=True)
        tokens[head.job.tenant] += 10
        turns.add(sequence(head.job.tenant, weight=head.job.weight))
    return tokens


def test_tokens_are_in_proportion_to_weights() -> None:
    turns = Turns()
    for tenant, weight in (("a", 1.0), ("b", 2.0), ("c", 5.0)):
        turns.add(sequence(tenant, weight=weight))
    tokens = served(turns, 800)
    assert [tokens[tenant] / 1000 for tenant in "abc"] == pytest.approx([1, 2, 5], abs=0.02)


def test_a_tenant_with_a_hundred_requests_waits_like_one_with_two() -> None:
    turns = Turns()
    for _ in range(100):
        turns.add(sequence("many"))
    for _ in range(2):
        turns.add(sequence("few"))
    order = []
    for _ in range(6):
        head = turns.head()
        assert head is not None
        turns.remove(head)
        turns.served(head, 10, turn=True)
        order.append(head.job.tenant)
    assert order[:4] == ["many", "few", "many", "few"]


def test_who_asked_for_nothing_gathers_no_credit() -> None:
    turns = Turns()
    turns.add(sequence("busy"))
    served(turns, 100)
    turns.add(sequence("late"))
    tokens = served(turns, 20)
    assert tokens["late"] <= 110


def test_what_ran_already_goes_before_all_new_ones() -> None:
    turns = Turns()
    new, preempted, forked, older = (sequence(tenant) for tenant in "abcd")
    turns.add(new)
    turns.give_back(forked, first=False)
    turns.give_back(preempted, first=True)
    turns.give_back(older, first=True)
    order = []
    while (head := turns.head()) is not None:
        turns.remove(head)
        order.append(head)
    assert order == [older, preempted, forked, new]
    assert not turns
    with pytest.raises(ValueError, match="not in"):
        turns.remove(new)


def test_within_a_tenant_the_first_to_arrive_goes_first() -> None:
    turns = Turns()
    members = [sequence("a") for _ in range(3)]
    for member in members:
        turns.add(member)
    assert list(turns) == members
    assert len(turns) == 3
    turns.remove(members[1])
    assert list(turns) == [members[0], members[2]]


def test_a_short_prompt_of_another_tenant_is_not_held_up_by_a_long_one() -> None:
    scheduler = Scheduler(BlockPool(200, 4), EngineOptions(step_tokens=20, prefill_chunk=8))
    decoding, long, short = (
        sequence("a", 4, token=1),
        sequence("a", 400),
        sequence("b", 16, token=2),
    )

    def advance() -> dict[Sequence, int]:
        plan = scheduler.schedule()
        for share in plan:
            scheduler.computed(share.sequence, share.tokens)
            if share.samples:
                share.sequence.append(1)
        return {share.sequence: share.tokens for share in plan}

    scheduler.add(decoding)
    advance()
    scheduler.add(long)
    advance()
    scheduler.add(short)
    assert advance() == {decoding: 1, short: 8}
    assert advance() == {decoding: 1, short: 8}


def test_a_long_prompt_delays_each_of_sixteen_decodes_by_one_chunk_a_step() -> None:
    scheduler = Scheduler(BlockPool(400, 32), EngineOptions())
    decodes = [sequence("a", 40, token=token) for token in range(16)]
    for member in decodes:
        scheduler.add(member)
    while any(member.output_length == 0 for member in decodes):
        for share in scheduler.schedule():
            scheduler.computed(share.sequence, share.tokens)
            if share.samples:
                share.sequence.append(1)
    long = sequence("b", 4000, token=99)
    scheduler.add(long)
    steps = 0
    while long.computed < 4000:
        plan = scheduler.schedule()
        tokens = {share.sequence: share.tokens for share in plan}
        assert all(tokens[member] == 1 for member in decodes)
        assert 0 < tokens[long] <= 128
        for share in plan:
            scheduler.computed(share.sequence, share.tokens)
            if share.samples:
                share.sequence.append(1)
        steps += 1
    assert steps == -(-4000 // 128)
