"""What each precision costs the house model in quality, as tables for ``docs/precision.md``.

    python -m benchmarks.precision [FOLDER] [--texts 1000] [--long 60] [--per-skill 40]

Needs the ``test`` extra (the graders live beside the training code). A cell is one way to
compute the model: how weights are stored, in what groups activations are rounded, how keys and
values are kept. For each: perplexity on held-out documents and on long ones, and greedy answers to
held-out questions. Results lie in ``benchmarks/.work/precision``: a run goes on where the last one
stopped, and starts anew for other weights, counts, rounding or OpenVINO. A cell takes 15 to 20
seconds of processor time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from inspect import getsource
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import openvino

from benchmarks.quality import NUM_BLOCKS, HeldOut, losses
from understudy.config import Precision
from understudy.engine import quantize
from understudy.engine.quantize import SMALLEST_SCALE, from_int4, from_int8, to_int4, to_int8
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.engine.safetensors import SafetensorsWriter
from understudy.engine.weights import DEFAULT_GROUP, EMBEDDING, HEAD
from understudy.models.checkpoint import Checkpoint, read_architecture
from understudy.models.convert import convert

WORK = Path(__file__).parent / ".work" / "precision"
Kind = Literal["int8", "int4"]
Cache = Literal["u8", "bf16", "f16", "f32"]
Floats = npt.NDArray[np.float32]
Found = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Rounding:
    """Weights rounded as if stored so, and nothing else: the rest is float32.

    ``group`` 0 is a whole row. ``searched`` is int4 as it is stored here; otherwise the extreme
    of a group becomes -8.
    """

    layers: Kind
    head: Kind
    group: int = 0
    searched: bool = True


@dataclass(frozen=True)
class Cell:
    """One way to compute. None leaves a property as it is served."""

    precision: Precision
    group: int = DEFAULT_GROUP
    dynamic: int | None = None
    kv: Cache | None = None
    hint: Literal["f32", "bf16"] | None = None
    precise: bool = False
    rounding: Rounding | None = None

    @property
    def arithmetic(self) -> str:
        return self.hint or ("f32" if self.precision == "f32" else "bf16")

    def properties(self) -> dict[str, Any]:
        named = {
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": self.dynamic,
            "KV_CACHE_PRECISION": self.kv,
            "INFERENCE_PRECISION_HINT": self.hint,
        }
        return {name: value for name, value in named.items() if value is not None}


EXACT = Cell("f32", precise=True)


def weights_only() -> Iterator[Cell]:
    yield EXACT
    for rounding in (
        Rounding("int8", "int8"),
        *(Rounding("int4", "int4", g, s) for s in (False, True) for g in (32, 64, 128, 256, 0)),
        *(Rounding("int4", "int8", g) for g in (32, 128, 256, 0)),
    ):
        yield Cell("f32", precise=True, rounding=rounding)


def served() -> Iterator[Cell]:
    """The plugin computes in float32 over f32, f16 or u8 keys and values, in bfloat16 over bf16 or
    u8 ones, and refuses the rest."""
    full: Sequence[Cache] = ("f16", "u8")
    half: Sequence[Cache] = ("bf16", "u8")
    yield from (Cell("f32", kv=kv) for kv in full)
    yield from (Cell("bf16", kv=kv) for kv in half)
    yield Cell("f16", kv="u8")
    for group in (0, 32, 128, 256):
        yield from (Cell("int8", dynamic=group, kv=kv) for kv in half)
    yield from (Cell("int4", 128, group, kv) for group in (0, 32, 128) for kv in half)
    yield from (Cell("int4", 256, group, "u8") for group in (0, 32, 128, 256))
    yield Cell("int4", 256, 256, "bf16")
    yield from (Cell("int4", group, group, "u8") for group in (32, 64))


def pairs() -> Iterator[tuple[Cell, Cell]]:
    """What each choice at four bits costs or gains, the rest being equal."""

    def int4(group: int, head: Kind = "int4", searched: bool = True) -> Cell:
        return Cell("f32", precise=True, rounding=Rounding("int4", head, group, searched))

    yield from ((int4(g, searched=False), int4(g)) for g in (32, 64, 128, 256, 0))
    yield from ((int4(g, "int8"), int4(g)) for g in (32, 128, 256))
    yield int4(32), int4(256)
    yield int4(128), int4(256)
    yield int4(256), int4(0)
    yield int4(128, searched=False), int4(256)


class Grid:
    """Computes cells and keeps what they gave: an ``.npz`` each."""

    def __init__(self, folder: Path, held_out: HeldOut, counts: str) -> None:
        self._folder = folder
        self._held_out = held_out
        digest = sha256((folder / "model.safetensors").read_bytes())
        digest.update(f"{counts} {openvino.__version__} {getsource(quantize)}".encode())
        self._results = WORK / digest.hexdigest()[:12]
        self._results.mkdir(parents=True, exist_ok=True)

    def cell(self, cell: Cell) -> Found:
        """``sums`` and ``long`` of losses by document, ``choices``, ``right``, ``answers``."""
        name = sha256(repr(cell).encode()).hexdigest()[:16]
        path = self._results / f"{name}.npz"
        if not path.exists():
            with tempfile.TemporaryDirectory() as made:
                arrays: Any = self._compute(cell, Path(made))
                np.savez_compressed(Path(made, "cell.npz"), **arrays)
                shutil.move(Path(made, "cell.npz"), path)
        with np.load(path) as found:
            return dict(found)

    def _compute(self, cell: Cell, made: Path) -> Found:
        folder = self._folder
        if cell.rounding is not None:
            folder = write_rounded(self._folder, made / "rounded", cell.rounding)
        architecture = convert(folder, made / "packed", cell.precision, group=cell.group)
        options = RunnerOptions(NUM_BLOCKS, precise=cell.precise, properties=cell.properties())
        runner = OpenVinoRunner(made / "packed", architecture, options)
        texts, long = (losses(runner, t) for t in (self._held_out.texts, self._held_out.long))
        graded, answers = self._held_out.answers(runner)
        return {
            "sums": texts.sums,
            "long": long.sums,
            "choices": texts.choices,
            "right": np.asarray(graded),
            "answers": np.asarray([zlib.crc32(json.dumps(a).encode()) for a in answers]),
        }


def write_rounded(source: Path, target: Path, rounding: Rounding) -> Path:
    """The model with rounded weights in float32, and with a head of its own."""
    architecture = read_architecture(source)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((target / "config.json").read_text())
    (target / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))
    shapes = dict(replace(architecture, tied=False).tensors())
    with Checkpoint(source, architecture) as file, (target / "model.safetensors").open("wb") as out:
        writer = SafetensorsWriter(out, {n: ("F32", s) for n, s in shapes.items()}, {})
        for name in shapes:
            values = file.float32(EMBEDDING if name == HEAD and architecture.tied else name)
            writer.write(name, rounded(name, values, rounding))
        writer.finish()
    return target


def rounded(name: str, values: Floats, rounding: Rounding) -> Floats:
    if values.ndim == 1:
        return values
    kind = rounding.head if name == HEAD else "int8" if name == EMBEDDING else rounding.layers
    if kind == "int8":
        return from_int8(*to_int8(values))
    group = rounding.group or values.shape[1]
    if rounding.searched:
        return from_int4(*to_int4(values, group))
    grouped = values.reshape(len(values), -1, group)
    at = np.abs(grouped).argmax(axis=2, keepdims=True)
    scale = (np.take_along_axis(grouped, at, axis=2) / -8).astype(np.float16).astype(np.float32)
    scale = np.where(scale == 0, np.float32(SMALLEST_SCALE), scale)
    kept: Floats = np.clip(np.rint(grouped / scale), -8, 7) * scale
    return kept.reshape(values.shape)


class Report:
    """Rows of the tables: each cell beside float32, with 95 % intervals."""

    def __init__(self, held_out: HeldOut, exact: Found) -> None:
        self._exact = exact
        self._scored = {
            name: np.asarray([len(text.scored) for text in texts])
            for name, texts in (("sums", held_out.texts), ("long", held_out.long))
        }

    def row(self, found: Found) -> str:
        cells = (
            f"{self._perplexity(found, 'sums'):.4f}",
            self._change(self._exact, found, "sums"),
            self._change(self._exact, found, "long"),
            f"{100 * np.mean(found['choices'] == self._exact['choices']):.2f} %",
            f"{int(found['right'].sum())}",
            _lost_and_won(self._exact, found),
            f"{100 * np.mean(found['answers'] == self._exact['answers']):.1f} %",
        )
        return " | ".join(cells)

    def pair(self, before: Found, after: Found) -> str:
        changes = (self._change(before, after, name) for name in ("sums", "long"))
        return " | ".join((*changes, _lost_and_won(before, after)))

    def counts(self) -> str:
        texts, long = self._scored["sums"], self._scored["long"]
        right, items = int(self._exact["right"].sum()), len(self._exact["right"])
        return (
            f"{len(texts)} documents with {texts.sum()} scored tokens, {len(long)} long ones with "
            f"{long.sum()}, {items} questions of which float32 answers {right} right"
        )

    def _perplexity(self, found: Found, name: str) -> float:
        return float(np.exp(found[name].sum() / self._scored[name].sum()))

    def _change(self, before: Found, after: Found, name: str) -> str:
        """Per cent of perplexity, paired by document."""
        scored = self._scored[name]
        more = after[name] - before[name]
        mean = more.sum() / scored.sum()
        margin = 1.96 * np.sqrt(np.sum((more - mean * scored) ** 2)) / scored.sum()
        return f"{100 * np.expm1(mean):+.2f} ± {100 * margin:.2f} %"


def _lost_and_won(before: Found, after: Found) -> str:
    was, now = before["right"], after["right"]
    return f"-{int((was & ~now).sum())} +{int((now & ~was).sum())}"


HEADINGS = "perplexity | change | change, long | same choice | right | lost, won | same answer |\n"


def describe(cell: Cell) -> str:
    if cell == EXACT:
        return "f32"
    if cell.rounding is not None:
        kept = cell.rounding
        group = f" {kept.group or 'row'}" if kept.layers == "int4" else ""
        scale = "" if kept.layers == "int8" else ", least squares" if kept.searched else ", extreme"
        return f"{kept.layers}{group}, head {kept.head}{scale}"
    return f"{cell.precision}{f' {cell.group}' if cell.precision == 'int4' else ''}"


def tables(grid: Grid, report: Report) -> Iterator[str]:
    yield f"\n{report.counts()}.\n"
    yield f"| weights, the rest float32 | {HEADINGS}{'| --- ' * 8}|"
    for cell in weights_only():
        yield f"| {describe(cell)} | {report.row(grid.cell(cell))} |"
    yield "\n| from | to | change | change, long | lost, won |\n| --- | --- | --- | --- | --- |"
    for before, after in pairs():
        shown = report.pair(grid.cell(before), grid.cell(after))
        yield f"| {describe(before)} | {describe(after)} | {shown} |"
    yield f"\n| weights | arithmetic | activations | KV | {HEADINGS}{'| --- ' * 11}|"
    for cell in served():
        ways = f"{cell.arithmetic} | {cell.dynamic or '-'} | {cell.kv}"
        yield f"| {describe(cell)} | {ways} | {report.row(grid.cell(cell))} |"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print quality by precision as Markdown tables.")
    house = Path(__file__).parent.parent / "understudy" / "house"
    parser.add_argument("folder", nargs="?", type=Path, default=house)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--long", type=int, default=60)
    parser.add_argument("--per-skill", type=int, default=40)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    held_out = HeldOut(given.folder, given.texts, given.long, given.per_skill)
    counts = f"{given.texts} {given.long} {given.per_skill}"
    grid = Grid(given.folder, held_out, counts)
    for line in tables(grid, Report(held_out, grid.cell(EXACT))):
        print(line, flush=True)


if __name__ == "__main__":
    main()
