"""How fast the engine is by itself: scheduler, graph and sampler, without server or tokenizer."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Items
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from understudy.config import Precision
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.runner import WARM_TOKENS, OpenVinoRunner, RunnerOptions, usable_cores
from understudy.engine.sequence import Sequence
from understudy.models.convert import convert
from understudy.models.random_weights import write_random
from understudy.request import SamplingParams

DECODE_PROMPT = 128
"""Tokens each sequence has behind it when its decoding is timed."""

DECODE_STEPS = 32
PREFILL_ROUNDS = 3
BANDWIDTH_BYTES = 256 * 1024 * 1024
BANDWIDTH_ROUNDS = 5

_GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)


@dataclass(frozen=True, slots=True)
class BenchCase:
    """What to measure: decoding with this many sequences at once, prompts of this many tokens.

    ``threads`` defaults to the cores this process may use.
    """

    decode: tuple[int, ...] = (1, 8, 16)
    prefill: tuple[int, ...] = (1024,)
    threads: int | None = None
    precise: bool = False


def bench(
    folder: Path | None,
    architecture: Mapping[str, Any] | None,
    precision: Precision,
    case: BenchCase | None = None,
    *,
    work: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure a Hugging Face folder or, without one, ``architecture`` (the fields of a
    config.json) with random weights.

    Returns ``{"decode": {"1": tok/s, ...}, "prefill": {"1024": tok/s},
    "read_bandwidth_gb_s": ..., "rss_mb": ...}``: decode over all sequences of a batch, bandwidth
    of plain reads on the same threads, resident memory after the last step. Files it makes lie
    under ``work`` (default: the system's temporary folder) until it returns. ``say`` hears what
    is being done. Raises ModelFolderInvalid, and ValueError for a prompt longer than the model's
    context.
    """
    case = case or BenchCase()
    with tempfile.TemporaryDirectory(prefix="understudy-bench-", dir=work) as made:
        if folder is None:
            if architecture is None:
                raise ValueError("bench needs a folder or an architecture")
            folder = Path(made) / "random"
            say("writing random weights")
            write_random(architecture, folder)
        say(f"converting to {precision}")
        packed = Path(made) / f"packed.{precision}"
        shape = convert(folder, packed, precision)
        _drop_random(folder, Path(made))
        options = RunnerOptions(_blocks_for(case), case.threads, case.precise)
        runner = OpenVinoRunner(packed, shape, options)
        try:
            say("warming up")
            runner.warm()
            return measure(runner, case, say)
        finally:
            runner.close()


def measure(
    runner: OpenVinoRunner, case: BenchCase, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """The figures of ``bench`` for a warm runner whose blocks nobody else uses."""
    rng = np.random.default_rng(0)
    decode, prefill = {}, {}
    for count in case.decode:
        say(f"decoding {count} at once")
        decode[str(count)] = round(_decode_rate(runner, count, rng), 1)
    for length in case.prefill:
        say(f"prefilling {length}")
        prefill[str(length)] = round(_prefill_rate(runner, length, rng), 1)
    return {
        "decode": decode,
        "prefill": prefill,
        "read_bandwidth_gb_s": round(read_bandwidth(case.threads), 1),
        "rss_mb": round(psutil.Process().memory_info().rss / 2**20),
    }


def read_bandwidth(threads: int | None = None) -> float:
    """Bytes per second, in units of 10^9, that this many threads read from memory at best."""
    count = threads or usable_cores()
    parts = [np.ones(BANDWIDTH_BYTES // 4, np.float32) for _ in range(count)]
    best = float("inf")
    with ThreadPoolExecutor(count) as pool:
        for _ in range(BANDWIDTH_ROUNDS):
            began = time.perf_counter()
            list(pool.map(np.dot, parts, parts))
            best = min(best, time.perf_counter() - began)
    return count * BANDWIDTH_BYTES / best / 1e9


def _blocks_for(case: BenchCase) -> int:
    size = OpenVinoRunner.block_size
    decoding = max(case.decode, default=0) * (DECODE_PROMPT + DECODE_STEPS + 2 * size)
    return -(-max(decoding, *case.prefill, WARM_TOKENS) // size) + 2


def _core(runner: OpenVinoRunner, count: int) -> EngineCore:
    return EngineCore(runner, EngineOptions(max_batch=count, draft_rows=0))


def _prompt(runner: OpenVinoRunner, length: int, rng: np.random.Generator) -> list[int]:
    if length >= runner.context_length:
        raise ValueError(f"{length} tokens do not fit a context of {runner.context_length}")
    prompt: list[int] = rng.integers(0, runner.vocab_size, length).tolist()
    return prompt


def _decode_rate(runner: OpenVinoRunner, count: int, rng: np.random.Generator) -> float:
    """Tokens per second of all sequences, from the median step."""
    core = _core(runner, count)
    length = min(DECODE_PROMPT, runner.context_length - 2 * DECODE_STEPS)
    sequences = [
        Sequence(Job(_prompt(runner, length, rng), _GREEDY, runner.context_length))
        for _ in range(count)
    ]
    for sequence in sequences:
        core.add(sequence)
    while any(sequence.output_length == 0 for sequence in sequences):
        core.step()
    return count / statistics.median(_times(core, DECODE_STEPS))


def _times(core: EngineCore, steps: int) -> Items[float]:
    times = []
    for _ in range(steps):
        began = time.perf_counter()
        core.step()
        times.append(time.perf_counter() - began)
    return times


def _prefill_rate(runner: OpenVinoRunner, length: int, rng: np.random.Generator) -> float:
    """Prompt tokens per second up to the first token, from the median of a few prompts."""
    times = []
    for _ in range(PREFILL_ROUNDS):
        core = _core(runner, 1)
        sequence = Sequence(Job(_prompt(runner, length, rng), _GREEDY, 1))
        core.add(sequence)
        began = time.perf_counter()
        while sequence.output_length == 0:
            core.step()
        times.append(time.perf_counter() - began)
    return length / statistics.median(times)


def _drop_random(folder: Path, made: Path) -> None:
    """Free the disk of random weights once they are packed."""
    if made in folder.parents:
        for path in folder.glob("*.safetensors"):
            path.unlink()
