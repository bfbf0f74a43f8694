"""The one command: `python -m training` makes the tokenizer, trains, exports and evaluates."""

from __future__ import annotations

import argparse
import signal
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .train import Plan

WORK = Path(__file__).parent / ".work"
HOUSE = Path(__file__).parent.parent / "understudy" / "house"
STEPS = ["all", "tokenizer", "train", "export", "evaluate", "ask", "sample", "shapes", "reproduce",
         "probe"]  # fmt: skip
DEFAULT_SHAPE = "6x256"


def parser() -> argparse.ArgumentParser:
    from .model import SHAPES
    from .train import Plan

    top = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    top.add_argument("--work", type=Path, default=WORK, help="checkpoints and logs (git-ignored)")
    top.add_argument("--out", type=Path, default=HOUSE, help="folder of the exported model")
    top.add_argument("--items", type=int, default=40, help="evaluation items per skill")
    top.add_argument("--show-wrong", type=int, default=0, help="print so many wrong ones of each")
    top.add_argument("--fresh", action="store_true", help="do not resume from a checkpoint")
    top.add_argument("--minutes", type=float, default=0.0, help="stop this call after so long")
    top.add_argument("--shape", nargs="+", choices=SHAPES, help="layers by width; default 6x256")
    plan = top.add_argument_group("plan", "kept in the checkpoint, so a resumed run needs none")
    for item in fields(Plan):
        flag, kind = "--" + item.name.replace("_", "-"), type(item.default)
        if kind is bool:
            plan.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS
            )
        else:
            plan.add_argument(flag, type=kind, default=argparse.SUPPRESS, metavar=kind.__name__)
    top.add_argument("step", nargs="?", default="all", choices=STEPS)
    top.add_argument("prompts", nargs="*", help="for `ask`; without any, the newcomers' prompts")
    return top


def plan_from(options: argparse.Namespace, start: Plan | None = None) -> Plan:
    """`start`, or else the default, with what was given on the command line.

    Hours without a number of tokens are a budget of their own.
    """
    from .train import Plan

    given = {f.name: getattr(options, f.name) for f in fields(Plan) if hasattr(options, f.name)}
    if "hours" in given:
        given.setdefault("total_tokens", 0)
    return replace(start or Plan(), **given)


def main() -> None:
    options = parser().parse_args()
    wanted = {options.step} if options.step != "all" else {
        "tokenizer", "train", "export", "evaluate", "ask"}  # fmt: skip
    if "sample" in wanted:
        _sample(plan_from(options).seed)
    if "tokenizer" in wanted:
        _tokenizer(options)
    if "train" in wanted:
        _train(options)
    if "shapes" in wanted:
        _shapes(options)
    if "reproduce" in wanted:
        _reproduce(options)
    if "probe" in wanted:
        _probe(options)
    if "export" in wanted:
        from .export import export

        size = export(options.work / "checkpoint.pt", options.work, options.out)
        print(f"exported {size / 1e6:.1f} MB of weights to {options.out}")
    if "evaluate" in wanted:
        from . import evaluate

        limits = ["--items", str(options.items), "--show-wrong", str(options.show_wrong)]
        evaluate.main([*limits, "--model-folder", str(options.out)])
    if "ask" in wanted:
        from .ask import newcomers

        newcomers(options.out, options.prompts or None)


def _sample(seed: str) -> None:
    """Thirty documents to read."""
    from .corpus.mix import document
    from .template import full_text

    for index in range(30):
        print(full_text(document(seed, index)), end="\n\n")


def _tokenizer(options: argparse.Namespace) -> None:
    from . import tokenizer
    from .model import Shape

    if options.fresh or not (options.work / "tokenizer.json").exists():
        tokenizer.save(tokenizer.train(Shape().vocab_size), options.work)


def _train(options: argparse.Namespace) -> None:
    from . import tokenizer
    from .model import SHAPES
    from .train import Trainer, saved

    kept = None if options.fresh else saved(options.work)
    plan, shape = kept or (None, SHAPES[DEFAULT_SHAPE])
    if options.shape:
        shape = SHAPES[options.shape[0]]
    loaded = tokenizer.load(options.work)
    trainer = Trainer(plan_from(options, plan), shape, loaded, options.work)
    if kept and trainer.resume():
        print(f"resumed at step {trainer.progress.steps}, {trainer.done:.1%} done", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: trainer.stop())
    trainer.run(options.minutes)


def _shapes(options: argparse.Namespace) -> None:
    from . import tokenizer
    from .model import SHAPES
    from .shapes import compare, table
    from .train import Plan

    plan = plan_from(options, Plan(total_tokens=0, hours=0.25))
    folder = options.work / "shapes"
    print(table(compare(options.shape or list(SHAPES), plan, tokenizer.load(options.work), folder)))


def _reproduce(options: argparse.Namespace) -> None:
    from . import tokenizer
    from .model import SHAPES
    from .reproduce import reproduce
    from .train import Plan

    plan = plan_from(options, Plan(total_tokens=3_000_000))
    shape = SHAPES[options.shape[0] if options.shape else DEFAULT_SHAPE]
    agreed = reproduce(plan, shape, tokenizer.load(options.work), options.work / "reproduce")
    print("agreed within a point" if agreed else "more than a point apart")
    raise SystemExit(0 if agreed else 1)


def _probe(options: argparse.Namespace) -> None:
    """What the checkpoint knows, while it is being trained."""
    from . import tokenizer
    from .probe import Prober
    from .train import load

    print(Prober(tokenizer.load(options.work), items=options.items)(load(options.work)))


if __name__ == "__main__":
    main()
