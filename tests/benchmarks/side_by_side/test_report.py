"""The report says what was measured, losses as plainly as wins, and touches nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.report import BEGIN, END, plots, replace_between, sections, write
from benchmarks.side_by_side.results import LIMITS
from tests.benchmarks.side_by_side.scripted import peaks, rates, record

COST = Cost(weight_bytes=10**9, kv_bytes=0, token_flop=10**9, head_flop=0, attention_flop=0)
COSTS = dict.fromkeys(("int4", "int8", "bf16"), COST)
SERVED = {
    "start_up_s": 3.0,
    "steady_mb": 900.0,
    "arrivals 1": {"tokens_s": 60.0, "first_ms_p50": 400.0, "failed": 0},
}
RECORDS = [
    record("one", LIMITS, peaks(0.5)),
    record("one", "understudy", {**rates(8.0, 90.0, 400.0), "load_s": 2.0}, read_gb_s=10.0),
    record(
        "one",
        "llama.cpp",
        {**rates(10.0, 45.0, 100.0), "load_s": 1.0, "version": "b1"},
        format="Q4_0",
    ),
    record("one", "vllm", error="exit code 1; a|b\nno wheel"),
    record("served", "understudy", SERVED, workload="http"),
    record("served", "llama.cpp", {**SERVED, "start_up_s": 1.5}, workload="http"),
]


def row(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {start} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_wins_and_losses_stand_in_one_table() -> None:
    text = sections(RECORDS, COSTS)
    head, cells = row(text, "ours over"), row(text, "llama.cpp")
    assert head[:3] == ["ours over", "1 at once", "8 at once"]
    assert cells == ["llama.cpp", "Q4_0", "10.0", "45.0", "100"]
    ratios = text.split("| ours over |")[1]
    assert row(ratios, "llama.cpp")[1:] == ["0.80 behind", "2.00", "4.00"]


def test_more_time_than_a_peer_is_behind() -> None:
    served = sections(RECORDS, COSTS).split("over HTTP")[1]
    assert row(served, "engine")[2:] == ["start up s", "steady mb"]
    assert "0.50" not in served.split("**arrivals 1**")[0]


def test_floors_and_what_failed_are_named() -> None:
    text = sections(RECORDS, COSTS)
    assert "| 1.7: met | 1.9: met |" in text
    assert "Floors: 2 met, 1 missed. Targets: 3 met, 2 missed." in text
    assert "| 0.9: missed | 1: missed |" in text
    assert "exit code 1: no wheel" in text
    assert row(text, "reads, GB/s")[1] == "10.0"
    assert "Engines: llama.cpp b1." in text


def test_every_section_names_its_command() -> None:
    text = sections(RECORDS, COSTS)
    assert "run --workloads engine --precision int4" in text
    assert "run --workloads http --precision int4" in text


def test_plots_are_drawings_of_every_engine() -> None:
    drawn = plots(RECORDS)
    assert list(drawn) == ["engine-int4.svg"]
    words = [element.text for element in ET.fromstring(drawn["engine-int4.svg"]).iter()]
    assert {"understudy", "llama.cpp", "8 at once", "prefill 512"} <= set(words)


def test_only_what_is_between_the_marks_changes(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write(document, RECORDS, COSTS)
    text = document.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert (tmp_path / "plots" / "engine-int4.svg").exists()
    write(document, RECORDS, COSTS)
    assert document.read_text() == text


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_document_without_marks_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="needs one line"):
        replace_between(text, "new")


def test_no_results_are_no_report(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no results"):
        write(tmp_path / "none.md", [], COSTS)
