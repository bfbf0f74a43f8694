"""What LoRA adapters cost: four of them mixed in a batch of eight.

    python -m benchmarks.adapters [--precision int4]

Adapters change all seven linear layers of every decoder layer, two sequences of the batch use each.
Beside them, in turns within each round: the same graph with no adapter in the batch, and the graph
that takes none at all. Ratios are medians of those within a round. The demand: four of rank 4 keep
88 % of the LoRA graph's own rate without adapters, four of rank 16 keep 75 %.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence as Items
from contextlib import ExitStack
from typing import Any

import numpy as np

from benchmarks.subject import Subject, arguments, show, subject
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.lora import adaptable
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams

BATCH = 8
ADAPTERS = 4
RANKS = {4: 0.88, 16: 0.75}
"""By rank, the share of the rate that must be kept."""

_SETTLE = 3
"""Steps before those that are timed: stacking what changed is paid once."""

_GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)


def random_adapter(architecture: Architecture, rank: int, seed: int) -> Adapter:
    """Small noise on every layer that can be adapted."""
    rng = np.random.default_rng(seed)
    matrices = {}
    for layer, (outputs, inputs) in adaptable(architecture):
        a = rng.standard_normal((rank, inputs), np.float32) * np.float32(0.01)
        b = rng.standard_normal((outputs, rank), np.float32) * np.float32(0.01)
        matrices[layer] = (a, b)
    return Adapter(rank, matrices)


def names(rank: int) -> list[str]:
    return [f"rank {rank}, {number}" for number in range(ADAPTERS)]


class Batch:
    """Eight sequences that decode for as long as they are asked to."""

    def __init__(self, runner: OpenVinoRunner, keys: Items[str | None], prompt: int) -> None:
        rng = np.random.default_rng(0)
        self._core = EngineCore(runner, EngineOptions(max_batch=BATCH, draft_rows=0))
        limit = runner.context_length
        self._sequences = []
        for number in range(BATCH):
            tokens = rng.integers(0, runner.vocab_size, prompt).tolist()
            job = Job(tokens, _GREEDY, limit - prompt, adapter=keys[number % len(keys)])
            self._sequences.append(Sequence(job))
            self._core.add(self._sequences[-1])
        while any(sequence.output_length == 0 for sequence in self._sequences):
            self._core.step()

    def rate(self, steps: int) -> float:
        """Tokens per second of all."""
        for _ in range(_SETTLE):
            self._core.step()
        began = time.perf_counter()
        for _ in range(steps):
            self._core.step()
        return BATCH * steps / (time.perf_counter() - began)


def measure(model: Subject, rounds: int, steps: int, prompt: int) -> list[dict[str, Any]]:
    """A row for each case: the median rate, and medians of its ratios to the two graphs."""
    tokens = BATCH * (prompt + steps + _SETTLE + 64)
    cases: dict[str, tuple[OpenVinoRunner, list[str | None]]] = {}
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        plain = stack.enter_context(model.runner(tokens))
        lora = stack.enter_context(model.runner(tokens, adapters=True))
        cases["plain graph"] = plain, [None]
        cases["LoRA graph, no adapter"] = lora, [None]
        for rank in RANKS:
            for seed, key in enumerate(names(rank)):
                lora.load_adapter(key, random_adapter(model.architecture, rank, seed))
            cases[f"four of rank {rank}"] = lora, list(names(rank))
        for _ in range(rounds):
            for name, (runner, keys) in cases.items():
                rates.setdefault(name, []).append(Batch(runner, keys, prompt).rate(steps))
    return [_row(name, rates) for name in cases]


def _row(name: str, rates: dict[str, list[float]]) -> dict[str, Any]:
    def against(other: str) -> float:
        pairs = zip(rates[name], rates[other], strict=True)
        return statistics.median(one / two for one, two in pairs)

    kept = against("LoRA graph, no adapter")
    wanted = next((share for rank, share in RANKS.items() if name.endswith(f"k {rank}")), None)
    return {
        "batch of 8": name,
        "tokens/s": statistics.median(rates[name]),
        "of the LoRA graph without any": kept,
        "of the plain graph": against("plain graph"),
        "demand": "-" if wanted is None else f"{wanted}: {'met' if kept >= wanted else 'missed'}",
    }


def main() -> int:
    parser = arguments(__doc__ or "", rounds=5)
    parser.add_argument("--precision", choices=["int4", "int8", "bf16"], default="int4")
    parser.add_argument("--steps", type=int, default=24)
    given = parser.parse_args()
    with subject(given.model, given.precision) as model:
        rounds, steps, prompt = (1, 2, 16) if given.quick else (given.rounds, given.steps, 128)
        show(measure(model, rounds, steps, prompt))
    return 0


if __name__ == "__main__":
    sys.exit(main())
