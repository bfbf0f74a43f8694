"""Drills can be foretold from what stands before, and from nothing else."""

from itertools import pairwise

from tests.requires import need

need("numpy")

from training.induction import drill  # noqa: E402
from training.tokenizer import BOS, SPECIAL  # noqa: E402


def test_a_drill_is_the_same_for_the_same_seed_and_number() -> None:
    one, two = drill("s", 3, 500), drill("s", 3, 500)
    assert one[0].tolist() == two[0].tolist()
    assert drill("s", 4, 500)[0].tolist() != one[0].tolist()


def test_what_carries_loss_has_followed_the_same_token_before() -> None:
    for number in range(50):
        ids, known = (values.tolist() for values in drill("s", number, 60_000))
        assert ids[0] == BOS
        assert any(known)
        for i in range(1, len(ids)):
            if known[i]:
                assert (ids[i - 1], ids[i]) in pairwise(ids[:i]), number


def test_no_mark_is_among_the_random_tokens() -> None:
    for number in range(50):
        assert min(drill("s", number, 500)[0].tolist()[1:]) >= len(SPECIAL)
