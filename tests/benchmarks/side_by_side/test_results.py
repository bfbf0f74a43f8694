"""Results survive what ends a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.side_by_side.results import append, by_heat, load
from tests.benchmarks.side_by_side.scripted import rates, record


def test_what_was_appended_is_loaded_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.jsonl"
    lines = [record("h", "a", rates(1.0)), record("h", "b", error="it broke")]
    for line in lines:
        append(path, line)
    assert load(path) == lines
    assert list(by_heat(lines)["h"]) == ["a", "b"]


def test_no_file_is_no_results(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == []


def test_a_line_that_was_cut_off_is_left_out_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    first, second = record("h", "a"), record("h", "b")
    append(path, first)
    with path.open("a") as file:
        file.write('{"heat": "h", "pe')
    assert load(path) == [first]
    append(path, second)
    assert load(path) == [first, second]


@pytest.mark.parametrize("line", ["nonsense", '{"heat": "h"}', "[]"])
def test_a_line_that_is_no_result_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append(path, record("h", "a"))
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ValueError, match="line 2"):
        load(path)


def test_metrics_are_the_numbers_by_their_path() -> None:
    found = record("h", "a", {**rates(1.0, 2.0, 3.0), "version": "1", "ok": True}).metrics()
    assert found == {"decode/1@128": 1.0, "decode/8@128": 2.0, "prefill/512": 3.0}
