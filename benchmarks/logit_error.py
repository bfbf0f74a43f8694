"""How far each precision's logits are from float32, as a table for ``docs/benchmarks.md``.

    python -m benchmarks.logit_error [FOLDER ...]

Without folders: the tiny random models of ``tests/oracles``. Their weights are noise, so the
figures bound rounding and say nothing about answers. Each figure is the root mean square of the
difference, over the root mean square of the logits about their mean, in per cent; both modes read
the same tokens. "as served" rounds activations and the KV cache too, "precise" only weights.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from tests.oracles.models import TINY, write_tiny
from understudy.config import Precision
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.models.convert import convert

SEQUENCES = 8
LENGTH = 64
PRECISIONS: Sequence[Precision] = [p for p in get_args(Precision) if p != "f32"]
Logits = npt.NDArray[np.float32]


def logits(folder: Path, packed: Path, precision: Precision, precise: bool) -> Logits:
    """Logits after every second token of a few random texts, shape (rows, vocab)."""
    architecture = convert(folder, packed, precision)
    runner = OpenVinoRunner(packed, architecture, RunnerOptions(2 * SEQUENCES, precise=precise))
    texts = np.random.default_rng(3).integers(0, architecture.vocab_size, (SEQUENCES, LENGTH))
    rows = []
    for past in range(0, LENGTH, 2):
        batch = [
            Slice(text[past : past + 2].tolist(), past, [2 * i, 2 * i + 1], True)
            for i, text in enumerate(texts)
        ]
        rows.append(runner.step(batch).copy())
    runner.close()
    return np.concatenate(rows)


def error(found: Logits, exact: Logits) -> float:
    """Per cent of the spread of the exact logits."""
    spread = exact - exact.mean(axis=1, keepdims=True)
    return 100 * float(np.sqrt(np.mean((found - exact) ** 2) / np.mean(spread**2)))


def report(name: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        packed = Path(made) / "packed"
        exact = logits(folder, packed, "f32", precise=True)
        for precision in PRECISIONS:
            cells = []
            for precise in (True, False):
                found = logits(folder, packed, precision, precise)
                same = 100 * float(np.mean(found.argmax(1) == exact.argmax(1)))
                cells += [f"{error(found, exact):.2f} %", f"{same:.1f} %"]
            print(f"| {name} | {precision} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Print logit errors as a Markdown table.")
    parser.add_argument("folders", nargs="*", type=Path)
    folders = parser.parse_args().folders
    print("| model | weights | precise: error | same choice | as served: error | same choice |")
    print("| --- | --- | --- | --- | --- | --- |")
    for folder in folders:
        report(folder.name, folder)
    if not folders:
        for name in TINY:
            with tempfile.TemporaryDirectory() as made:
                write_tiny(name, Path(made))
                report(name, Path(made))


if __name__ == "__main__":
    main()
