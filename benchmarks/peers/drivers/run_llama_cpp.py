"""Measure llama.cpp with its own programs.

    python run_llama_cpp.py FOLDER-OF-PROGRAMS MODEL.gguf WORK VERSION

Decoding comes from llama-batched-bench, which computes each prompt once and copies it to all
sequences, feeds random tokens and samples none. Prefill comes from llama-bench. Each gets the
attention that is faster for it: of one sequence's 2,000 tokens of context, decoding makes 27 tokens
per CPU second without flash attention and 17 with it, while prefill gains 5 % by it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import PREFILL_ROUNDS, case, print_figures, read_work, resident_mb

DECODE_OPTIONS = ("--flash-attn", "off")
PREFILL_OPTIONS = ("--flash-attn", "1")

CELLS = 256
"""llama.cpp rounds each sequence's context up to a multiple of this."""

HEADER = "n_kv_max ="
"""In the line that is written when the model is loaded and warm."""


@dataclass
class Run:
    """One program's output; resident memory is looked at all the while."""

    lines: list[str] = field(default_factory=list)
    load_s: float = 0.0
    resident: list[float] = field(default_factory=list)
    peak: float = 0.0

    @property
    def steady(self) -> float:
        return statistics.median(self.resident[-20:]) if self.resident else 0.0


def run(command: Sequence[str]) -> Run:
    began, found, ended = time.perf_counter(), Run(), threading.Event()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []

    def watch() -> None:
        done = False
        while not done:
            now, peak = resident_mb(process.pid)
            if now:
                found.resident.append(now)
                found.peak = max(found.peak, peak)
            done = ended.wait(0.1)

    watchers = [
        threading.Thread(target=watch),
        threading.Thread(target=lambda: errors.extend(process.stderr)),
    ]
    for watcher in watchers:
        watcher.start()
    for line in process.stdout:
        if HEADER in line:
            found.load_s = time.perf_counter() - began
        found.lines.append(line)
    ended.set()
    for watcher in watchers:
        watcher.join()
    if process.wait() != 0:
        raise SystemExit("".join(errors[-20:]) + f"{command[0]} ended with {process.returncode}")
    return found


def decode(
    programs: Path, model: str, work: dict[str, Any], context: int
) -> tuple[dict[str, float], Run]:
    """Tokens per second by case, of all cases with this context."""
    counts = sorted(count for count, length in work["decode"] if length == context)
    each = -(-(context + work["steps"] + 1) // CELLS) * CELLS
    command = [
        str(programs / "llama-batched-bench"),
        *("-m", model, "-c", str(each * counts[-1]), "-npp", str(context)),
        *("-ntg", str(work["steps"]), "-npl", ",".join(map(str, counts)), "-pps"),
        *("-t", str(work["threads"]), "-tb", str(work["threads"])),
        *DECODE_OPTIONS,
    ]
    found = run(command)
    rates = {}
    for line in found.lines:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 10 and cells[0].isdigit():
            rates[case(int(cells[2]), context)] = float(cells[7])
    return rates, found


def prefill(programs: Path, model: str, work: dict[str, Any]) -> dict[str, float]:
    """Prompt tokens per second by length."""
    command = [
        str(programs / "llama-bench"),
        *("-m", model, "-p", ",".join(map(str, work["prefill"])), "-n", "0"),
        *("-r", str(PREFILL_ROUNDS), "-t", str(work["threads"]), "-o", "json"),
        *PREFILL_OPTIONS,
    ]
    results = json.loads("".join(run(command).lines))
    return {str(one["n_prompt"]): statistics.median(one["samples_ts"]) for one in results}


def main() -> None:
    programs, model, work = Path(sys.argv[1]), sys.argv[2], read_work(sys.argv[3])
    version = sys.argv[4]
    rates: dict[str, float] = {}
    load_s, steady, peak = 0.0, 0.0, 0.0
    for context in sorted({length for _, length in work["decode"]}):
        found_rates, found = decode(programs, model, work, context)
        rates |= found_rates
        # Memory and start are those of the shortest context, whatever else is measured.
        if not load_s:
            load_s, steady, peak = found.load_s, found.steady, found.peak
    prompts = prefill(programs, model, work) if work["prefill"] else {}
    print_figures(
        decode=rates, prefill=prompts, load_s=load_s, version=version, memory=(steady, peak)
    )


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    main()
