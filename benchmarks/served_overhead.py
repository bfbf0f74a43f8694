"""What HTTP, templates, decoding and SSE cost: the server beside the bare engine, in one run.

    python -m benchmarks.served_overhead [--precision int4] [--rounds 5]

In turns: the engine alone decodes 16 sequences at once in a process of its own, and ``understudy
serve`` streams 16 completions at once to a client in a process of its own. Counted are the tokens
of the time in which all sixteen decode. Ratios are within a round; the demand is a median loss of
less than 3 %. Then, at the same server, the time to the first token of a prompt whose first 1,024
tokens are cached, over that of one of the same length that is not: less than 5 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import PEERS, Precision, weights
from benchmarks.side_by_side.http import server
from benchmarks.side_by_side.http.client import Answer
from benchmarks.side_by_side.http.summary import together
from benchmarks.side_by_side.http.workloads import (
    Chain,
    HttpWork,
    completion,
    first,
    streams,
)
from benchmarks.side_by_side.process import Failed, figures_of
from benchmarks.subject import arguments, show, subject
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams

STREAMS, PROMPT = 16, 128
CACHED, FRESH = 1024, 16
"""Tokens of the prefix that is cached, and of what each prompt adds to it."""

LOSS, CACHED_SHARE = 0.03, 0.05
"""What must not be reached."""

_PATIENCE_S = 600.0
_HOUSE = Path(__file__).parents[1] / "understudy" / "house"
_GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)


@dataclass(frozen=True)
class Case:
    """What is compared: the random 1B, or (to see that it runs) the bundled model."""

    precision: Precision
    work: HttpWork
    rounds: int
    house: bool

    @property
    def model(self) -> str:
        return "@house/prompter" if self.house else weights.MODEL

    def engine(self) -> list[str]:
        """Arguments of the process that is the engine alone."""
        own = ["--engine", "--precision", self.precision, "--answer", str(self.work.answer)]
        return [
            sys.executable,
            "-m",
            "benchmarks.served_overhead",
            *own,
            *(["--quick"] if self.house else []),
        ]

    def serve(self, home: Path) -> Callable[[int], list[str]]:
        """Arguments of the server, by its port."""
        context = CACHED + FRESH + 64

        def arguments(port: int) -> list[str]:
            if not self.house:
                found = PEERS["understudy"].serve(self.precision, port, STREAMS, context)
                return list(found or ())
            # Without room for adapters, as the engine alone is measured.
            settings = [f"UNDERSTUDY_HOME={home}", "UNDERSTUDY_ADAPTERS=false"]
            settings += [f"UNDERSTUDY_API_KEY={weights.KEY}"]
            command = [sys.executable, "-m", "understudy", "serve", "--port", str(port)]
            return ["env", *settings, *command, "--quantize", self.precision]

        return arguments


def engine_alone(folder: Path | None, precision: Precision, answer: int) -> dict[str, float]:
    """Tokens per second of all sequences over the steps in which all of them decode."""
    rng = np.random.default_rng(0)
    room = STREAMS * (PROMPT + answer + 64)
    with subject(folder, precision) as model, model.runner(room) as runner:
        core = EngineCore(runner, EngineOptions())
        sequences = [
            Sequence(Job(rng.integers(0, runner.vocab_size, PROMPT).tolist(), _GREEDY, answer))
            for _ in range(STREAMS)
        ]
        for sequence in sequences:
            core.add(sequence)
        while any(sequence.output_length == 0 for sequence in sequences):
            core.step()
        before = core.output_tokens
        began = time.perf_counter()
        while len(core.scheduler.running) == STREAMS:
            core.step()
        return {"tokens_s": (core.output_tokens - before) / (time.perf_counter() - began)}


def streamed(served: server.Served, case: Case) -> float:
    """Tokens per second of all streams over the time in which all of them come."""
    answers = server.ask(served.port, weights.KEY, streams(case.work, case.model))
    wrong = [one.error for one in answers if one.error]
    found = together(answers)
    if wrong or "decode_tokens_s" not in found:
        raise Failed(wrong[0] if wrong else "the streams never came all together")
    return float(found["decode_tokens_s"])


def first_tokens(served: server.Served, case: Case) -> list[tuple[float, float]]:
    """Milliseconds to the first token of a prompt, and of another with the same beginning."""
    rng = np.random.default_rng(5)
    requests = []
    for _ in range(case.rounds):
        shared = rng.integers(*case.work.token_ids, CACHED).tolist()
        for _ in range(2):
            own = rng.integers(*case.work.token_ids, FRESH).tolist()
            requests.append(completion(case.model, shared + own, 1))
    answers = server.ask(served.port, weights.KEY, (Chain(0.0, tuple(requests)),))
    waits = [_first_ms(one) for one in answers]
    return list(zip(waits[::2], waits[1::2], strict=True))


def _first_ms(answer: Answer) -> float:
    if answer.error or not answer.times:
        raise Failed(answer.error or "an answer has no text")
    return 1000 * (answer.times[0] - answer.sent)


def measure(case: Case) -> list[dict[str, Any]]:
    """One row for the loss of throughput, one for the first token. Raises Failed."""
    alone, through = [], []
    waits: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="understudy-served-") as home:
        for _ in range(case.rounds):
            alone.append(float(figures_of(case.engine(), _PATIENCE_S)["tokens_s"]))
            serve = case.serve(Path(home))
            with server.serving(serve, weights.KEY, first(case.work, case.model)) as served:
                through.append(streamed(served, case))
                waits = waits or first_tokens(served, case)
    loss = statistics.median(1 - two / one for one, two in zip(alone, through, strict=True))
    share = statistics.median(cached / cold for cold, cached in waits)
    return [
        {
            "what": f"tokens/s of {STREAMS} streams: engine alone, served",
            "without": statistics.median(alone),
            "with": statistics.median(through),
            "figure": f"{100 * loss:.1f} % lost",
            "demand": f"under {100 * LOSS:.0f} %: {'met' if loss < LOSS else 'missed'}",
        },
        {
            "what": f"ms to the first token: {CACHED} of {CACHED + FRESH} tokens cold, cached",
            "without": statistics.median(cold for cold, _ in waits),
            "with": statistics.median(cached for _, cached in waits),
            "figure": f"{100 * share:.1f} % of cold",
            "demand": f"under {100 * CACHED_SHARE:.0f} %: "
            f"{'met' if share < CACHED_SHARE else 'missed'}",
        },
    ]


def _case(given: argparse.Namespace) -> Case:
    work = replace(HttpWork(), streams=STREAMS, prompt=PROMPT, answer=given.answer)
    if given.quick:
        return Case("int8", replace(work, token_ids=(260, 500)), 1, house=True)
    return Case(given.precision, work, given.rounds, house=False)


def main() -> int:
    parser = arguments(__doc__ or "", rounds=5, model=False)
    parser.add_argument("--precision", choices=["int4", "int8", "bf16"], default="int4")
    parser.add_argument("--answer", type=int, default=96, help="tokens of each stream")
    parser.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        folder = _HOUSE if given.quick else None
        print(json.dumps(engine_alone(folder, given.precision, given.answer)))
        return 0
    try:
        show(measure(_case(given)))
    except Failed as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
