"""A run that is stopped in the middle and resumed, beside one that is not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from .model import Shape
from .probe import Prober
from .train import Plan, Trainer


def reproduce(plan: Plan, shape: Shape, tokenizer: Tokenizer, folder: Path) -> bool:
    """Train twice on `plan`, once with a stop half way; whether both agree within a point.

    Agreement is of the share of held-out tokens foretold and of the share of answers right.
    """
    if not plan.total_tokens:
        raise ValueError("only a budget of tokens can be reproduced; the clock never runs twice")
    shutil.rmtree(folder, ignore_errors=True)
    whole = Trainer(plan, shape, tokenizer, folder / "whole")
    whole.run()
    first = Trainer(plan, shape, tokenizer, folder / "stopped")
    first.run(until=0.5)
    print(f"stopped after {first.progress.tokens:,} tokens", flush=True)
    second = Trainer(replace(plan), shape, tokenizer, folder / "stopped")
    second.resume()
    second.run()
    prober = Prober(tokenizer)
    one, two = prober(whole.network), prober(second.network)
    apart = max(
        float((a - b).abs().max())
        for a, b in zip(
            whole.network.weights.values(), second.network.weights.values(), strict=True
        )
    )
    for name, found, trainer in (("run through", one, whole), ("resumed", two, second)):
        print(f"{name:12} {trainer.progress.tokens:,} tokens, held-out loss {found.loss:.4f}, "
              f"tokens right {found.tokens_right:.2%}, "
              f"answers right {found.answers_right:.2%}")  # fmt: skip
    print(f"largest difference of any weight: {apart:g}")
    return (
        abs(one.tokens_right - two.tokens_right) < 0.01
        and abs(one.answers_right - two.answers_right) < 0.01
    )
