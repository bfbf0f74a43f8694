"""Token packs from the document stream, with a position that can be saved and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from .corpus.mix import document
from .template import full_text
from .tokenizer import END, EOT, START

IGNORE = -100


class Masker:
    """Which tokens carry loss: what the assistant says, its end mark, and all raw text."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        role = tokenizer.encode("assistant", add_special_tokens=False).ids
        gap = tokenizer.encode("\n\n", add_special_tokens=False).ids
        self.opening = [START, *role, END, *gap]

    def __call__(self, ids: Sequence[int]) -> list[bool]:
        if START not in ids:
            return [True] * len(ids)
        mask = [False] * len(ids)
        width, i = len(self.opening), 0
        while i < len(ids):
            if ids[i] == START and list(ids[i : i + width]) == self.opening:
                i += width
                while i < len(ids):
                    mask[i] = True
                    if ids[i] == EOT:
                        break
                    i += 1
            i += 1
        return mask


@dataclass
class Packer:
    """Documents end to end in rows of one length; the rest waits for the next row."""

    tokenizer: Tokenizer
    seed: str
    next_document: int = 0
    ids: list[int] = field(default_factory=list)
    mask: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.masker = Masker(self.tokenizer)

    def batch(self, rows: int, length: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Inputs and labels of shape `[rows, length]`; unlearnt positions hold `IGNORE`."""
        need = rows * length + 1
        while len(self.ids) < need:
            text = full_text(document(self.seed, self.next_document))
            ids = self.tokenizer.encode(text, add_special_tokens=False).ids
            self.ids += ids
            self.mask += self.masker(ids)
            self.next_document += 1
        ids_ = np.array(self.ids[:need], dtype=np.int64)
        labels = np.where(np.array(self.mask[:need]), ids_, IGNORE)
        self.ids, self.mask = self.ids[need - 1 :], self.mask[need - 1 :]
        return ids_[:-1].reshape(rows, length), labels[1:].reshape(rows, length)

    def state(self) -> dict[str, Any]:
        return {"seed": self.seed, "next_document": self.next_document, "ids": list(self.ids),
                "mask": list(self.mask)}  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self.seed, self.next_document = state["seed"], state["next_document"]
        self.ids, self.mask = list(state["ids"]), list(state["mask"])
