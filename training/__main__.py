"""The one command: `python -m training` makes the tokenizer, trains, exports and evaluates."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

WORK = Path(__file__).parent / ".work"
HOUSE = Path(__file__).parent.parent / "understudy" / "house"


def parser() -> argparse.ArgumentParser:
    from .train import Plan

    top = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    top.add_argument("--work", type=Path, default=WORK, help="checkpoints and logs (git-ignored)")
    top.add_argument("--out", type=Path, default=HOUSE, help="folder of the exported model")
    top.add_argument("--items", type=int, default=40, help="evaluation items per skill")
    top.add_argument("--show-wrong", type=int, default=0, help="print this many wrong answers")
    top.add_argument("--fresh", action="store_true", help="do not resume from a checkpoint")
    for item in fields(Plan):
        flag = "--" + item.name.replace("_", "-")
        if isinstance(item.default, bool):
            top.add_argument(flag, action="store_true", default=item.default)
        else:
            top.add_argument(flag, type=type(item.default), default=item.default)
    steps = ["all", "tokenizer", "train", "export", "evaluate", "ask", "sample"]
    top.add_argument("step", nargs="?", default="all", choices=steps)
    top.add_argument("prompts", nargs="*", help="for `ask`; without any, the newcomers' prompts")
    return top


def main() -> None:
    options = parser().parse_args()
    wanted = {options.step} if options.step != "all" else {
        "tokenizer", "train", "export", "evaluate", "ask"}  # fmt: skip
    if "sample" in wanted:
        _sample(options.seed)
    if "tokenizer" in wanted:
        _tokenizer(options)
    if "train" in wanted:
        _train(options)
    if "export" in wanted:
        from .export import export
        from .model import Shape

        size = export(options.work / "checkpoint.pt", options.work, options.out, Shape())
        print(f"exported {size / 1e6:.1f} MB of weights to {options.out}")
    if "evaluate" in wanted:
        from .evaluate import evaluate

        evaluate(options.out, options.items, show_wrong=options.show_wrong)
    if "ask" in wanted:
        from .evaluate import newcomers

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
    from .model import Shape
    from .train import Plan, Trainer

    plan = Plan(**{item.name: getattr(options, item.name) for item in fields(Plan)})
    trainer = Trainer(plan, Shape(), tokenizer.load(options.work), options.work)
    if not options.fresh and trainer.resume():
        print(f"resumed at step {trainer.progress.steps}")
    trainer.run()


if __name__ == "__main__":
    main()
