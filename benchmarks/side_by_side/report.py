"""The page of results: written between two marks of a document, from the file of results alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.side_by_side import tables
from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.floors import verdicts
from benchmarks.side_by_side.plots import Chart, svg
from benchmarks.side_by_side.ratios import Heats, Spread, grouped, of_peer, spread
from benchmarks.side_by_side.results import Record

BEGIN = "<!-- side by side: begin -->"
END = "<!-- side by side: end -->"
_COMMAND = "python -m benchmarks.side_by_side"
_MEMORY = ("load_s", "rss_mb", "steady_mb")
_HTTP = ("tokens_s", "first_ms_p50", "first_ms_p95", "gap_ms_p50", "gap_ms_p95", "failed")
_COUNTS = ("failed", "finished", "share")
_SERVER = ("start_up_s", "started_mb", "steady_mb", "peak_mb")


def sections(records: Sequence[Record], costs: Mapping[str, Cost]) -> str:
    """Markdown of everything in the records. Links plots by ``plot_names``."""
    groups = grouped(records)
    parts = [_conditions(records, groups), _verdicts(groups, costs)]
    for (workload, precision), heats in sorted(groups.items()):
        if workload == "http":
            parts.append(_served(precision, heats))
        else:
            parts.append(_engine(workload, precision, heats, costs[precision]))
    failed = tables.failures(groups)
    if failed:
        parts.append(f"### What could not be measured\n\n{failed}")
    return "\n\n".join(parts) + "\n"


def plots(records: Sequence[Record]) -> dict[str, str]:
    """SVG text by file name."""
    found = {}
    for (workload, precision), heats in grouped(records).items():
        if workload == "http":
            continue
        metrics = _rates(heats)
        bars: dict[tuple[str, str], Spread] = {}
        for peer in tables.peers_of(heats):
            for metric in metrics:
                value = spread(heats, of_peer(peer, metric))
                if value is not None:
                    bars[peer, tables.title(metric)] = value
        title = f"Llama-3.2-1B {precision}: tokens per second, medians and ranges"
        names = [tables.title(metric) for metric in metrics]
        chart = Chart(title, names, tables.peers_of(heats), bars)
        found[_plot_name(workload, precision)] = svg(chart)
    return found


def replace_between(text: str, new: str) -> str:
    """``text`` with ``new`` between the marks. Raises ValueError where they are not there once,
    in order."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise ValueError(f"the document needs one line {BEGIN} and, after it, one line {END}")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n\n{new}\n{END}{after}"


def write(document: Path, records: Sequence[Record], costs: Mapping[str, Cost]) -> None:
    """Write the document's section, and the plots into ``plots/`` beside it."""
    if not records:
        raise ValueError("there are no results yet")
    text = replace_between(document.read_text(encoding="utf-8"), sections(records, costs))
    folder = document.parent / "plots"
    folder.mkdir(exist_ok=True)
    for name, drawn in plots(records).items():
        (folder / name).write_text(drawn, encoding="utf-8")
    document.write_text(text, encoding="utf-8")


def _conditions(records: Sequence[Record], groups: Mapping[tuple[str, str], Heats]) -> str:
    machine = records[-1].machine
    commits = ", ".join(sorted({record.machine.get("commit", "?") for record in records}))
    load = Spread.of(record.load_average for record in records)
    others = Spread.of(record.others_cores for record in records)
    rounds = ", ".join(
        f"{len(heats)} of {workload} {precision}"
        for (workload, precision), heats in sorted(groups.items())
    )
    return "\n\n".join(
        [
            f"Taken {records[0].at} to {records[-1].at} on {machine.get('cores')} cores of "
            f"{machine.get('processor')}, {machine.get('memory_gb')} GiB, "
            f"{machine.get('system')}; OpenVINO {machine.get('openvino')}; commits {commits}. "
            f"{_versions(records)}Rounds: {rounds}. "
            f"Load average before each process: {tables.ranged(load, 2)}; "
            f"cores busy with others' work meanwhile: {tables.ranged(others, 2)}.",
            "The same random weights of the whole architecture for everyone, one process at a "
            "time, another engine first in each round. Figures are medians with their range. "
            "Ratios are taken within each round: ours over theirs; more than 1 is more tokens, or "
            'more time or memory, and "behind" marks where that is to our disadvantage.',
            tables.limits_table(groups),
        ]
    )


