"""Tenants take turns in proportion to their weights, and waiting earns no credit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from tests.engine.core_run import Run
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


def queued(turns: Turns, *members: Sequence) -> None:
    for member in members:
        turns.enter(member)
        turns.add(member)


def serve_next(turns: Turns, tokens: int = 10) -> str:
    """Give the one whose turn it is all it asks for, and let it go."""
    head = turns.head()
    assert head is not None
    turns.remove(head)
    turns.served(head, tokens)
    turns.leave(head)
    return head.job.tenant


def served(turns: Turns, rounds: int, weights: Mapping[str, float]) -> Counter[str]:
    """Serve whoever's turn it is, ten tokens at a time; each has always more to ask."""
    tokens: Counter[str] = Counter()
    for _ in range(rounds):
        tenant = serve_next(turns)
        tokens[tenant] += 10
        queued(turns, sequence(tenant, weight=weights[tenant]))
    return tokens


def test_tokens_are_in_proportion_to_weights() -> None:
    turns = Turns()
    weights = {"a": 1.0, "b": 2.0, "c": 5.0}
    queued(turns, *(sequence(tenant, weight=w) for tenant, w in weights.items() for _ in "12"))
    tokens = served(turns, 800, weights)
    assert [tokens[tenant] / 1000 for tenant in "abc"] == pytest.approx([1, 2, 5], abs=0.02)


def test_a_tenant_with_a_hundred_requests_waits_like_one_with_two() -> None:
    turns = Turns()
    queued(turns, *(sequence("many") for _ in range(100)))
    queued(turns, *(sequence("few") for _ in range(2)))
    assert [serve_next(turns) for _ in range(4)] == ["many", "few", "many", "few"]


def test_who_asked_for_nothing_gathers_no_credit() -> None:
    """Not even while others did nothing but decode."""
    turns = Turns()
    busy = [sequence("busy") for _ in range(3)]
    queued(turns, *busy)
    for member in busy[:2]:
        turns.remove(member)
        turns.served(member, 5000)
    queued(turns, sequence("late"), sequence("late"))
    assert [serve_next(turns) for _ in range(3)] == ["busy", "late", "late"]


def test_asking_again_while_waiting_changes_nobodys_place() -> None:
    turns = Turns()
    ahead, blocked = sequence("ahead"), sequence("blocked")
    queued(turns, ahead, blocked)
    turns.served(ahead, 500)
    queued(turns, sequence("blocked"))
    assert turns.service(blocked) == 0


def test_what_a_tenant_had_is_not_forgiven_by_leaving_for_a_moment() -> None:
    turns = Turns()
    queued(turns, sequence("heavy"), sequence("light"))
    assert serve_next(turns, 1000) == "heavy"
    again = sequence("heavy")
    queued(turns, again, *(sequence("light") for _ in range(3)))
    assert turns.service(again) == 1000
    assert [serve_next(turns) for _ in range(4)] == ["light"] * 4


def test_tenants_that_went_long_ago_are_forgotten() -> None:
    turns = Turns()
    stays = sequence("stays")
    queued(turns, stays)
    for number in range(1000):
        queued(turns, sequence(f"tenant {number}"))
        turns.served(stays, 20)
        while turns.head() is not stays:
            serve_next(turns)
    assert len(turns._service) < 10


def test_what_was_preempted_goes_before_all_others() -> None:
    turns = Turns()
    new, preempted, forked, older = (sequence(tenant) for tenant in "abab")
    queued(turns, new)
    for member in (preempted, forked, older):
        turns.enter(member)
    turns.add(forked, first=True)
    turns.give_back(preempted)
    turns.give_back(older)
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
    queued(turns, *members)
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
            scheduler.advance(share.sequence, share.tokens)
            if share.samples:
                share.sequence.append(1)
        return {share.sequence: share.tokens for share in plan}

    scheduler.add(decoding)
    advance()
    scheduler.add(long)
    advance()
    scheduler.add(short)
    assert advance() == {decoding: 1, short: 8}
    assert advance() == {decoding: 1, long: 8}
    assert advance() == {decoding: 1, short: 8}


def test_a_long_prompt_delays_each_of_sixteen_decodes_by_one_chunk_a_step() -> None:
    scheduler = Scheduler(BlockPool(400, 32), EngineOptions())
    decodes = [sequence("a", 40, token=token) for token in range(16)]
    for member in decodes:
        scheduler.add(member)
    while any(member.output_length == 0 for member in decodes):
        for share in scheduler.schedule():
            scheduler.advance(share.sequence, share.tokens)
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
            scheduler.advance(share.sequence, share.tokens)
            if share.samples:
                share.sequence.append(1)
        steps += 1
    assert steps == -(-4000 // 128)


def test_choices_without_room_wait_in_their_own_tenants_turn() -> None:
    """Steps until another tenant's short prompt begins, beside one that asks for more and more."""
    begun = []
    for choices in (1, 4):
        run = Run(EngineOptions(max_batch=4, draft_rows=0), pool=80)
        sampling = SamplingParams(max_tokens=10, seed=0, ignore_eos=True)
        for first in range(4 // choices * 4):
            run.arrive([first, 5, 6], sampling, choices=choices, tenant="many")
        run.step()
        run.arrive([9, 9, 9], sampling, tenant="few")
        few = run.requests[-1]
        while not few.tokens[0]:
            run.step()
        begun.append(run.core.steps)
        run.finish()
    assert begun[0] == begun[1]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        sequence("a", weight=weight)
