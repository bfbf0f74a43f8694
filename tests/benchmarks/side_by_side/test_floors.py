"""A floor is met or missed by the median of what was measured side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.floors import Verdict, verdicts
from benchmarks.side_by_side.ratios import Spread, grouped
from benchmarks.side_by_side.results import LIMITS, Record
from tests.benchmarks.side_by_side.scripted import peaks, rates, record

COST = Cost(weight_bytes=10**9, kv_bytes=0, token_flop=10**9, head_flop=0, attention_flop=0)
COSTS = dict.fromkeys(("int4", "int8", "bf16"), COST)


def found(records: Sequence[Record]) -> dict[tuple[str, str], Verdict]:
    return {
        (one.demand.what, one.demand.metric): one
        for one in verdicts(grouped(records), COSTS)
        if one.demand.precision == "int4"
    }


def test_llama_cpp_is_held_against_by_its_better_format() -> None:
    records = [
        record("one", "understudy", rates(10.0, 180.0, 400.0)),
        record("one", "llama.cpp", rates(10.0, 100.0, 150.0)),
        record("one", "llama.cpp-k", rates(20.0, 60.0, 250.0)),
    ]
    best = found(records)
    decode = best["llama.cpp's best 4-bit", "decode/8@128"]
    assert decode.found
    assert decode.found.median == pytest.approx(1.8)
    assert (decode.floor, decode.target) == ("met", "missed")
    prefill = best["llama.cpp's best 4-bit", "prefill/512"]
    assert (prefill.floor, prefill.target) == ("missed", "missed")
    alone = best["the best peer, one sequence", "decode/1@128"]
    assert alone.floor == "missed"


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    verdict = found([record("one", "understudy", rates(1.0))])[
        "OpenVINO GenAI, our properties", "decode/8@128"
    ]
    assert (verdict.floor, verdict.target) == ("not measured", "not measured")


def test_limits_are_those_of_the_same_round() -> None:
    records = [
        record("one", LIMITS, peaks(0.5)),
        record("one", "understudy", rates(8.0, 0.0, 475.0), read_gb_s=10.0),
        record("two", LIMITS, peaks(1.0)),
        record("two", "understudy", rates(32.0, 0.0, 950.0), read_gb_s=40.0),
    ]
    best = found(records)
    reads = best["the read bandwidth", "decode/1@128"]
    assert reads.found == Spread(0.8, 0.8, 0.8, 2)
    assert reads.target == "met"
    peak = best["the int8 peak", "prefill/512"]
    assert peak.found
    assert peak.found.median == pytest.approx(0.95)
    assert peak.target == "met"
    assert reads.floor == "none"
