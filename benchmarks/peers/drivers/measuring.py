"""What drivers share; standard library only, for they run in the peers' environments."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PREFILL_ROUNDS = 3
SHARED_CONTEXT = 1024
"""From this many tokens on, sequences that decode together have the same prompt, computed once:
long prompts of their own would take minutes and leave the decoding as it is."""


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


def print_figures(
    *,
    decode: Mapping[str, float],
    prefill: Mapping[str, float],
    load_s: float,
    version: str,
    memory: tuple[float, float] | None = None,
) -> None:
    """The last line of standard output, whatever libraries wrote there before.

    ``memory`` is what is resident and its peak; by default this process's own.
    """
    steady, peak = memory or resident_mb()
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
