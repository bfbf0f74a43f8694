"""Shapes of the model compared: each trains on the same text for a fraction of the real run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from .curves import Curve, draw
from .model import SHAPES
from .probe import Prober
from .train import Plan, Trainer

POINTS = (0.25, 0.5, 0.75, 1.0)


def compare(
    names: Sequence[str], plan: Plan, tokenizer: Tokenizer, folder: Path
) -> list[dict[str, Any]]:
    """Train (or go on with) a run for each shape; writes `shapes.json`, `.md` and `.svg`.

    By the clock every shape gets the same hours, so a larger one sees less text; by tokens, the
    same text.
    """
    prober = Prober(tokenizer)
    rows, curves = [], []
    for name in names:
        trainer = Trainer(replace(plan), SHAPES[name], tokenizer, folder / name)
        trainer.resume()
        trainer.run()
        found, progress = prober(trainer.network), trainer.progress
        smooth = _smooth([loss for _, _, loss in progress.losses])
        curves.append(Curve(name, [seconds / 60 for _, seconds, _ in progress.losses], smooth))
        rows.append(
            {
                "shape": name,
                "parameters": SHAPES[name].parameters,
                "tokens": progress.tokens,
                "minutes": round(progress.seconds / 60, 1),
                "losses": [smooth[int(point * len(smooth)) - 1] for point in POINTS],
                "held-out loss": round(found.loss, 4),
                "tokens right": round(found.tokens_right, 4),
                "answers right": round(found.answers_right, 4),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    (folder / "shapes.json").write_text(json.dumps(rows, indent=2) + "\n")
    (folder / "shapes.md").write_text(table(rows))
    (folder / "shapes.svg").write_text(draw(curves, "minutes", "training loss"))
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """A Markdown table, a shape to a row."""
    heads = ["shape", "parameters", "million tokens", "minutes", "tokens/s",
             *(f"loss at {point:.0%}" for point in POINTS),
             "held-out loss", "tokens right", "answers right"]  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for row in rows:
        cells = [
            row["shape"], f"{row['parameters']:,}", f"{row['tokens'] / 1e6:.1f}",
            f"{row['minutes']:.1f}", f"{row['tokens'] / max(row['minutes'], 1e-3) / 60:,.0f}",
            *(f"{loss:.3f}" for loss in row["losses"]), f"{row['held-out loss']:.3f}",
            f"{row['tokens right']:.1%}", f"{row['answers right']:.1%}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _smooth(losses: Sequence[float], keep: float = 0.9) -> list[float]:
    """A running mean that forgets."""
    found: list[float] = []
    for loss in losses:
        found.append(round(keep * found[-1] + (1 - keep) * loss if found else loss, 4))
    return found
