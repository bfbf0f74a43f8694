"""The server and the engine alone are measured in one run."""

from __future__ import annotations

from tests.benchmarks.tables import table


def test_serving_is_compared_with_the_engine_alone() -> None:
    loss, first = table("served_overhead", "--answer", "160")
    assert min(loss["without"], loss["with"], first["without"], first["with"]) > 0
    assert loss["figure"].endswith("% lost")
    assert first["figure"].endswith("% of cold")
