"""Sampling noise as a pure function: the same seed and position give the same draw.

A generator with state would tie a draw to how many were made before it, and so to what
else ran, to preemption and to retries. Philox is counter-based: its output is a function
of key and counter alone, and NumPy keeps the stream of its bit generators stable.
"""

from __future__ import annotations

import secrets

import numpy as np

_U64 = (1 << 64) - 1


def fresh_seed() -> int:
    """Return a seed nobody can guess, for requests that name none."""
    return secrets.randbits(64)


def uniform(seed: int, position: int, choice: int = 0) -> float:
    """Return a number in [0, 1) with 53 random bits for output token ``position``.

    ``seed`` may be any signed or unsigned 64-bit integer: negative seeds stand for their
    two's complement. ``choice`` keeps several answers to one prompt apart.
    """
    key = np.array([seed & _U64, choice], dtype=np.uint64)
    counter = np.array([position, 0, 0, 0], dtype=np.uint64)
    bits = int(np.random.Philox(key=key, counter=counter).random_raw())
    return (bits >> 11) * 2.0**-53
