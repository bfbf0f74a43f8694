"""Conversations as tokens, and batches of them in an order that the seed decides."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from .data import IGNORE, Masker
from .lora_lines import BadData, BadLine, Conversation, read, refusal
from .template import render
from .tokenizer import PAD

Batch = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Example:
    """One conversation's tokens, and which of them carry loss."""

    ids: list[int]
    learnt: list[bool]


@dataclass(frozen=True)
class Encoder:
    """Conversations to examples of at most ``limit`` tokens."""

    tokenizer: Tokenizer
    limit: int

    def __call__(self, conversation: Conversation) -> Example:
        """Raises BadLine when the conversation is too long for the model."""
        text = render(conversation.messages, conversation.tools)
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        if len(ids) > self.limit:
            raise BadLine(f"has {len(ids)} tokens; the model reads at most {self.limit}")
        mask = Masker(self.tokenizer)(ids)
        answer, learnt = -1, list(mask)
        for i in range(1, len(ids)):
            answer += mask[i] and not mask[i - 1]  # never side by side: a header parts answers
            learnt[i] = mask[i] and answer not in conversation.unlearnt
        return Example(ids, learnt)


def examples(path: Path, encode: Encoder) -> list[Example]:
    """Every line of the file. Raises BadData, which names each bad line by its number."""
    found: list[Example] = []
    bad: list[tuple[int, BadLine]] = []
    for number, line in read(path):
        if isinstance(line, BadLine):
            bad.append((number, line))
            continue
        try:
            found.append(encode(line))
        except BadLine as exc:
            bad.append((number, exc))
    if bad:
        raise refusal(path, bad)
    if not found:
        raise BadData(f"{path} holds no lines.")
    return found


def fitting(conversations: Iterable[Conversation], encode: Encoder) -> list[Example]:
    """The conversations that are short enough."""
    found = []
    for conversation in conversations:
        try:
            found.append(encode(conversation))
        except BadLine:
            continue
    return found


def batches(data: Sequence[Example], tokens: int, length: int, seed: int) -> Iterator[Batch]:
    """Batches for ever, each epoch in another order: inputs and labels `[rows, row length]`.

    Whole examples stand end to end in rows of ``length`` tokens, longer where one example is; a
    batch has as many rows as ``tokens`` holds, fewer at the end of an epoch. Labels that carry
    no loss are `IGNORE`.
    """
    rng = random.Random(seed)
    longest = max(length, *(len(example.ids) for example in data))
    per_batch = max(tokens // longest, 1)
    while True:
        rows = _rows(rng.sample(data, len(data)), longest)
        for start in range(0, len(rows), per_batch):
            yield _padded(rows[start : start + per_batch])


def _rows(data: Iterable[Example], length: int) -> list[Example]:
    rows: list[Example] = []
    for example in data:
        if rows and len(rows[-1].ids) + len(example.ids) <= length:
            last = rows[-1]
            rows[-1] = Example(last.ids + example.ids, last.learnt + example.learnt)
        else:
            rows.append(example)
    return rows


def _padded(rows: Sequence[Example]) -> Batch:
    """Each position's label is the token after it."""
    width = max(len(row.ids) for row in rows) - 1
    inputs = np.full((len(rows), width), PAD, dtype=np.int64)
    labels = np.full((len(rows), width), IGNORE, dtype=np.int64)
    for at, row in enumerate(rows):
        ids, count = np.array(row.ids, dtype=np.int64), len(row.ids) - 1
        inputs[at, :count] = ids[:-1]
        labels[at, :count] = np.where(row.learnt[1:], ids[1:], IGNORE)
    return inputs, labels
