"""What a step costs besides the model: scheduling, sampling, log-probabilities, bookkeeping.

    python -m benchmarks.step_overhead

The runner here computes nothing and hands out prepared logits, so the time of a step is the
engine's own: CPU time of its one thread, which other programs disturb less. Logits are drawn
so that the likeliest tokens stand out as a trained model's do (a few hundred tokens hold 90 %
of the mass); ``--flat`` makes them normal instead, where tens of thousands do: the sampler's
worst case. Two more figures are per token: scoring a prompt, and looking drafts up.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import Adapter, Slice
from understudy.engine.core import EngineCore
from understudy.engine.drafts import Drafter
from understudy.engine.job import Job
from understudy.engine.logprobs import prompt_logprobs
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams

STEPS = 100
SCORED = 128
Floats = npt.NDArray[np.float32]


class FixedGrammar:
    """Allows the same ``share`` of the vocabulary everywhere: a grammar, and its own matcher."""

    complete = False
    exhausted = False

    def __init__(self, share: float, vocab_size: int) -> None:
        chosen = np.random.default_rng(1).random(-(-vocab_size // 32) * 32) < share
        self._mask = np.packbits(chosen, bitorder="little").view(np.uint32)

    def matcher(self) -> FixedGrammar:
        return self

    def mask(self) -> npt.NDArray[np.uint32]:
        return self._mask

    def forced(self) -> Items[int]:
        return ()

    def accept(self, token: int) -> bool:
        return True

    def fork(self) -> FixedGrammar:
        return self


@dataclass(frozen=True, slots=True)
class Case:
    """What each row of the batch asks for; ``allowed`` is the share a grammar leaves."""

    name: str
    sampling: SamplingParams
    allowed: float | None = None
    logprobs: int | None = None


GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)
WARM = SamplingParams(temperature=0.8, ignore_eos=True, seed=1)
CASES = (
    Case("greedy", GREEDY),
    Case("temperature 0.8", WARM),
    Case("temperature 0.8, top_p 0.9", replace(WARM, top_p=0.9)),
    Case("temperature 0.8, top_k 50", replace(WARM, top_k=50)),
    Case("temperature 0.8, min_p 0.05", replace(WARM, min_p=0.05)),
    Case("top_p 0.9 with penalties", replace(WARM, top_p=0.9, repetition_penalty=1.1)),
    Case("greedy, half allowed", GREEDY, allowed=0.5),
    Case("temperature, half allowed", WARM, allowed=0.5),
    Case("temperature, 20 allowed", WARM, allowed=20 / 128_256),
    Case("top_p 0.9, 20 allowed", replace(WARM, top_p=0.9), allowed=20 / 128_256),
    Case("greedy, logprobs 0", GREEDY, logprobs=0),
    Case("greedy, logprobs 20", GREEDY, logprobs=20),
)


class PreparedRunner:
    """A ModelRunner that takes no time."""

    block_size = 32
    num_blocks = 1024
    context_length = 4096
    takes_adapters = False

    def __init__(self, logits: Floats) -> None:
        self.vocab_size = logits.shape[1]
        self._logits = logits

    def step(self, batch: Items[Slice]) -> Floats:
        return self._logits[: sum(part.logits for part in batch)]

    def copy_block(self, source: int, target: int) -> None:
        pass

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        pass

    def unload_adapter(self, key: str) -> None:
        pass

    def close(self) -> None:
        pass


def prepared_logits(rows: int, vocab_size: int, *, flat: bool) -> Floats:
    rng = np.random.default_rng(0)
    if flat:
        return rng.standard_normal((rows, vocab_size), np.float32)
    # Zipf's law: the probability of the r-th likeliest token falls as r to the -1.5.
    ranks = np.stack([rng.permutation(vocab_size) for _ in range(rows)])
    return (-1.5 * np.log1p(ranks)).astype(np.float32)


def milliseconds_per_step(logits: Floats, case: Case) -> float:
    rows, vocab_size = logits.shape
    core = EngineCore(PreparedRunner(logits), EngineOptions(draft_rows=0))
    grammar = None if case.allowed is None else FixedGrammar(case.allowed, vocab_size)
    for first in range(rows):
        job = Job(
            [first + 1] * 128,
            case.sampling,
            max_tokens=STEPS + 200,
            logprobs=case.logprobs,
            grammar=grammar,
        )
        core.add(Sequence(job))
    while any(s.remaining > 1 for s in core.scheduler.running) or core.scheduler.waiting:
        core.step()
    times = []
    for _ in range(STEPS):
        began = time.thread_time()
        core.step()
        times.append(time.thread_time() - began)
    if core.failed_in_a_row or len(core.scheduler.running) != rows:
        raise RuntimeError(f"not every row took part: {case.name}")
    return 1000 * statistics.median(times)


def milliseconds_to_score(vocab_size: int, top: int, *, flat: bool) -> float:
    """One chunk of a prompt whose tokens' log-probabilities are asked for."""
    rows = prepared_logits(SCORED, vocab_size, flat=flat)
    times = []
    for _ in range(10):
        began = time.thread_time()
        prompt_logprobs(rows, range(SCORED), top)
        times.append(time.thread_time() - began)
    return 1000 * statistics.median(times)


def microseconds_per_draft(prompt_length: int) -> tuple[float, float]:
    """Reading a prompt, per token of it, and then each token of a text that repeats nothing."""
    rng = random.Random(0)
    prompt, text = (rng.choices(range(100_000), k=n) for n in (prompt_length, 4000))
    began = time.thread_time()
    drafter = Drafter(prompt)
    read = time.thread_time()
    for token in text:
        drafter.extend(token)
        drafter.propose(8)
    ended = time.thread_time()
    return 1e6 * (read - began) / len(prompt), 1e6 * (ended - read) / len(text)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the engine's own share of a step.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 16, 32])
    parser.add_argument("--vocab-size", type=int, default=128_256)
    parser.add_argument("--flat", action="store_true", help="nearly equal logits")
    options = parser.parse_args()
    print("milliseconds of CPU time per step, median of", STEPS)
    print(f"{'':28}", *(f"{rows:>4} rows" for rows in options.rows))
    logits = prepared_logits(max(options.rows), options.vocab_size, flat=options.flat)
    for case in CASES:
        times = [milliseconds_per_step(logits[:rows], case) for rows in options.rows]
        print(f"{case.name:28}", *(f"{t:9.2f}" for t in times))
    for top in (0, 20):
        score = milliseconds_to_score(options.vocab_size, top, flat=options.flat)
        print(f"scoring {SCORED} prompt tokens, top {top}: {score:.1f} ms")
    read, extend = microseconds_per_draft(4000)
    print(f"looking drafts up: {read:.2f} us per prompt token, {extend:.2f} us per token after it")


if __name__ == "__main__":
    main()
