"""Measure Understudy's engine: scheduler, graph and sampler, in the process they run in.

    python -m benchmarks.peers.drivers.run_understudy FOLDER PACKED WORK

The same cases in the same way as for the peers. Drafts are off: there is no text here to look
them up in.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Any

import understudy
from benchmarks.peers.drivers.measuring import SPARE, measure, read_work, tokens
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.engine.sequence import Sequence
from understudy.models.checkpoint import read_architecture
from understudy.request import SamplingParams

GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)


class Bench:
    def __init__(self, folder: Path, packed: Path, work: dict[str, Any]) -> None:
        self.steps: int = work["steps"]
        size = OpenVinoRunner.block_size
        spans = [(n, length + self.steps + SPARE) for n, length in work["decode"]]
        spans += [(1, length + 1) for length in work["prefill"]]
        blocks = max(n * (-(-length // size) + 2) for n, length in spans) + 8
        context = max(length for _, length in spans) + size
        options = RunnerOptions(blocks, work["threads"], context_length=context)
        began = time.perf_counter()
        self.runner = OpenVinoRunner(packed, read_architecture(folder), options)
        self.runner.warm()
        self.load_s = time.perf_counter() - began
        self.asked = 0

    def core(self, count: int) -> EngineCore:
        step = EngineOptions().step_tokens
        return EngineCore(
            self.runner, EngineOptions(max_batch=count, prefill_chunk=step, draft_rows=0)
        )

    def add(self, core: EngineCore, prompt: list[int], limit: int) -> Sequence:
        sequence = Sequence(Job(prompt, GREEDY, limit))
        core.add(sequence)
        return sequence

    def prefill(self, length: int) -> float:
        self.asked += 1
        core = self.core(1)
        sequence = self.add(core, tokens(length, self.runner.vocab_size, 1000 + self.asked), 1)
        began = time.perf_counter()
        start(core, [sequence])
        return length / (time.perf_counter() - began)

    def decode(self, count: int, context: int) -> float:
        core, prompt = self.core(count), tokens(context, self.runner.vocab_size, context)
        start(core, [self.add(core, prompt, 1)])
        sequences = [self.add(core, prompt, self.steps + SPARE) for _ in range(count)]
        start(core, sequences)
        core.step()
        before = core.output_tokens
        began = time.perf_counter()
        for _ in range(self.steps):
            core.step()
        elapsed = time.perf_counter() - began
        if core.output_tokens - before != count * self.steps:
            raise SystemExit("sequences ended while they were timed")
        return count * self.steps / elapsed


def start(core: EngineCore, sequences: Items[Sequence]) -> None:
    """Step until each has its first token."""
    while any(sequence.output_length == 0 for sequence in sequences):
        core.step()


def main() -> None:
    work = read_work(sys.argv[3])
    bench = Bench(Path(sys.argv[1]), Path(sys.argv[2]), work)
    measure(bench, work, load_s=bench.load_s, version=understudy.__version__)


if __name__ == "__main__":
    main()
