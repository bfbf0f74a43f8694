"""Forced acceptance is forced, and what became of the drafts is counted."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.speculation import forced_text
from tests.benchmarks.tables import table
from understudy.house import path


def test_drafts_that_never_come_true_are_counted() -> None:
    rows = table("speculation", "forced", "--model", str(path()), "--sequences", "1")
    assert [row["forced"] for row in rows] == [0.0, 0.25, 0.5, 0.75]
    assert (rows[0]["came true"], rows[0]["tokens a step"]) == (0.0, 1.0)
    assert rows[0]["drafted"] > 0


def test_every_kind_of_answer_of_the_bundled_model_has_a_row() -> None:
    rows = table("speculation", "house")
    assert [row["answers"] for row in rows] == ["over a passage", "changes of a text", "JSON"]
    assert all(row["number"] >= 2 and row["tokens"] > 0 and row["same tokens"] for row in rows)


@pytest.mark.parametrize("acceptance", [0.0, 0.5, 1.0])
def test_a_forced_text_repeats_itself_as_often_as_told(acceptance: float) -> None:
    text = forced_text(2000, acceptance)
    last: dict[tuple[int, ...], int] = {}
    right = []
    for end in range(4, len(text)):
        key = tuple(text[end - 4 : end])
        if end > 200 and key in last:
            right.append(last[key] == text[end])
        last[key] = text[end]
    assert np.mean(right) == pytest.approx(acceptance, abs=0.05)
