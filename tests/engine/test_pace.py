"""Who is refused is told when to come back."""

from __future__ import annotations

from understudy.engine.pace import Pace


def test_the_time_to_the_next_end_is_that_between_the_last_ones() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.seconds_to_next_end() == 1
    pace.begin()
    for _ in range(100):
        now += 7.0
        pace.ended()
    assert pace.seconds_to_next_end() == 7


def test_it_grows_while_nothing_ends_and_is_bounded() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.begin()
    seen = []
    for now[0] in (0.1, 20.0, 500.0):
        seen.append(pace.seconds_to_next_end())
    assert seen == [1, 20, 60]


def test_a_pause_without_work_counts_for_nothing() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.begin()
    for now[0] in (1.0, 2.0, 3.0):
        pace.ended()
    now[0] = 1000.0
    pace.begin()
    now[0] = 1002.5
    assert pace.seconds_to_next_end() == 3
