"""What a step costs besides the model: scheduling, sampling, bookkeeping.

    python -m benchmarks.step_overhead

The runner here computes nothing and hands out prepared logits, so the time of a step is the
engine's own: CPU time of its one thread, which other programs disturb less. Logits are drawn
so that the likeliest tokens stand out as a trained model's do (a few hundred tokens hold 90 %
of the mass); ``--flat`` makes them normal instead, where tens of thousands do: the sampler's
worst case.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence as Items

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import Slice
from understudy.engine.core import EngineCore
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams

STEPS = 100
CASES = {
    "greedy": SamplingParams(temperature=0.0, ignore_eos=True, seed=1),
    "temperature 0.8": SamplingParams(temperature=0.8, ignore_eos=True, seed=1),
    "temperature 0.8, top_p 0.9": SamplingParams(
        temperature=0.8, top_p=0.9, ignore_eos=True, seed=1
    ),
    "temperature 0.8, top_k 50": SamplingParams(temperature=0.8, top_k=50, ignore_eos=True, seed=1),
    "the same with penalties": SamplingParams(
        temperature=0.8, top_p=0.9, repetition_penalty=1.1, ignore_eos=True, seed=1
    ),
}


class PreparedRunner:
    """A ModelRunner that takes no time."""

    block_size = 32
    num_blocks = 1024
    context_length = 4096

    def __init__(self, logits: npt.NDArray[np.float32]) -> None:
        self.vocab_size = logits.shape[1]
        self._logits = logits

    def step(self, batch: Items[Slice]) -> npt.NDArray[np.float32]:
        return self._logits[: sum(part.logits for part in batch)]

    def close(self) -> None:
        pass


def prepared_logits(rows: int, vocab_size: int, *, flat: bool) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    if flat:
        return rng.standard_normal((rows, vocab_size), np.float32)
    # Zipf's law: the probability of the r-th likeliest token falls as r to the -1.5.
    ranks = np.stack([rng.permutation(vocab_size) for _ in range(rows)])
    return (-1.5 * np.log1p(ranks)).astype(np.float32)


def milliseconds_per_step(
    rows: int, vocab_size: int, sampling: SamplingParams, flat: bool
) -> float:
    core = EngineCore(PreparedRunner(prepared_logits(rows, vocab_size, flat=flat)), EngineOptions())
    for first in range(rows):
        prompt = [first + 1] * 128
        core.scheduler.add(Sequence(prompt, sampling, max_tokens=STEPS + 200))
    while any(s.remaining > 1 for s in core.scheduler.running) or core.scheduler.waiting:
        core.step()
    times = []
    for _ in range(STEPS):
        began = time.thread_time()
        core.step()
        times.append(time.thread_time() - began)
    return 1000 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the engine's own share of a step.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 16, 32])
    parser.add_argument("--vocab-size", type=int, default=128_256)
    parser.add_argument("--flat", action="store_true", help="nearly equal logits")
    options = parser.parse_args()
    print("milliseconds of CPU time per step, median of", STEPS)
    print(f"{'':28}", *(f"{rows:>4} rows" for rows in options.rows))
    for name, sampling in CASES.items():
        times = [
            milliseconds_per_step(rows, options.vocab_size, sampling, options.flat)
            for rows in options.rows
        ]
        print(f"{name:28}", *(f"{t:9.2f}" for t in times))


if __name__ == "__main__":
    main()
