"""Who is refused is told when to come back."""

from __future__ import annotations

from understudy.engine.pace import Pace


def test_the_time_to_the_next_end_is_that_between_the_last_ones() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.seconds_to_next_end() == 1
    for _ in range(100):
        now += 7.0
        pace.ended()
    assert pace.seconds_to_next_end() == 7


def test_it_grows_while_nothing_ends_and_is_bounded() -> None:
    times = iter([0.0, 0.1, 20.0, 500.0])
    pace = Pace(lambda: next(times))
    pace.ended()
    assert [pace.seconds_to_next_end() for _ in range(3)] == [1, 20, 60]
