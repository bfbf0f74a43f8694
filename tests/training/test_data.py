"""What carries loss, and how whole documents come to lie in shards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.requires import need

need("numpy")

import numpy as np  # noqa: E402

from training import tokenizer as tokens  # noqa: E402
from training.data import IGNORE, Masker, Packer, Shard, Tokens, lay, training_text  # noqa: E402
from training.template import render  # noqa: E402
from understudy import house  # noqa: E402

TOKENIZER = tokens.load(house.path())
MASKER = Masker(TOKENIZER)


def test_only_the_assistant_carries_loss() -> None:
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]
    ids = TOKENIZER.encode(render(messages), add_special_tokens=False).ids
    kept = [i for i, keep in zip(ids, MASKER(ids), strict=True) if keep]
    assert TOKENIZER.decode(kept, skip_special_tokens=False) == "good day<|eot_id|>"


def test_all_of_raw_text_carries_loss() -> None:
    ids = TOKENIZER.encode("Once upon a time").ids
    assert MASKER(ids) == [True] * len(ids)


def made(length: int, start: int = 10) -> Tokens:
    ids = np.arange(start, start + length + 1, dtype=np.uint16)
    return Tokens(ids, np.arange(length + 1) % 2 == 1)


def test_a_label_is_the_next_token_of_the_same_document_where_it_is_learnt() -> None:
    shard = lay([made(3, start=10), made(2, start=50)], 8)
    assert shard.ids.tolist()[:5] == [10, 11, 12, 50, 51]
    assert shard.labels.tolist() == [11, IGNORE, 13, 51, IGNORE, IGNORE, IGNORE, IGNORE]
    assert shard.positions.tolist() == [0, 1, 2, 0, 1, 0, 1, 2]
    assert (shard.lengths, shard.used, shard.learnt) == ([3, 2, 3], 5, 3)


@given(st.lists(st.integers(1, 40), max_size=5))
def test_a_shard_is_always_full_and_its_lengths_sum_to_it(lengths: list[int]) -> None:
    shard = lay([made(length) for length in lengths], 200)
    assert sum(shard.lengths) == len(shard.ids) == len(shard.positions) == 200
    assert shard.used == sum(lengths)


def taken(packer: Packer, count: int, size: int = 1024) -> list[Shard]:
    return [packer.shard(size) for _ in range(count)]


def same(one: list[Shard], two: list[Shard]) -> bool:
    return all(
        a.lengths == b.lengths
        and np.array_equal(a.ids, b.ids)
        and np.array_equal(a.labels, b.labels)
        for a, b in zip(one, two, strict=True)
    )


def test_shards_are_nearly_full_of_whole_documents() -> None:
    used = [shard.used for shard in taken(Packer(TOKENIZER, "s"), 6)]
    assert min(used) > 1024 * 0.95


def test_a_shard_holds_documents_as_they_were_written() -> None:
    shard = Packer(TOKENIZER, "s").shard(4096)
    wanted = [training_text(TOKENIZER, MASKER, "s", number) for number in range(200)]
    texts = {tuple(one.ids[:-1].tolist()) for one in wanted}
    start = 0
    for length in shard.lengths[:-1]:
        assert tuple(shard.ids[start : start + length].tolist()) in texts
        start += length


def test_a_document_longer_than_a_shard_is_cut_to_it() -> None:
    packer = Packer(TOKENIZER, "s")
    assert all(shard.used <= 24 for shard in taken(packer, 4, size=24))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 4), st.sampled_from([0.0, 0.4]))
def test_a_restored_packer_goes_on_where_the_saved_one_was(before: int, drills: float) -> None:
    one, two = Packer(TOKENIZER, "s"), Packer(TOKENIZER, "s")
    one.drills = two.drills = drills
    taken(one, before)
    two.restore(one.state())
    assert same(taken(one, 3), taken(two, 3))


def test_a_place_in_another_stream_is_not_taken_up() -> None:
    one, two = Packer(TOKENIZER, "s"), Packer(TOKENIZER, "t")
    taken(one, 2)
    two.restore(one.state())
    assert same(taken(two, 1), taken(Packer(TOKENIZER, "t"), 1))


def test_written_ahead_by_another_process_the_stream_is_the_same() -> None:
    ahead, here = Packer(TOKENIZER, "s", ahead=True), Packer(TOKENIZER, "s")
    try:
        assert same(taken(ahead, 2), taken(here, 2))
        state = ahead.state()
        further = taken(here, 2)
        ahead.restore(state)
        assert same(taken(ahead, 2), further)
    finally:
        ahead.close()


def test_a_writer_that_fails_is_noticed() -> None:
    packer = Packer(TOKENIZER, "s", ahead=True)
    try:
        packer.shard(256)
        assert packer.writer
        packer.writer.process.terminate()
        with pytest.raises(EOFError):
            taken(packer, 1000)
    finally:
        packer.close()
