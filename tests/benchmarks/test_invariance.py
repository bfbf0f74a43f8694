"""The comparison finds the bundled model's answers unchanged, and would find a change."""

from __future__ import annotations

import pytest

from benchmarks import invariance
from benchmarks.subject import subject
from tests.benchmarks.tables import table
from understudy.house import path


def test_no_company_changes_an_answer_of_the_bundled_model() -> None:
    rows = table("invariance", "--model", str(path()), "--precision", "int8")
    company = [row for row in rows if "on the graph" not in row["beside"]]
    assert len(company) >= 8
    assert {row[kind] for row in company for kind in ("greedy", "seeded")} == {"identical"}


def test_another_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = invariance.answer

    def changed(*given: object) -> bytes:
        found = real(*given)  # type: ignore[arg-type]
        return found + b"x" if given[2] == invariance.Circumstances(others=3) else found

    monkeypatch.setattr(invariance, "answer", changed)
    with subject(path(), "int8") as model:
        rows = invariance.compare(model, "int8", (1, 3), 2)
    different = [row["beside"] for row in rows if row["greedy"] == invariance.DIFFERENT]
    assert different == ["3 others"]
