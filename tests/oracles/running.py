"""Small helpers over the real runner, for tests that compare logits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.oracles.models import write_tiny
from understudy.config import Precision
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.models.convert import convert

Logits = npt.NDArray[np.float32]


@contextmanager
def tiny_runner(
    name: str,
    folder: Path,
    precision: Precision,
    *,
    num_blocks: int = 128,
    precise: bool = False,
    adapters: bool = False,
    adapter_ranks: int = 128,
) -> Iterator[OpenVinoRunner]:
    """The tiny model ``name`` converted to ``precision`` under ``folder``, running."""
    source = folder / name
    if not source.exists():
        write_tiny(name, source)
    packed = folder / f"{name}.{precision}"
    architecture = convert(source, packed, precision)
    options = RunnerOptions(
        num_blocks, threads=2, precise=precise, adapters=adapters, adapter_ranks=adapter_ranks
    )
    runner = OpenVinoRunner(packed, architecture, options)
    try:
        yield runner
    finally:
        runner.close()


def logits_of(runner: OpenVinoRunner, part: Slice) -> Logits:
    """The logits of one slice stepped alone, copied."""
    return runner.step([part])[0].copy()


def greedy(
    runner: OpenVinoRunner, prompt: Sequence[int], count: int, blocks: Sequence[int]
) -> tuple[list[int], Logits]:
    """``count`` greedy tokens after ``prompt``, and the logits before each."""
    logits = [logits_of(runner, Slice(prompt, 0, blocks, True))]
    tokens = [int(logits[0].argmax())]
    while len(tokens) < count:
        past = len(prompt) + len(tokens) - 1
        logits.append(logits_of(runner, Slice([tokens[-1]], past, blocks, True)))
        tokens.append(int(logits[-1].argmax()))
    return tokens, np.stack(logits)