def _versions(records: Sequence[Record]) -> str:
    """What the engines say that they are."""
    found = {one.peer: str(one.figures["version"]) for one in records if "version" in one.figures}
    named = ", ".join(f"{peer} {version}" for peer, version in sorted(found.items()))
    return f"Engines: {named}. " if named else ""


def _verdicts(groups: Mapping[tuple[str, str], Heats], costs: Mapping[str, Cost]) -> str:
    measured = {precision for workload, precision in groups if workload == "engine"}
    found = [one for one in verdicts(groups, costs) if one.demand.precision in measured]
    if not found:
        return "### Floors and targets\n\nNothing was measured that they are about."
    floors, targets = [one.floor for one in found], [one.target for one in found]
    head = (
        f"Floors: {floors.count('met')} met, {floors.count('missed')} missed. "
        f"Targets: {targets.count('met')} met, {targets.count('missed')} missed."
    )
    return f"### Floors and targets\n\n{head}\n\n{tables.verdict_table(found)}"


def _engine(workload: str, precision: str, heats: Heats, cost: Cost) -> str:
    name = "with 4k tokens of context" if workload == "long" else "the engine alone"
    metrics = _rates(heats)
    memory = [metric for metric in _MEMORY if metric in tables.metrics_of(heats)]
    return "\n\n".join(
        [
            f"### {precision}, {name}",
            f"`{_COMMAND} run --workloads {workload} --precision {precision}`, tokens per second.",
            f"![{precision}, {name}](plots/{_plot_name(workload, precision)})",
            tables.figures(heats, metrics),
            tables.ratios(heats, metrics),
            "As shares of the read bandwidth (decoding: first figure) and of the matrix peak, "
            f"counting {cost.weight_bytes / 1e9:.2f} GB of weights a step for every engine:",
            tables.shares(heats, metrics, cost),
            "Loading (seconds) and memory (MiB: at most, and after the last step):",
            tables.figures(heats, memory),
        ]
    )


def _served(precision: str, heats: Heats) -> str:
    found = tables.metrics_of(heats)
    kinds = dict.fromkeys(metric.split("/")[0] for metric in found if "/" in metric)
    parts = [
        f"### {precision}, over HTTP",
        f"`{_COMMAND} run --workloads http --precision {precision}`. "
        "Rates are requests per second at random times; a gap is the time between two events of a "
        "stream. Times in milliseconds, start-up (to a first token) in seconds, memory in MiB.",
        tables.figures(heats, [metric for metric in _SERVER if metric in found]),
    ]
    for kind in kinds:
        own = [metric for metric in found if metric.startswith(f"{kind}/")]
        usual = [f"{kind}/{name}" for name in _HTTP if f"{kind}/{name}" in own]
        metrics = usual + [metric for metric in own if metric not in usual]
        parts += [f"**{kind}**", _short(tables.figures(heats, metrics), kind)]
        compared = [metric for metric in metrics if not metric.endswith(_COUNTS)]
        parts.append(_short(tables.ratios(heats, compared), kind))
    return "\n\n".join(parts)


def _short(table: str, kind: str) -> str:
    """Column names without the kind that stands above the table."""
    return table.replace(f"{kind}: ", "")


def _rates(heats: Heats) -> list[str]:
    return tables.metrics_of(heats, "decode/") + tables.metrics_of(heats, "prefill/")


def _plot_name(workload: str, precision: str) -> str:
    return f"{workload}-{precision}.svg"
