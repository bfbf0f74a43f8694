"""What is left to measure follows from the file of results alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest

from benchmarks.side_by_side.heats import Heat, guessed_seconds, heats, remaining, work_of
from benchmarks.side_by_side.http.workloads import HttpWork
from benchmarks.side_by_side.results import Record
from tests.benchmarks.side_by_side.scripted import WORK, ScriptedPeer, record

HEAT = Heat("engine", "int4", ("a", "b", "c"), WORK)


def measured(heat: str, peers: Sequence[str], **more: object) -> list[Record]:
    given: dict[str, Any] = {"work": json.dumps(asdict(WORK)), "wall_s": 10.0, **more}
    return [record(heat, peer, **given) for peer in peers]


def test_each_round_begins_with_another_peer() -> None:
    orders = [heat.peers for heat in remaining([HEAT], 4, [])]
    assert orders == [("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b"), ("a", "b", "c")]


def test_rounds_alternate_between_heats_so_that_an_early_end_leaves_all_alike() -> None:
    other = Heat("engine", "int8", ("a",), WORK)
    kinds = [heat.precision for heat in remaining([HEAT, other], 2, [])]
    assert kinds == ["int4", "int8", "int4", "int8"]


def test_a_complete_round_is_not_measured_again() -> None:
    done = measured("one", "abc") + measured("two", "cab")
    assert [heat.peers for heat in remaining([HEAT], 3, done)] == [("c", "a", "b")]


def test_an_interrupted_round_is_measured_again_as_a_whole() -> None:
    assert len(remaining([HEAT], 1, measured("one", "ab"))) == 1


def test_a_failed_peer_does_not_hold_a_round_up() -> None:
    done = measured("one", "ab") + measured("one", "c", error="cannot")
    assert remaining([HEAT], 1, done) == []


def test_a_round_of_more_peers_counts_for_fewer() -> None:
    few = Heat("engine", "int4", ("b",), WORK)
    assert remaining([few], 1, measured("one", "abc")) == []


@pytest.mark.parametrize("other", [{"precision": "int8"}, {"workload": "long"}, {"work": "less"}])
def test_other_work_does_not_count(other: dict[str, str]) -> None:
    assert len(remaining([HEAT], 1, measured("one", "abc", **other))) == 1


def test_what_was_measured_before_makes_the_estimate() -> None:
    unknown = HEAT.seconds([])
    known = HEAT.seconds(measured("one", "abc"))
    assert known < unknown
    assert HEAT.seconds(measured("one", "ab")) == pytest.approx(known - 10 + guessed_seconds(WORK))


def test_only_peers_with_an_equal_of_the_precision_take_part() -> None:
    peers = {"x": ScriptedPeer("x", ("bf16",)), "y": ScriptedPeer("y")}
    found = heats(["engine"], None, peers, {"engine": WORK})
    assert {heat.precision: heat.peers for heat in found} == {
        "int4": ("y",),
        "int8": ("y",),
        "bf16": ("x", "y"),
    }


def test_a_peer_without_a_server_is_not_asked_over_http() -> None:
    peers = {"x": ScriptedPeer("x")}
    assert heats(["http"], ["int4"], peers, {"http": HttpWork()}) == []


def test_quick_work_is_less() -> None:
    for workload in ("engine", "long", "http"):
        full, quick = (work_of(workload, 16, 2, which) for which in (False, True))
        assert guessed_seconds(quick) < guessed_seconds(full)
