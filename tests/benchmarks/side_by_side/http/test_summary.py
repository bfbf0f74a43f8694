"""Figures of answers, counted by hand."""

from __future__ import annotations

import pytest

from benchmarks.side_by_side.http.client import Answer
from benchmarks.side_by_side.http.summary import constrained, fits, summary, together, turns

GOOD = '{"name": "x", "colour": "red", "sizes": [1, 2], "sold": true}'


def answered(sent: float, *times: float, turn: int = 0, **more: object) -> Answer:
    return Answer(0, turn, sent, times=times, tokens=len(times), **more)  # type: ignore[arg-type]


def test_rates_run_from_the_first_request_to_the_last_token() -> None:
    found = summary([answered(0.0, 1.0, 2.0), answered(1.0, 2.0, 4.0), Answer(0, 0, 0, error="x")])
    assert found["tokens_s"] == pytest.approx(1.0)
    assert found["first_ms_p50"] == pytest.approx(1000)
    assert found["gap_ms_p50"] == pytest.approx(1500)
    assert found["failed"] == 1


def test_nothing_whole_has_no_rate() -> None:
    assert summary([Answer(0, 0, 0.0, error="refused")]) == {"failed": 1}


def test_decoding_together_counts_while_all_send() -> None:
    found = together([answered(0.0, 1.0, 2.0, 3.0, 4.0), answered(0.0, 2.0, 3.0, 4.0, 5.0)])
    assert found["decode_tokens_s"] == pytest.approx(2.0)


def test_later_turns_are_told_from_the_first() -> None:
    found = turns(
        [
            answered(0.0, 4.0, prompt_tokens=10),
            answered(5.0, 6.0, turn=1, prompt_tokens=20, cached_tokens=15),
        ]
    )
    assert found["opening_first_ms_p50"] == pytest.approx(4000)
    assert found["later_first_ms_p50"] == pytest.approx(1000)
    assert found["later_cached_share"] == pytest.approx(0.75)


def test_only_finished_answers_are_held_to_the_schema() -> None:
    found = constrained(
        [
            answered(0.0, 1.0, text=GOOD, finish="stop"),
            answered(0.0, 1.0, text="nonsense", finish="stop"),
            answered(0.0, 1.0, text='{"na', finish="length"),
        ]
    )
    assert (found["finished"], found["valid_share"]) == (2, 0.5)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (GOOD, True),
        (GOOD.replace("red", "grey"), False),
        (GOOD.replace("1, 2", "1"), False),
        (GOOD.replace("true", "1"), False),
        ("[]", False),
    ],
)
def test_the_schema_is_checked(text: str, good: bool) -> None:
    assert fits(text) == good
