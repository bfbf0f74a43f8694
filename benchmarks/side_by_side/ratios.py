"""Medians, ranges, and ratios of what was measured side by side."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.side_by_side.results import Record, by_heat

Heats = Sequence[Mapping[str, Record]]
"""Records by peer, one mapping for each heat of one workload at one precision."""

Value = Callable[[Mapping[str, Record]], float | None]
"""A figure of one heat, or None where it has none."""


@dataclass(frozen=True)
class Spread:
    """The median, least and greatest of ``count`` values."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """None without values."""
        found = sorted(values)
        if not found:
            return None
        return cls(statistics.median(found), found[0], found[-1], len(found))


def grouped(records: Iterable[Record]) -> dict[tuple[str, str], Heats]:
    """Heats by workload and precision, of the last amount of work that each was measured with."""
    records = list(records)
    newest = {(record.workload, record.precision): record.work for record in records}
    groups: dict[tuple[str, str], list[Mapping[str, Record]]] = {}
    for heat in by_heat(records).values():
        first = next(iter(heat.values()))
        kind = first.workload, first.precision
        if first.work == newest[kind]:
            groups.setdefault(kind, []).append(heat)
    return {kind: tuple(found) for kind, found in groups.items()}


def of_peer(peer: str, metric: str) -> Value:
    """The figure of one peer."""

    def value(heat: Mapping[str, Record]) -> float | None:
        return heat[peer].metrics().get(metric) if peer in heat else None

    return value


def best_of(peers: Sequence[str], metric: str) -> Value:
    """The greatest figure among some peers."""

    def value(heat: Mapping[str, Record]) -> float | None:
        found = [v for peer in peers if (v := of_peer(peer, metric)(heat)) is not None]
        return max(found, default=None)

    return value


def spread(heats: Heats, value: Value) -> Spread | None:
    return Spread.of(v for heat in heats if (v := value(heat)) is not None)


def ratio(heats: Heats, ours: Value, theirs: Value) -> Spread | None:
    """Of the ratios within each heat that has both."""
    pairs = ((ours(heat), theirs(heat)) for heat in heats)
    return Spread.of(one / other for one, other in pairs if one is not None and other)


def lower_is_better(metric: str) -> bool:
    """Whether a figure is one to keep small: times and memory, by how they are named."""
    name = metric.rsplit("/", 1)[-1]
    return not name.endswith("tokens_s") and (name.endswith(("_s", "_mb")) or "_ms" in name)
