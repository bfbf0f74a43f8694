"""Ratios are taken within a round, because the machine changes between rounds."""

from __future__ import annotations

import pytest

from benchmarks.side_by_side.ratios import (
    Spread,
    best_of,
    grouped,
    lower_is_better,
    of_peer,
    ratio,
    spread,
)
from tests.benchmarks.side_by_side.scripted import rates, record

ONE = "decode/1@128"


def test_a_slow_minute_does_not_move_a_paired_ratio() -> None:
    records = [
        record("fast", "ours", rates(20.0)),
        record("fast", "theirs", rates(10.0)),
        record("slow", "ours", rates(4.0)),
        record("slow", "theirs", rates(2.0)),
    ]
    heats = grouped(records)["engine", "int4"]
    assert ratio(heats, of_peer("ours", ONE), of_peer("theirs", ONE)) == Spread(2.0, 2.0, 2.0, 2)
    assert spread(heats, of_peer("ours", ONE)) == Spread(12.0, 4.0, 20.0, 2)


def test_a_round_without_a_partner_gives_no_ratio() -> None:
    records = [
        record("one", "ours", rates(20.0)),
        record("one", "theirs", error="failed"),
        record("two", "ours", rates(3.0)),
        record("two", "theirs", rates(1.0)),
    ]
    heats = grouped(records)["engine", "int4"]
    assert ratio(heats, of_peer("ours", ONE), of_peer("theirs", ONE)) == Spread(3.0, 3.0, 3.0, 1)
    assert ratio(heats, of_peer("ours", ONE), of_peer("nobody", ONE)) is None


def test_the_best_of_some_is_chosen_in_each_round() -> None:
    records = [
        record("one", "x", rates(1.0)),
        record("one", "y", rates(2.0)),
        record("two", "x", rates(5.0)),
        record("two", "y", rates(2.0)),
    ]
    heats = grouped(records)["engine", "int4"]
    assert spread(heats, best_of(("x", "y"), ONE)) == Spread(3.5, 2.0, 5.0, 2)


def test_rounds_of_different_amounts_of_work_are_not_mixed() -> None:
    records = [
        record("old", "x", rates(1.0), work="less"),
        record("new", "x", rates(2.0), work="more"),
    ]
    heats = grouped(records)["engine", "int4"]
    assert spread(heats, of_peer("x", ONE)) == Spread(2.0, 2.0, 2.0, 1)


@pytest.mark.parametrize(
    ("metric", "lower"),
    [
        ("decode/8@128", False),
        ("arrivals 1/tokens_s", False),
        ("streams 16/decode_tokens_s", False),
        ("json/valid_share", False),
        ("arrivals 1/first_ms_p95", True),
        ("turns/later_first_ms_p50", True),
        ("steady_mb", True),
        ("load_s", True),
    ],
)
def test_which_figures_are_better_small(metric: str, lower: bool) -> None:
    assert lower_is_better(metric) == lower
