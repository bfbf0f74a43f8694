"""Greedy answers of the base with an adapter merged into it, read from the folder written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.models.adapters import read_adapter

from . import tokenizer as tokens
from .lessons import Item
from .lora_train import load
from .template import render

ENDS = (tokens.EOS, tokens.EOM, tokens.EOT)
LIMIT = 200
"""Tokens of an answer; the longest of the corpus have fewer."""


def adapter_of(folder: Path, base: Path) -> Adapter:
    """The adapter in ``folder`` as the engine reads it. Raises AdapterInvalid."""
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return read_adapter(folder, Architecture.from_config(config))


def merge(model: Any, adapter: Adapter) -> None:
    """Add B A to the weights of the layers that the adapter changes."""
    with torch.no_grad():
        for name, (a, b) in adapter.matrices.items():
            weight = model.get_submodule(name).weight
            weight += torch.from_numpy(b @ a).to(weight.device)


@dataclass(frozen=True)
class Checked:
    """How many items were answered right, how many answers ended by themselves, and the wrong."""

    items: int
    right: int
    ended: int
    wrong: list[tuple[Item, str]]


class Answerer:
    """The base with the adapter, answering in batches."""

    def __init__(self, base: Path, adapter: Path) -> None:
        self.tokenizer = tokens.load(base)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model: Any = load(base)
        merge(self.model, adapter_of(adapter, base))
        self.model.to(self.device)
        self.model.train(False)

    @torch.inference_mode()
    def answers(self, prompts: Sequence[str]) -> list[tuple[str, bool]]:
        """For each rendered prompt the greedy answer, and whether it ended by itself."""
        rows = [self.tokenizer.encode(prompt, add_special_tokens=False).ids for prompt in prompts]
        width = max(map(len, rows))
        ids = torch.tensor(
            [[tokens.PAD] * (width - len(row)) + row for row in rows], device=self.device
        )
        mask = torch.tensor(
            [[0] * (width - len(row)) + [1] * len(row) for row in rows], device=self.device
        )
        output = self.model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=LIMIT, do_sample=False,
            pad_token_id=tokens.PAD, eos_token_id=list(ENDS),
        )  # fmt: skip
        return [
            (self.tokenizer.decode(row), any(end in row for end in ENDS))
            for row in output[:, width:].tolist()
        ]


def check(base: Path, adapter: Path, items: Sequence[Item], batch: int = 50) -> Checked:
    """Answer every item and grade it; prompts of like length go together."""
    answerer = Answerer(base, adapter)
    asked = sorted(
        ((render(item.messages, add_generation_prompt=True), item) for item in items),
        key=lambda pair: len(pair[0]),
    )
    right = ended = 0
    wrong: list[tuple[Item, str]] = []
    for start in range(0, len(asked), batch):
        part = asked[start : start + batch]
        answers = answerer.answers([prompt for prompt, _ in part])
        for (_, item), (text, end) in zip(part, answers, strict=True):
            ended += end
            if item.right(text):
                right += 1
            else:
                wrong.append((item, text))
    return Checked(len(asked), right, ended, wrong)
