"""A run measures what is missing, one process at a time, and writes every outcome down."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.side_by_side import run
from benchmarks.side_by_side.heats import Heat, remaining
from benchmarks.side_by_side.results import LIMITS, append, load
from tests.benchmarks.side_by_side.scripted import WORK, ScriptedPeer, peaks, rates, record

HEAT = Heat("engine", "int4", ("good", "bad", "absent"), WORK)


@pytest.fixture(autouse=True)
def _known_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring the machine's own is another test's matter, and slow."""
    source = f"import json; print(json.dumps({{'read_gb_s': 50.0, **{peaks(1.0)}}}))"
    monkeypatch.setattr(run, "_LIMITS", [sys.executable, "-c", source])


@pytest.fixture
def peers() -> Mapping[str, ScriptedPeer]:
    return {
        "good": ScriptedPeer("good", figures=rates(5.0)),
        "bad": ScriptedPeer("bad", code=3),
        "absent": ScriptedPeer("absent", missing="no wheel for this machine"),
    }


@pytest.fixture
def bench(peers: Mapping[str, ScriptedPeer], tmp_path: Path) -> run.Bench:
    said: list[str] = []
    return run.Bench(peers, tmp_path / "results.jsonl", "model", "key", said.append)


def test_every_outcome_is_a_line(bench: run.Bench) -> None:
    wrong = run.prepare(bench, [HEAT], install=False)
    assert wrong == {("absent", "int4"): "no wheel for this machine"}
    assert run.run(bench, [HEAT], 1, wrong, 3600)
    limits, good, bad, absent = load(bench.results)
    assert (limits.peer, limits.figures["read_gb_s"]) == (LIMITS, 50.0)
    assert good.metrics() == {"decode/1@128": 5.0, "decode/8@128": 0.0, "prefill/512": 0.0}
    assert (good.read_gb_s, good.format) == (50.0, "good's int4")
    assert good.wall_s > 0
    assert "exit code 3" in bad.error
    assert "said" in bad.error
    assert absent.error == "no wheel for this machine"
    assert {line.heat for line in load(bench.results)} == {limits.heat}


def test_a_run_goes_on_where_the_last_one_stopped(bench: run.Bench) -> None:
    wrong = {("absent", "int4"): "gone"}
    assert run.run(bench, [HEAT], 1, wrong, 3600)
    before = load(bench.results)
    assert run.run(bench, [HEAT], 1, wrong, 3600)
    assert load(bench.results) == before
    assert len(remaining([HEAT], 2, before)) == 1


def test_nothing_is_begun_that_would_pass_the_time_limit(bench: run.Bench) -> None:
    assert not run.run(bench, [HEAT], 1, {}, 1)
    assert load(bench.results) == []


def test_environments_are_made_only_when_asked(
    bench: run.Bench, peers: Mapping[str, ScriptedPeer]
) -> None:
    run.prepare(bench, [HEAT], install=False)
    assert peers["good"].prepared == ["int4"]
    run.prepare(bench, [HEAT], install=True)
    assert peers["good"].prepared == ["int4", "installed", "int4"]


def test_figures_of_another_machine_are_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append(path, record("h", "a"))
    with pytest.raises(ValueError, match="another machine"):
        run.check_machine(path)


def test_a_run_is_announced_with_its_time(bench: run.Bench) -> None:
    said: list[str] = []
    total = run.announce(remaining([HEAT], 2, []), bench.results, said.append)
    assert total == pytest.approx(2 * HEAT.seconds([]))
    assert said[0].startswith("engine int4: 2 rounds of absent, bad, good: about")
