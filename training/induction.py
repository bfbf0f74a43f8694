"""Drills of copying on random tokens, for the first moments of training.

A head that finds where the present token stood before, and reads what followed it, is what
copying, recall and questions over a passage are made of. Random tokens can be foretold by nothing
else, so such heads form within a few hundred steps.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .tokenizer import BOS, SPECIAL

Array = np.ndarray[Any, Any]


def drill(seed: str, number: int, vocabulary: int) -> tuple[Array, Array]:
    """Ids and which of them can be foretold: a sequence said again, or pairs asked for."""
    rng = random.Random(f"{seed}:drill:{number}")
    ids, known = _again(rng, vocabulary) if rng.random() < 0.6 else _pairs(rng, vocabulary)
    return np.array([BOS, *ids], dtype=np.uint16), np.array([False, *known], dtype=bool)


def _token(rng: random.Random, vocabulary: int) -> int:
    return rng.randrange(len(SPECIAL), vocabulary)


def _again(rng: random.Random, vocabulary: int) -> tuple[list[int], list[bool]]:
    """Some tokens, and some of them again from a random place on, two or three times."""
    said = [_token(rng, vocabulary) for _ in range(rng.randint(10, 100))]
    ids, known = list(said), [False] * len(said)
    for _ in range(rng.randint(2, 3)):
        start = rng.randrange(len(said) - 4)
        part = said[start:] if rng.random() < 0.5 else said
        ids += part
        known += [False, *[True] * (len(part) - 1)]  # where it starts is anybody's guess
    return ids, known


def _pairs(rng: random.Random, vocabulary: int) -> tuple[list[int], list[bool]]:
    """Keys each with a value of one to three tokens, then the keys in another order."""
    pairs = [
        (key, [_token(rng, vocabulary) for _ in range(rng.randint(1, 3))])
        for key in rng.sample(range(len(SPECIAL), vocabulary), rng.randint(5, 25))
    ]
    ids: list[int] = []
    for key, value in pairs:
        ids += [key, *value]
    known = [False] * len(ids)
    for key, value in rng.sample(pairs, len(pairs)):
        ids += [key, *value]
        known += [False, *[True] * len(value)]
    return ids, known
