"""What one choice changes in speed: variants of one model in turn, as ratios.

    python -m benchmarks.tuning FOLDER int4:group=128 int4:group=256 int4:group=256,dynamic=128
    python -m benchmarks.tuning FOLDER int8 int8:kv=bf16 --cases 1@4096 8@4096 p512@3584
    python -m benchmarks.tuning FOLDER int8 int8:pages=huge

The first variant is the base. All are loaded into this process and compute in turn, a few steps
each, round after round, so that what else the machine does falls on all alike; each ratio is of one
round, and the table has their median and range, above 1 where a variant is faster. Without a
folder (``-``): random weights in the shape of Llama-3.2-1B. "8@128" decodes 8 sequences with
128 tokens behind each, "p512@0" is a prompt's chunk of 512 with none behind it. Keys of a variant:
``group`` (of int4 weights), ``dynamic`` (group of activations), ``kv``, ``hint``, ``pages``.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import anonymous_memory, collapse
from understudy.catalog.registry import Catalog
from understudy.config import Precision
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.engine.weights import DEFAULT_GROUP
from understudy.models.convert import convert
from understudy.models.random_weights import write_random

MODEL = "@cf/meta/llama-3.2-1b-instruct"
FILLED = 128
"""Tokens that are computed; their blocks are copied to wherever a context is to be."""

PROPERTIES = {
    "dynamic": "DYNAMIC_QUANTIZATION_GROUP_SIZE",
    "kv": "KV_CACHE_PRECISION",
    "hint": "INFERENCE_PRECISION_HINT",
}


@dataclass(frozen=True)
class Case:
    """``sequences`` slices of ``tokens`` tokens, with ``past`` before each."""

    sequences: int
    tokens: int
    past: int

    @classmethod
    def parse(cls, text: str) -> Case:
        count, past = re.fullmatch(r"(p?\d+)@(\d+)", text).groups()  # type: ignore[union-attr]
        if count.startswith("p"):
            return cls(1, int(count[1:]), int(past))
        return cls(int(count), 1, int(past))

    @property
    def blocks_each(self) -> int:
        return -(-(self.past + self.tokens) // OpenVinoRunner.block_size)

    def batch(self) -> list[Slice]:
        """The same positions every time: nothing grows while it is timed."""
        n = self.blocks_each
        return [
            Slice([7] * self.tokens, self.past, range(i * n, (i + 1) * n), 1)
            for i in range(self.sequences)
        ]


def load(folder: Path, variant: str, made: Path, blocks: int) -> OpenVinoRunner:
    """A warm runner, all of whose KV blocks hold keys and values."""
    precision, _, rest = variant.partition(":")
    keys = dict(part.split("=") for part in rest.split(",") if part)
    group = int(keys.pop("group", DEFAULT_GROUP))
    pages = keys.pop("pages", "")
    properties = {PROPERTIES[name]: value for name, value in keys.items()}
    packed = made / f"{precision}.{group}"
    kind: Precision = precision  # type: ignore[assignment]
    architecture = convert(folder, packed, kind, group=group)
    before = anonymous_memory()
    runner = OpenVinoRunner(packed, architecture, RunnerOptions(blocks, properties=properties))
    runner.warm()
    filled = FILLED // runner.block_size
    runner.step([Slice(list(range(FILLED)), 0, range(filled), 1)])
    for block in range(filled, blocks):
        runner.copy_block(block % filled, block)
    if pages == "huge":
        began = time.perf_counter()
        moved = collapse(before)
        print(f"huge pages: {moved / 1e9:.2f} GB in {time.perf_counter() - began:.1f} s")
    return runner


def step_time(runner: OpenVinoRunner, case: Case, steps: int) -> float:
    """Seconds, the median of ``steps`` after one that does not count."""
    batch, times = case.batch(), []
    for _ in range(steps + 1):
        began = time.perf_counter()
        runner.step(batch)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def compare(
    runners: Sequence[OpenVinoRunner], case: Case, rounds: int
) -> tuple[float, list[list[float]]]:
    """Tokens per second of the base, and for each other variant its ratio in each round."""
    steps = 2 if case.tokens > 1 else 5
    table = []
    for turn in range(rounds):
        order = range(len(runners)) if turn % 2 else reversed(range(len(runners)))
        times = {i: step_time(runners[i], case, steps) for i in order}
        table.append([times[i] for i in range(len(runners))])
    rate = case.sequences * case.tokens / statistics.median(row[0] for row in table)
    return rate, [[row[0] / row[i] for row in table] for i in range(1, len(runners))]


def main() -> None:
    given = _arguments()
    cases = [Case.parse(text) for text in given.cases]
    blocks = max(case.sequences * case.blocks_each for case in cases)
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder
        if str(folder) == "-":
            folder = Path(made, "source")
            write_random(_architecture(), folder)
        runners = [load(folder, variant, Path(made), blocks) for variant in given.variants]
        print(f"| case | {given.variants[0]}, tok/s | {' | '.join(given.variants[1:])} |")
        print("| --- " * (len(runners) + 1) + "|")
        for text, case in zip(given.cases, cases, strict=True):
            rate, ratios = compare(runners, case, given.rounds)
            shown = (f"{statistics.median(r):.2f} ({min(r):.2f}-{max(r):.2f})" for r in ratios)
            print(f"| {text} | {rate:.1f} | {' | '.join(shown)} |", flush=True)


def _architecture() -> Any:
    return next(card.architecture for card in Catalog.load() if str(card.name) == MODEL)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print speed ratios as a Markdown table.")
    parser.add_argument("folder", type=Path, help="a Hugging Face folder, or - for random weights")
    parser.add_argument("variants", nargs="+", metavar="PRECISION[:KEY=VALUE,...]")
    default = ["1@128", "8@128", "16@128", "32@128", "p512@0"]
    parser.add_argument("--cases", nargs="+", default=default)
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
