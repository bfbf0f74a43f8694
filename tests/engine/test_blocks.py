"""The pool of KV blocks: references, sharing, eviction."""

from __future__ import annotations

import pytest

from understudy.engine.blocks import BlockPool


def counts(pool: BlockPool) -> tuple[int, int, int]:
    return pool.free, pool.cached, pool.used


def test_a_block_is_free_then_used_then_free() -> None:
    pool = BlockPool(4, 8)
    taken = pool.allocate(3)
    assert counts(pool) == (1, 0, 3)
    pool.release(taken)
    assert counts(pool) == (4, 0, 0)


def test_a_published_block_is_found_while_used_and_after() -> None:
    pool = BlockPool(4, 8)
    taken = pool.allocate(2)
    pool.publish(taken[0], b"a")
    assert pool.lookup([b"a", b"b"]) == [taken[0]]
    pool.release(taken)
    assert counts(pool) == (3, 1, 0)
    assert pool.lookup([b"a"]) == [taken[0]]


def test_lookup_stops_at_the_first_gap() -> None:
    pool = BlockPool(4, 8)
    taken = pool.allocate(2)
    pool.publish(taken[0], b"a")
    pool.publish(taken[1], b"c")
    assert pool.lookup([b"a", b"b", b"c"]) == [taken[0]]


def test_sharing_adds_a_reference_and_takes_no_new_block() -> None:
    pool = BlockPool(4, 8)
    first = pool.allocate(2)
    pool.publish(first[0], b"a")
    second = pool.allocate(1, sharing=[first[0]])
    assert second[0] == first[0]
    assert pool.references(first[0]) == 2
    pool.release(first)
    assert pool.references(second[0]) == 1
    assert counts(pool) == (2, 0, 2)


def test_a_taken_key_keeps_its_block() -> None:
    pool = BlockPool(4, 8)
    one, two = pool.allocate(2)
    pool.publish(one, b"a")
    pool.publish(two, b"a")
    pool.publish(one, b"b")
    assert pool.lookup([b"a"]) == [one]
    assert pool.lookup([b"b"]) == []
    pool.release([one, two])
    assert counts(pool) == (3, 1, 0)


def test_the_longest_released_goes_first_and_a_chain_loses_its_tail() -> None:
    pool = BlockPool(4, 8)
    old, new = pool.allocate(2), pool.allocate(2)
    for block, key in zip(old + new, [b"o1", b"o2", b"n1", b"n2"], strict=True):
        pool.publish(block, key)
    pool.release(old)
    pool.release(new)
    pool.allocate(1)
    assert pool.lookup([b"o1", b"o2"]) == old[:1]
    pool.allocate(2)
    assert pool.lookup([b"o1"]) == []
    assert pool.lookup([b"n1", b"n2"]) == new[:1]


def test_shared_blocks_do_not_count_as_room_for_new_ones() -> None:
    pool = BlockPool(2, 8)
    taken = pool.allocate(1)
    pool.publish(taken[0], b"a")
    pool.release(taken)
    assert pool.can_allocate(2)
    assert not pool.can_allocate(2, sharing=taken)
    assert pool.can_allocate(1, sharing=taken)


def test_asking_for_too_much_changes_nothing() -> None:
    pool = BlockPool(2, 8)
    taken = pool.allocate(1)
    pool.publish(taken[0], b"a")
    with pytest.raises(RuntimeError):
        pool.allocate(2, sharing=taken)
    assert pool.references(taken[0]) == 1
    assert counts(pool) == (1, 0, 1)


def test_releasing_twice_is_an_error_and_frees_nothing_twice() -> None:
    pool = BlockPool(2, 8)
    taken = pool.allocate(1)
    pool.release(taken)
    with pytest.raises(RuntimeError):
        pool.release(taken)
    assert counts(pool) == (2, 0, 0)


@pytest.mark.parametrize(("tokens", "blocks"), [(0, 0), (1, 1), (8, 1), (9, 2), (16, 2)])
def test_blocks_for_rounds_up(tokens: int, blocks: int) -> None:
    assert BlockPool(4, 8).blocks_for(tokens) == blocks
