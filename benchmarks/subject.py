"""What the benchmarks of our own engine share: the model they take, and how they print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.paged_attention import BLOCK_SIZE
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.models.convert import convert


@dataclass(frozen=True)
class Subject:
    """A model to measure: packed weights at some precision."""

    packed: Path
    architecture: Architecture

    @contextmanager
    def runner(self, tokens: int, **options: Any) -> Iterator[OpenVinoRunner]:
        """A warm runner with KV blocks for this many tokens, closed when the block ends."""
        blocks = -(-tokens // BLOCK_SIZE)
        runner = OpenVinoRunner(self.packed, self.architecture, RunnerOptions(blocks, **options))
        try:
            runner.warm()
            yield runner
        finally:
            runner.close()


@contextmanager
def subject(folder: Path | None, precision: Precision) -> Iterator[Subject]:
    """A Hugging Face folder, or without one the random 1B that the side-by-side figures are of."""
    if folder is None:
        from benchmarks.peers import weights

        if precision not in ("int4", "int8", "bf16"):
            raise ValueError(f"the random 1B is not kept at {precision}")
        card = weights.card()
        shape = Architecture.from_config(card.architecture, card.name)
        yield Subject(weights.packed(precision), shape)
        return
    with TemporaryDirectory(prefix="understudy-bench-") as made:
        packed = Path(made) / f"packed.{precision}"
        yield Subject(packed, convert(folder, packed, precision))


def arguments(description: str, rounds: int, *, model: bool = True) -> argparse.ArgumentParser:
    """A parser with what all have: which model, how often, and whether only to see that it runs."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if model:
        parser.add_argument("--model", type=Path, help="a folder; default: a random Llama-3.2-1B")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--quick", action="store_true", help="see that it runs; no real figures")
    return parser


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows with the same columns as Markdown, then as one line of JSON."""
    names = list(rows[0])
    print("| " + " | ".join(names) + " |\n|" + " --- |" * len(names))
    for row in rows:
        print("| " + " | ".join(_cell(row[name]) for name in names) + " |")
    print(json.dumps(list(rows)), flush=True)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
