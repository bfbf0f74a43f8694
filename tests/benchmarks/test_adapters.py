"""Adapters are timed beside the graph without any and the graph that takes none."""

from __future__ import annotations

from tests.benchmarks.tables import table
from understudy.house import path


def test_adapters_are_compared_with_both_graphs() -> None:
    rows = table("adapters", "--model", str(path()))
    assert [row["batch of 8"] for row in rows] == [
        "plain graph",
        "LoRA graph, no adapter",
        "four of rank 4",
        "four of rank 16",
    ]
    assert all(row["tokens/s"] > 0 for row in rows)
    assert rows[0]["of the plain graph"] == rows[1]["of the LoRA graph without any"] == 1.0
