"""Understudy beside its peers, on this machine.

python -m benchmarks.side_by_side prepare    make environments and convert weights: once, long
python -m benchmarks.side_by_side estimate   what a run would measure, and about how long it takes
python -m benchmarks.side_by_side run        measure what is missing; can be stopped and resumed
python -m benchmarks.side_by_side report     write tables and plots into docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import get_args

from benchmarks.peers import PEERS, weights
from benchmarks.peers.peer import Peer, Precision
from benchmarks.side_by_side import report, run
from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.heats import PRECISIONS, WORKLOADS, Heat, heats, remaining, work_of
from benchmarks.side_by_side.machine import ROOT
from benchmarks.side_by_side.process import Failed
from benchmarks.side_by_side.results import load
from understudy.engine.architecture import Architecture
from understudy.engine.runner import usable_cores

RESULTS = ROOT / "benchmarks" / ".work" / "side_by_side.jsonl"
QUICK_RESULTS = RESULTS.with_name("quick.jsonl")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
ROUNDS = 5
STEPS = 16

_say = partial(print, file=sys.stderr, flush=True)


def main() -> int:
    given = _parser().parse_args()
    try:
        return int(_do(given))
    except (ValueError, OSError, Failed) as exc:
        _say(f"error: {exc}")
        return 1


def _do(given: argparse.Namespace) -> int:
    results = given.results or (QUICK_RESULTS if given.quick else RESULTS)
    if given.action == "report":
        costs = _costs()
        report.write(given.document, load(results), costs)
        print(report.sections(load(results), costs))
        return 0
    peers = _chosen(given.only)
    works = {one: work_of(one, given.steps, given.threads, given.quick) for one in WORKLOADS}
    once = heats(given.workloads, given.precision, peers, works)
    bench = run.Bench(peers, results, weights.MODEL, weights.KEY, _say)
    if given.action == "prepare":
        return int(bool(run.prepare(bench, once, install=True)))
    run.check_machine(results)
    left = remaining(once, given.rounds, load(results))
    run.announce(left, results, _say)
    return 0 if given.action == "estimate" or not left else _run(bench, once, given)


def _run(bench: run.Bench, once: list[Heat], given: argparse.Namespace) -> int:
    """0 also where the time limit came first: the rest is for the next run."""
    wrong = run.prepare(bench, once, install=False)
    run.run(bench, once, given.rounds, wrong, 60 * given.limit_minutes)
    return 0


def _chosen(names: list[str] | None) -> Mapping[str, Peer]:
    unknown = [name for name in names or () if name not in PEERS]
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    return {name: peer for name, peer in PEERS.items() if not names or name in names}


def _costs() -> dict[str, Cost]:
    architecture = Architecture.from_config(weights.card().architecture, weights.MODEL)
    return {precision: Cost.of(architecture, precision) for precision in PRECISIONS}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.side_by_side",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["prepare", "estimate", "run", "report"])
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    parser.add_argument(
        "--precision", nargs="+", choices=get_args(Precision), help="default: what is usual"
    )
    parser.add_argument("--only", nargs="+", metavar="PEER", help="these engines, not all")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--steps", type=int, default=STEPS, help="decode steps that are timed")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--limit-minutes", type=float, default=float("inf"))
    parser.add_argument("--quick", action="store_true", help="see that it runs; no real figures")
    parser.add_argument("--results", type=Path, help=f"default: {RESULTS.relative_to(ROOT)}")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="where the report goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
