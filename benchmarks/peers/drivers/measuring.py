"""What drivers share; standard library only, for they run in the peers' environments."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

PREFILL_ROUNDS = 2
SPARE = 128
"""Tokens that the first sequences may write while the last ones' prompts are computed."""


class Bench(Protocol):
    """A loaded engine. Rates are in tokens per second."""

    def prefill(self, length: int) -> float:
        """Of one prompt that it has not seen, up to its first token."""
        ...

    def decode(self, count: int, context: int) -> float:
        """Of ``count`` sequences together behind one prompt, over all timed steps."""
        ...


def resident_mb(process: int | str = "self") -> tuple[float, float]:
    """Resident memory of a process now and at its peak, in MiB."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    now, peak = (int(fields.get(name, "0 kB").split()[0]) for name in ("VmRSS", "VmHWM"))
    return now / 1024, peak / 1024


def read_work(text: str) -> dict[str, Any]:
    """A ``Work`` as ``Work.json`` writes it, with ``case`` names for its decode pairs."""
    work: dict[str, Any] = json.loads(text)
    work["decode"] = [tuple(pair) for pair in work["decode"]]
    return work


def case(sequences: int, context: int) -> str:
    return f"{sequences}@{context}"


def tokens(length: int, vocabulary: int, seed: int) -> list[int]:
    """``length`` ordinary token ids, the same for the same seed in every environment."""
    state, out = seed + 1, []
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append((state >> 33) % vocabulary)
    return out


def measure(bench: Bench, work: dict[str, Any], *, load_s: float, version: str) -> None:
    """Measure every case in this process and print the figures.

    Memory is that after the shortest contexts, whatever else is measured. Before the first timed
    prompt there is one that is not: it makes the engine choose its kernels for prompts.
    """
    nearest = min((context for _, context in work["decode"]), default=0)
    near = [pair for pair in work["decode"] if pair[1] == nearest]
    decode = {case(*pair): bench.decode(*pair) for pair in near}
    memory = resident_mb()
    for length in work["prefill"][:1]:
        bench.prefill(length)
    prefill = {
        str(length): statistics.median(bench.prefill(length) for _ in range(PREFILL_ROUNDS))
        for length in work["prefill"]
    }
    far = [pair for pair in work["decode"] if pair[1] != nearest]
    decode |= {case(*pair): bench.decode(*pair) for pair in far}
    print_figures(decode=decode, prefill=prefill, load_s=load_s, version=version, memory=memory)


def print_figures(
    *,
    decode: Mapping[str, float],
    prefill: Mapping[str, float],
    load_s: float,
    version: str,
    memory: tuple[float, float],
) -> None:
    """The last line of standard output, whatever libraries wrote there before.

    ``memory`` is what is resident and its peak, in MiB.
    """
    steady, peak = memory
    figures = {
        "decode": {name: round(rate, 2) for name, rate in decode.items()},
        "prefill": {name: round(rate, 2) for name, rate in prefill.items()},
        "load_s": round(load_s, 2),
        "rss_mb": round(peak),
        "steady_mb": round(steady),
        "version": version,
    }
    sys.stdout.flush()
    os.write(1, (json.dumps(figures) + "\n").encode())
