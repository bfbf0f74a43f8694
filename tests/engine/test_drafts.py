"""Prompt lookup: what is proposed, when, and how rejections quiet it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.lookup import served
from understudy.engine.drafts import Drafter

few = st.lists(st.integers(0, 3), max_size=60)


def continuation(tokens: Sequence[int], count: int) -> list[int]:
    """What followed the longest recurring n-gram last time, by the plainest search."""
    for n in (4, 3, 2):
        ending = list(tokens[-n:])
        for start in range(len(tokens) - n - 1, -1, -1):
            if list(tokens[start : start + n]) == ending:
                followed = list(tokens[start + n :])
                return [followed[i % len(followed)] for i in range(count)]
    return []


@given(few, few, st.integers(0, 20))
def test_it_proposes_what_followed_the_longest_ngram_last_time(
    prompt: list[int], output: list[int], limit: int
) -> None:
    drafter = Drafter(prompt)
    for token in output:
        drafter.extend(token)
    drafts = drafter.propose(limit)
    assert drafts == continuation([*prompt, *output], len(drafts))
    assert len(drafts) <= limit
    if limit and continuation([*prompt, *output], 1):
        assert drafts


@given(few, few)
def test_extending_is_the_same_as_starting_later(prompt: list[int], output: list[int]) -> None:
    drafter = Drafter(prompt)
    for token in output:
        drafter.extend(token)
    assert drafter.propose(16) == Drafter([*prompt, *output]).propose(16)


@given(few, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 16), st.integers(0, 16))))
def test_the_same_history_gives_the_same_drafts(
    prompt: list[int], history: list[tuple[int, int, int]]
) -> None:
    """However often they were asked for, and whatever became of them before: that decides how
    many there are and never which."""
    often, once, text = Drafter(prompt), Drafter(prompt), list(prompt)
    for token, proposed, accepted in history:
        text.append(token)
        for drafter in (often, once):
            drafter.extend(token)
            drafter.told(proposed, min(proposed, accepted))
        drafts = often.propose(16)
        assert drafts == continuation(text, len(drafts))
        assert often.propose(5) == drafts[:5]
    assert often.propose(16) == once.propose(16)


@pytest.mark.parametrize("prompt", [[], [1], [1, 2], [1, 2, 3, 4, 5]])
def test_without_a_repetition_nothing_is_proposed(prompt: list[int]) -> None:
    assert Drafter(prompt).propose(16) == []


def test_a_repeating_text_is_proposed_to_go_round() -> None:
    assert Drafter([9, 1, 2, 3, 1, 2, 3, 1, 2]).propose(4) == [3, 1, 2, 3]


def test_a_copy_of_the_prompt_takes_few_steps() -> None:
    prompt = list(range(1000))
    steps = served(prompt[100:500], prompt)
    assert sum(accepted for _, accepted in steps) + len(steps) == 400
    # Two tokens to find the place, three steps to reach the longest draft.
    assert len(steps) <= 2 + 3 + 400 // 17 + 1


def test_drafts_that_are_never_right_become_rare_and_short() -> None:
    # Any two of four tokens recur all the time, and nothing is foreseen eight times in a row.
    text = random.Random(1).choices(range(4), k=3000)
    drafter, waits, waited, drafted = Drafter(text[:200]), [], 0, 0
    for token in text[200:]:
        drafts = drafter.propose(16)
        if drafts:
            waits.append(waited)
            waited, drafted = 0, drafted + len(drafts)
            drafter.told(len(drafts), 0)
        drafter.extend(token)
        waited += 1
    assert waits[:9] == [0, 1, 2, 4, 8, 16, 32, 64, 64]
    assert set(waits[9:]) == {64}
    assert drafted <= 0.02 * len(text)


def test_a_copy_is_caught_again_soon_after_long_rejection() -> None:
    prompt = list(range(1000))
    drafter = Drafter([*prompt, 0, 1])
    for _ in range(12):
        drafter.told(4, 0)
    steps = 0
    token = 2
    while not drafter.propose(16):
        drafter.extend(token)
        token, steps = token + 1, steps + 1
    assert steps == 8


def test_accepted_drafts_lengthen_and_rejected_ones_shorten_what_is_proposed() -> None:
    drafter = Drafter([*range(100), *range(50)])
    assert len(drafter.propose(50)) == 4
    drafter.told(4, 4)
    assert len(drafter.propose(50)) == 8
    drafter.told(8, 8)
    drafter.told(16, 16)
    assert len(drafter.propose(50)) == 16
    drafter.told(16, 3)
    assert len(drafter.propose(50)) == 4
    drafter.told(4, 0)
    drafter.extend(50)
    assert len(drafter.propose(50)) == 1


def test_a_draft_cut_short_by_its_limit_lengthens_nothing() -> None:
    drafter = Drafter([*range(100), *range(50)])
    drafter.told(len(drafter.propose(2)), 2)
    assert len(drafter.propose(50)) == 4


def test_no_proposal_is_no_rejection() -> None:
    drafter = Drafter([*range(100), *range(50)])
    drafter.told(0, 0)
    assert len(drafter.propose(50)) == 4
