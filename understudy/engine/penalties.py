"""Repetition, frequency and presence penalties, over the tokens a sequence has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from understudy.request import SamplingParams

Floats = npt.NDArray[np.float32]


def has_penalties(sampling: SamplingParams) -> bool:
    """Say whether any penalty is on. A repetition penalty of 0 is off, like 1."""
    return (
        sampling.repetition_penalty not in (0.0, 1.0)
        or sampling.frequency_penalty != 0.0
        or sampling.presence_penalty != 0.0
    )


class SeenTokens:
    """The distinct tokens of one sequence, and how often each was generated.

    Kept up to date token by token, so that a step costs the number of distinct tokens and
    not the length of the sequence or the size of the vocabulary.
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        distinct = np.unique(np.asarray(prompt, dtype=np.int64))
        self._size = len(distinct)
        self._ids = np.concatenate([distinct, np.zeros(64, np.int64)])
        self._counts = np.zeros(len(self._ids), np.float32)
        self._slots = {token: slot for slot, token in enumerate(distinct.tolist())}

    def add(self, token: int) -> None:
        """Count one generated token."""
        slot = self._slots.get(token)
        if slot is None:
            slot = self._slots[token] = self._size
            if slot == len(self._ids):
                self._ids = np.concatenate([self._ids, np.zeros_like(self._ids)])
                self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._ids[slot] = token
            self._size += 1
        self._counts[slot] += 1

    def copy(self) -> SeenTokens:
        """Return one of the same tokens and counts, for an answer that goes on by itself."""
        other = SeenTokens.__new__(SeenTokens)
        other._size = self._size
        other._ids = self._ids.copy()
        other._counts = self._counts.copy()
        other._slots = self._slots.copy()
        return other

    def penalise(self, logits: Floats, sampling: SamplingParams) -> None:
        """Change ``logits``, shape (vocab_size,), in place.

        Repetition divides positive logits and multiplies negative ones (the CTRL paper's
        rule, as transformers and vLLM have it), over prompt and output. Frequency and
        presence subtract, over the output alone, as OpenAI's reference defines them.
        """
        ids, counts = self._ids[: self._size], self._counts[: self._size]
        values = logits[ids]
        repetition = np.float32(sampling.repetition_penalty)
        if repetition not in (0.0, 1.0):
            values = np.where(values > 0, values / repetition, values * repetition)
        values -= np.float32(sampling.frequency_penalty) * counts
        values -= np.float32(sampling.presence_penalty) * (counts > 0)
        logits[ids] = values
