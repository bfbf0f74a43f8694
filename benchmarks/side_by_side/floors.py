"""What must hold, and what is aimed at, and whether the figures say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.side_by_side.cost import Cost
from benchmarks.side_by_side.ratios import Heats, Spread, Value, best_of, of_peer, ratio, spread
from benchmarks.side_by_side.results import LIMITS
from benchmarks.side_by_side.shares import share_of_peak, share_of_reads

OURS = "understudy"
LLAMA_CPP = ("llama.cpp", "llama.cpp-k")
GENAI = "genai-ours"
BATCHES = ("decode/8@128", "decode/16@128", "decode/32@128")
ALONE = "decode/1@128"
PREFILL = ("prefill/512", "prefill/2048")


@dataclass(frozen=True)
class Demand:
    """``floor`` must hold (None: nothing must), ``target`` is aimed at."""

    what: str
    precision: str
    metric: str
    floor: float | None
    target: float


@dataclass(frozen=True)
class Verdict:
    """``found`` is None where nothing was measured."""

    demand: Demand
    found: Spread | None

    @property
    def floor(self) -> str:
        return _said(self.found, self.demand.floor)

    @property
    def target(self) -> str:
        return _said(self.found, self.demand.target)


def verdicts(groups: Mapping[tuple[str, str], Heats], costs: Mapping[str, Cost]) -> list[Verdict]:
    """Every demand on the engine, with the median of paired ratios (or shares) that answers it."""
    found = []
    for precision in ("int4", "int8", "bf16"):
        heats = groups.get(("engine", precision), ())
        for demand, value in _against_peers(precision, heats):
            found.append(Verdict(demand, _paired(heats, demand.metric, value)))
        for demand, share in _against_machine(precision, costs[precision]):
            found.append(Verdict(demand, spread(heats, share)))
    return found


def _against_peers(precision: str, heats: Heats) -> Iterable[tuple[Demand, Value]]:
    def demands(
        what: str, metrics: Sequence[str], floor: float | None, target: float, peers: Sequence[str]
    ) -> Iterable[tuple[Demand, Value]]:
        for metric in metrics:
            yield Demand(what, precision, metric, floor, target), best_of(peers, metric)

    if precision == "int4":
        yield from demands("llama.cpp's best 4-bit", BATCHES, 1.7, 1.9, LLAMA_CPP)
        yield from demands("llama.cpp's best 4-bit", PREFILL, 2.0, 2.3, LLAMA_CPP)
    name = "OpenVINO GenAI, our properties"
    yield from demands(name, (*BATCHES, *PREFILL), 0.95, 1.0, (GENAI,))
    others = sorted({peer for heat in heats for peer in heat} - {OURS, LIMITS})
    yield from demands("the best peer, one sequence", (ALONE,), 0.9, 1.0, others)
    if precision == "bf16":
        yield from demands("vLLM", (ALONE, *BATCHES, *PREFILL), None, 1.0, ("vllm",))


def _against_machine(precision: str, cost: Cost) -> Iterable[tuple[Demand, Value]]:
    reads = Demand("the read bandwidth", precision, ALONE, None, 0.8)
    yield reads, share_of_reads(OURS, ALONE, cost)
    for metric in PREFILL if precision != "bf16" else ():
        peak = Demand("the int8 peak", precision, metric, None, 0.9)
        yield peak, share_of_peak(OURS, metric, cost)


def _paired(heats: Heats, metric: str, theirs: Value) -> Spread | None:
    return ratio(heats, of_peer(OURS, metric), theirs)


def _said(found: Spread | None, wanted: float | None) -> str:
    if wanted is None:
        return "none"
    if found is None:
        return "not measured"
    return "met" if found.median >= wanted else "missed"
