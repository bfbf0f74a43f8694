"""Markdown tables from figures: what was measured, as ratios to ours, as shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.floors import OURS, Verdict
from benchmarks.side_by_side.ratios import Heats, Spread, lower_is_better, of_peer, ratio, spread
from benchmarks.side_by_side.results import LIMITS, Record
from benchmarks.side_by_side.shares import share_of_peak, share_of_reads

NOTHING = "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def peers_of(heats: Heats) -> list[str]:
    """Every peer that has a line, ours first."""
    names = dict.fromkeys(name for heat in heats for name in heat if name != LIMITS)
    return sorted(names, key=lambda name: (name != OURS, name))


def metrics_of(heats: Heats, prefix: str = "") -> list[str]:
    """Every metric under ``prefix`` that any peer has, as first met."""
    return list(
        dict.fromkeys(
            metric
            for heat in heats
            for name, record in heat.items()
            if name != LIMITS
            for metric in record.metrics()
            if metric.startswith(prefix)
        )
    )


def figures(heats: Heats, metrics: Sequence[str]) -> str:
    """A row for each peer: medians with their ranges."""
    rows = []
    for peer in peers_of(heats):
        cells = [ranged(spread(heats, of_peer(peer, metric))) for metric in metrics]
        rows.append([peer, _format(heats, peer), *cells])
    return table(["engine", "format", *(title(metric) for metric in metrics)], rows)


def ratios(heats: Heats, metrics: Sequence[str]) -> str:
    """A row for each other peer: ours over theirs, within each round."""
    rows = [
        [peer, *(_against(heats, peer, metric) for metric in metrics)]
        for peer in peers_of(heats)
        if peer != OURS
    ]
    return table(["ours over", *(title(metric) for metric in metrics)], rows)


def shares(heats: Heats, metrics: Sequence[str], cost: Cost) -> str:
    """A row for each peer: per cent of the reads, and of the matrix peak, beside it."""

    def cell(peer: str, metric: str) -> str:
        peak = percent(spread(heats, share_of_peak(peer, metric, cost)))
        if metric.startswith("prefill/"):
            return peak
        return f"{percent(spread(heats, share_of_reads(peer, metric, cost)))}, {peak}"

    rows = [[peer, *(cell(peer, metric) for metric in metrics)] for peer in peers_of(heats)]
    return table(["engine", *(title(metric) for metric in metrics)], rows)


def verdict_table(verdicts: Sequence[Verdict]) -> str:
    rows = []
    for one in verdicts:
        asked = one.demand
        floor = NOTHING if asked.floor is None else f"{asked.floor:g}: {one.floor}"
        target = f"{asked.target:g}: {one.target}"
        rows.append(
            [asked.what, asked.precision, title(asked.metric), ranged(one.found, 2), floor, target]
        )
    head = ["against", "weights", "figure", "median (range)", "floor", "target"]
    return table(head, rows)


def limits_table(groups: Mapping[tuple[str, str], Heats]) -> str:
    """The machine's limits over all rounds."""
    heats = [heat for found in groups.values() for heat in found]
    reads = Spread.of(
        record.read_gb_s for heat in heats for record in heat.values() if record.read_gb_s
    )
    rows = [["reads, GB/s", ranged(reads)]]
    names = dict.fromkeys(m for heat in heats if LIMITS in heat for m in heat[LIMITS].metrics())
    for metric in (name for name in names if name.startswith("peak_tflop_s/")):
        found = spread(heats, of_peer(LIMITS, metric))
        rows.append([f"{metric.split('/')[1]} products, 10^12 operations/s", ranged(found, 2)])
    return table(["limit", "median (range)"], rows)


def failures(groups: Mapping[tuple[str, str], Heats]) -> str:
    """What could not be measured, and why; once for each reason."""
    found: dict[tuple[str, str, str, str], int] = {}
    for (workload, precision), heats in groups.items():
        for record in (record for heat in heats for record in heat.values()):
            if record.error:
                key = workload, precision, record.peer, _line(record.error)
                found[key] = found.get(key, 0) + 1
    if not found:
        return ""
    rows = [[*key, str(count)] for key, count in found.items()]
    return table(["workload", "weights", "engine", "why", "times"], rows)


def title(metric: str) -> str:
    """What a column is called."""
    kind, _, rest = metric.partition("/")
    match kind:
        case "decode":
            sequences, context = rest.split("@")
            return f"{sequences} at once" + ("" if context == "128" else f", {context} context")
        case "prefill":
            return f"prefill {rest}"
    return metric.replace("_", " ").replace("/", ": ")


def ranged(found: Spread | None, digits: int | None = None) -> str:
    """The median and the range. Digits default to what the size wants."""
    if found is None:
        return NOTHING
    if digits is None:
        digits = 0 if abs(found.median) >= 100 else 1 if abs(found.median) >= 10 else 2
    show: Callable[[float], str] = lambda value: f"{value:,.{digits}f}"  # noqa: E731
    if found.count == 1:
        return show(found.median)
    return f"{show(found.median)} ({show(found.low)} to {show(found.high)})"


def percent(found: Spread | None) -> str:
    return NOTHING if found is None else f"{100 * found.median:.0f} %"


def _against(heats: Heats, peer: str, metric: str) -> str:
    found = ratio(heats, of_peer(OURS, metric), of_peer(peer, metric))
    if found is None:
        return NOTHING
    worse = found.median > 1 if lower_is_better(metric) else found.median < 1
    return ranged(found, 2) + (" behind" if worse else "")


def _format(heats: Heats, peer: str) -> str:
    records: list[Record] = [heat[peer] for heat in heats if peer in heat]
    return next((record.format for record in records if record.format), NOTHING)


def _line(error: str) -> str:
    """The last line that says something, safe in a table."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    head, last = lines[0].split(";")[0], lines[-1]
    text = last if last.startswith(head) else f"{head}: {last}"
    return text.replace("|", "/")[:200]
