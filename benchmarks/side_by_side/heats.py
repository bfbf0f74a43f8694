"""What is left to measure, in which order, and about how long it takes.

A heat is one workload at one precision with every peer once, one process at a time. Figures are
compared within a heat only, because the machine changes from minute to minute; so a heat that was
interrupted is measured again as a whole, and the rounds done are the complete heats in the file.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from benchmarks.peers.drivers.measuring import PREFILL_ROUNDS
from benchmarks.peers.peer import Peer, Precision, Work
from benchmarks.side_by_side.http.workloads import HttpWork
from benchmarks.side_by_side.results import Record, by_heat

Workload = Literal["engine", "long", "http"]
WORKLOADS: tuple[Workload, ...] = get_args(Workload)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

PRECISIONS_OF: Mapping[Workload, tuple[Precision, ...]] = {
    "engine": PRECISIONS,
    "long": ("int4",),
    "http": ("int4", "bf16"),
}
"""What is measured unless precisions are named: prompts of 4k tokens take minutes, and only some
peers have a server."""

SERVED_BY_ANOTHER = frozenset({"llama.cpp-k"})
"""Another format of an engine whose server is measured already."""

_Points = tuple[tuple[tuple[int, int], ...], tuple[int, ...]]
_FULL: Mapping[str, _Points] = {
    "engine": (((1, 128), (8, 128), (16, 128), (32, 128)), (512, 2048)),
    "long": (((1, 4096), (8, 4096)), ()),
}
_QUICK: Mapping[str, _Points] = {
    "engine": (((1, 64), (4, 64)), (128,)),
    "long": (((1, 256),), ()),
}
_PREFILL_RATE = 300.0
_STEP_S = 0.1
_LOAD_S = 8.0
_LIMITS_S = 12.0
"""Guesses for what was never measured here: tokens and steps per second, seconds."""


def work_of(workload: Workload, steps: int, threads: int, quick: bool) -> Work | HttpWork:
    """How much one process measures."""
    if workload == "http":
        full = HttpWork()
        return full.quick() if quick else full
    decode, prefill = (_QUICK if quick else _FULL)[workload]
    return Work(decode, prefill, min(steps, 4) if quick else steps, threads)


@dataclass(frozen=True)
class Heat:
    """``peers`` in the order in which they run."""

    workload: Workload
    precision: Precision
    peers: tuple[str, ...]
    work: Work | HttpWork

    @property
    def work_json(self) -> str:
        return json.dumps(asdict(self.work))

    def complete(self, records: Mapping[str, Record]) -> bool:
        """Whether these records of one heat are a round of this one."""
        first = next(iter(records.values()))
        return (
            (first.workload, first.precision, first.work)
            == (self.workload, self.precision, self.work_json)
        ) and all(name in records for name in self.peers)

    def seconds(self, records: Iterable[Record]) -> float:
        """About how long it takes, by what its parts took before."""
        past: dict[str, list[float]] = {}
        for record in records:
            same = (record.workload, record.precision, record.work)
            if same == (self.workload, self.precision, self.work_json) and record.wall_s:
                past.setdefault(record.peer, []).append(record.wall_s)
        guess = guessed_seconds(self.work)
        known = [statistics.median(past[n]) if n in past else guess for n in self.peers]
        return _LIMITS_S + sum(known)


def guessed_seconds(work: Work | HttpWork) -> float:
    """What one peer may take, knowing nothing of it."""
    if isinstance(work, HttpWork):
        return _LOAD_S + work.seconds()
    prompts = sum(context for _, context in work.decode)
    prompts += sum(work.prefill[:1]) + PREFILL_ROUNDS * sum(work.prefill)
    return _LOAD_S + prompts / _PREFILL_RATE + work.steps * len(work.decode) * _STEP_S


def heats(
    workloads: Sequence[Workload],
    precisions: Sequence[Precision] | None,
    peers: Mapping[str, Peer],
    works: Mapping[Workload, Work | HttpWork],
) -> list[Heat]:
    """One round: a heat for every workload and precision that at least one peer can do."""
    found = []
    for workload in workloads:
        for precision in precisions or PRECISIONS_OF[workload]:
            names = tuple(
                name for name, peer in peers.items() if _takes_part(peer, workload, precision)
            )
            if names:
                found.append(Heat(workload, precision, names, works[workload]))
    return found


def remaining(once: Sequence[Heat], rounds: int, records: Iterable[Record]) -> list[Heat]:
    """What ``rounds`` rounds still lack, round after round, so that an early end leaves every
    heat with about as many. Each round begins with another peer."""
    done = dict.fromkeys(once, 0)
    for measured in by_heat(records).values():
        for heat in once:
            done[heat] += heat.complete(measured)
    return [
        replace(heat, peers=rotated(heat.peers, number))
        for number in range(rounds)
        for heat in once
        if number >= done[heat]
    ]


def rotated(names: tuple[str, ...], by: int) -> tuple[str, ...]:
    start = by % len(names)
    return names[start:] + names[:start]


def _takes_part(peer: Peer, workload: Workload, precision: Precision) -> bool:
    if precision not in peer.precisions:
        return False
    if workload == "http" and peer.name in SERVED_BY_ANOTHER:
        return False
    return workload != "http" or peer.serve(precision, 1, 1, 1) is not None
