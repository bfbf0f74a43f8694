"""Whole documents as tokens, laid end to end in shards of one size, from a place to resume at.

Documents are written and tokenised by a process of their own, as far ahead as a pipe holds.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from .corpus.mix import document
from .corpus.pen import Doc
from .heldout import touches
from .induction import drill
from .template import full_text
from .tokenizer import END, EOT, PAD, START

Array = np.ndarray[Any, Any]
IGNORE = -100
LONGEST = 2048
POOL = 96


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


@dataclass(frozen=True)
class Tokens:
    """One document: its ids, and which of them carry loss."""

    ids: Array
    learnt: Array

    def __len__(self) -> int:
        return max(len(self.ids) - 1, 0)  # the last is only ever a target


NOTHING = Tokens(np.zeros(0, np.uint16), np.zeros(0, bool))


def read(tokenizer: Tokenizer, masker: Masker, doc: Doc) -> Tokens:
    """A document as tokens, cut to what the model's positions can hold."""
    ids = tokenizer.encode(full_text(doc), add_special_tokens=False).ids[: LONGEST + 1]
    return Tokens(np.array(ids, dtype=np.uint16), np.array(masker(ids), dtype=bool))


def training_text(tokenizer: Tokenizer, masker: Masker, seed: str, number: int) -> Tokens:
    """Document `number` of the stream, or nothing where it comes near the frozen test set.

    The stream keeps away from what is held out by itself, but a word that the corpus learns later
    moves the forms, and what was frozen stays.
    """
    doc = document(seed, number)
    return NOTHING if touches(doc) else read(tokenizer, masker, doc)


@dataclass(frozen=True)
class Shard:
    """Documents end to end: `ids`, `labels` and `positions` of shape [size], and their lengths.

    Positions start again with each document. What is left over is one more document of padding.
    A label is the token that follows, or `IGNORE` where it carries no loss.
    """

    ids: Array
    labels: Array
    positions: Array
    lengths: list[int]
    used: int

    @property
    def learnt(self) -> int:
        return int((self.labels != IGNORE).sum())


def lay(documents: Sequence[Tokens], size: int) -> Shard:
    """One shard of these documents, which must fit."""
    lengths = [len(tokens) for tokens in documents]
    used = sum(lengths)
    ids, labels = np.full(size, PAD, np.int64), np.full(size, IGNORE, np.int64)
    ids[:used] = np.concatenate([tokens.ids[:-1] for tokens in documents] or [ids[:0]])
    targets = [np.where(t.learnt[1:], t.ids[1:].astype(np.int64), IGNORE) for t in documents]
    labels[:used] = np.concatenate(targets or [labels[:0]])
    if used < size:
        lengths.append(size - used)
    positions = np.concatenate([np.arange(length) % LONGEST for length in lengths])
    return Shard(ids, labels, positions, lengths, used)


class Writer:
    """A process that writes and tokenises documents from number `start` on."""

    def __init__(self, tokenizer: Tokenizer, seed: str, start: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.receiver, sender = context.Pipe(duplex=False)
        arguments = (sender, tokenizer.to_str(), seed, start)
        self.process = context.Process(target=_write, args=arguments, daemon=True)
        self.process.start()
        sender.close()

    def next(self) -> Tokens:
        """The next document; raises `EOFError` when the writer has failed."""
        ids = np.frombuffer(self.receiver.recv_bytes(), dtype=np.uint16)
        return Tokens(ids, np.frombuffer(self.receiver.recv_bytes(), dtype=bool))

    def close(self) -> None:
        self.receiver.close()
        self.process.terminate()
        self.process.join()
        self.process.close()


def _write(sender: Connection, tokenizer_text: str, seed: str, start: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a stop is the parent's to handle
    tokenizer = Tokenizer.from_str(tokenizer_text)
    masker, number = Masker(tokenizer), start
    try:
        while True:
            tokens = training_text(tokenizer, masker, seed, number)
            sender.send_bytes(tokens.ids.tobytes())
            sender.send_bytes(tokens.learnt.tobytes())
            number += 1
    except BrokenPipeError:
        return


class Packer:
    """Shards from the stream `seed`, with hardly a gap: of some waiting documents the oldest that
    fits comes first, and the largest that fits last.

    `drills` is the share of documents that are drills of copying rather than text. The numbers
    of the waiting documents and of the next ones are the whole state.
    """

    def __init__(self, tokenizer: Tokenizer, seed: str, ahead: bool = False) -> None:
        self.tokenizer, self.seed, self.ahead = tokenizer, seed, ahead
        self.masker = Masker(tokenizer)
        self.vocabulary = tokenizer.get_vocab_size()
        self.drills = 0.0
        self.next_text = self.next_drill = 0
        self.owed = 0.0  # drills, by the share asked for so far
        self.writer: Writer | None = None
        self.waiting: list[tuple[str, int, Tokens]] = []

    def shard(self, size: int) -> Shard:
        """The next shard of `size` tokens; longer documents are cut to it."""
        chosen: list[Tokens] = []
        room = size
        while True:
            while len(self.waiting) < POOL:
                self._add()
            lengths = [min(len(tokens), size) for _, _, tokens in self.waiting]
            fitting = [i for i, length in enumerate(lengths) if length <= room]
            if not fitting:
                return lay(chosen, size)
            best = 0 if fitting[0] == 0 else max(fitting, key=lambda i: lengths[i])
            _, _, tokens = self.waiting.pop(best)
            chosen.append(Tokens(tokens.ids[: size + 1], tokens.learnt[: size + 1]))
            room -= lengths[best]

    def state(self) -> dict[str, Any]:
        return {"seed": self.seed, "next_text": self.next_text, "next_drill": self.next_drill,
                "owed": self.owed,
                "waiting": [(kind, number) for kind, number, _ in self.waiting]}  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved place; a state of another seed leaves this one at its start."""
        if state["seed"] != self.seed:
            return
        self.close()
        self.next_text, self.next_drill = state["next_text"], state["next_drill"]
        self.owed = state["owed"]
        self.waiting = [(kind, n, self._make(kind, n)) for kind, n in state["waiting"]]

    def close(self) -> None:
        """End the writer, if one runs; the next shard starts it again."""
        if self.writer:
            self.writer.close()
            self.writer = None

    def _add(self) -> None:
        """Let one more document wait; one that carries nothing to learn is passed over."""
        self.owed += self.drills
        if self.owed >= 1.0:
            self.owed -= 1.0
            kind, number = "drill", self.next_drill
            self.next_drill += 1
            tokens = self._make(kind, number)
        else:
            kind, number = "text", self.next_text
            self.next_text += 1
            tokens = self._text(number)
        if len(tokens):
            self.waiting.append((kind, number, tokens))

    def _text(self, number: int) -> Tokens:
        if not self.ahead:
            return self._make("text", number)
        if self.writer is None:
            self.writer = Writer(self.tokenizer, self.seed, number)
        return self.writer.next()

    def _make(self, kind: str, number: int) -> Tokens:
        if kind == "drill":
            return Tokens(*drill(self.seed, number, self.vocabulary))
        return training_text(self.tokenizer, self.masker, self.seed, number)
