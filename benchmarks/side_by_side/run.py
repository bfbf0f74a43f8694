"""Measuring what is left, heat by heat, into the file of results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.peers.peer import Peer, PeerUnavailable, Precision, Work
from benchmarks.side_by_side import machine
from benchmarks.side_by_side.heats import Heat, guessed_seconds, remaining
from benchmarks.side_by_side.http import server
from benchmarks.side_by_side.http.workloads import HttpWork
from benchmarks.side_by_side.process import Failed, figures_of
from benchmarks.side_by_side.results import LIMITS, Record, append, load

_PATIENCE = 6.0
"""How many times longer than guessed a process may take."""

_LEAST_S = 300.0
_LIMITS = [sys.executable, "-m", "benchmarks.side_by_side.limits"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """Everything a run needs besides its plan. ``model`` and ``key`` are what servers go by."""

    peers: Mapping[str, Peer]
    results: Path
    model: str
    key: str
    say: Say


def check_machine(results: Path) -> None:
    """Raise ValueError where the file holds another machine's figures."""
    for record in load(results):
        if not machine.same_machine(record.machine, machine.describe()):
            raise ValueError(
                f"{results} holds figures of another machine "
                f"({record.machine.get('processor')}); name another file with --results"
            )


def announce(left: Sequence[Heat], results: Path, say: Say) -> float:
    """Say what is to be measured and about how long it takes; the seconds."""
    records = load(results)
    total = 0.0
    for heat in dict.fromkeys((one.workload, one.precision) for one in left):
        same = [one for one in left if (one.workload, one.precision) == heat]
        seconds = sum(one.seconds(records) for one in same)
        total += seconds
        names = ", ".join(sorted(same[0].peers))
        say(f"{heat[0]} {heat[1]}: {len(same)} rounds of {names}: about {seconds / 60:.0f} min")
    say(f"in all about {total / 60:.0f} min")
    return total


def prepare(bench: Bench, once: Sequence[Heat], *, install: bool) -> dict[tuple[str, str], str]:
    """Convert the weights of every peer and precision, with ``install`` make environments first.

    Returns why, by peer and precision, one cannot be measured.
    """
    wrong: dict[tuple[str, str], str] = {}
    wanted = {(name, heat.precision) for heat in once for name in heat.peers}
    for name in bench.peers:
        precisions: list[Precision] = sorted(p for n, p in wanted if n == name)
        if not precisions:
            continue
        reason = _problem(bench.peers[name].install) if install else None
        for precision in precisions:
            bench.say(f"preparing {name} {precision}")
            why = reason or _problem(partial(bench.peers[name].prepare, precision))
            if why:
                wrong[name, precision] = why
                bench.say(f"{name} {precision} is not to be had: {why}")
    return wrong


def run(
    bench: Bench,
    once: Sequence[Heat],
    rounds: int,
    wrong: Mapping[tuple[str, str], str],
    limit_s: float,
) -> bool:
    """Measure until every heat has its rounds; False where the next would pass ``limit_s``."""
    deadline = time.monotonic() + limit_s
    for heat in remaining(once, rounds, load(bench.results)):
        needed = heat.seconds(load(bench.results))
        if time.monotonic() + needed > deadline:
            bench.say(f"stopped: {heat.workload} {heat.precision} needs about {needed:.0f} s")
            return False
        _measure_heat(bench, heat, wrong)
    return True


def _measure_heat(bench: Bench, heat: Heat, wrong: Mapping[tuple[str, str], str]) -> None:
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    name = f"{heat.workload}/{heat.precision}/{began}"
    threads = heat.work.threads if isinstance(heat.work, Work) else 0
    arguments = ["--threads", str(threads)] if threads else []
    _measure(bench, heat, name, LIMITS, lambda: figures_of(_LIMITS + arguments, _LEAST_S))
    for peer in heat.peers:
        reason = wrong.get((peer, heat.precision))
        reads = 0.0 if reason else _reads(arguments)
        _measure(bench, heat, name, peer, _task(bench, heat, peer, reason), reads)


def _task(bench: Bench, heat: Heat, name: str, reason: str | None) -> Callable[[], dict[str, Any]]:
    """What measures one peer."""
    peer, work = bench.peers[name], heat.work

    def measured() -> dict[str, Any]:
        if reason:
            raise Failed(reason)
        if isinstance(work, HttpWork):
            return server.measure(
                lambda port: peer.serve(heat.precision, port, work.parallel, work.context) or [],
                work,
                bench.model,
                bench.key,
            )
        patience = max(_LEAST_S, _PATIENCE * guessed_seconds(work))
        return figures_of(peer.measure(heat.precision, work), patience)

    return measured


def _measure(
    bench: Bench,
    heat: Heat,
    name: str,
    peer: str,
    task: Callable[[], dict[str, Any]],
    read_gb_s: float = 0.0,
) -> None:
    """Do the task and add its line, whatever becomes of it."""
    figures: dict[str, Any] = {}
    error = ""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with machine.watch() as seen:
        try:
            figures = task()
        except Failed as exc:
            error = str(exc)
    record = Record(
        heat=name,
        workload=heat.workload,
        precision=heat.precision,
        peer=peer,
        at=at,
        work=heat.work_json,
        machine=machine.describe(),
        wall_s=seen.wall_s,
        load_average=seen.load_average,
        others_cores=seen.others_cores,
        read_gb_s=read_gb_s,
        format="" if peer == LIMITS else bench.peers[peer].format(heat.precision),
        figures=figures,
        error=error,
    )
    append(bench.results, record)
    bench.say(
        f"{heat.workload} {heat.precision} {peer}: {error or 'measured'} "
        f"({seen.wall_s:.0f} s, others used {seen.others_cores:.1f} cores)"
    )


def _reads(arguments: Sequence[str]) -> float:
    return float(figures_of([*_LIMITS, "--reads", *arguments], _LEAST_S)["read_gb_s"])


def _problem(step: Callable[[], None]) -> str | None:
    try:
        step()
    except PeerUnavailable as exc:
        return str(exc)
    return None
