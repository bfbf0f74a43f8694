"""The same answer whatever else runs: one request alone and among 1 to 63 others, bytes compared.

    python -m benchmarks.invariance [--precision int4 int8 bf16]

At each precision a greedy and a seeded request are answered alone, then in company of other
prompts, lengths and seeds that arrive before and after them, in prompts cut into chunks, on cached
prefixes, with drafts and without. The tokens and their log-probabilities (to the bit) are compared.
The graph that takes adapters is another graph: there, alone is compared with the plain graph for
information, and company that uses adapters with alone. Exits with 1 where any company made a
difference.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.adapters import random_adapter
from benchmarks.subject import Subject, arguments, show, subject
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner
from understudy.engine.sequence import Sequence
from understudy.events import TokenEvent
from understudy.request import SamplingParams

COMPANY = (1, 2, 7, 15, 31, 63)
LONGEST = 160
"""Tokens of the longest prompt."""

_HEAD_START = 3
"""Steps that the others who came before run by themselves."""

GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)
SEEDED = SamplingParams(temperature=0.8, top_p=0.9, ignore_eos=True, seed=7)
SAME, DIFFERENT = "identical", "DIFFERENT"
KINDS = {"greedy": GREEDY, "seeded": SEEDED}


@dataclass(frozen=True)
class Circumstances:
    """What else is true of a run. ``others`` sequences run too; ``cached`` has the prompt asked
    once before; ``chunk`` cuts prompts; ``drafts`` is the engine's ``draft_rows``; every second of
    the others uses one of ``adapters``."""

    others: int = 0
    cached: bool = False
    chunk: int = 512
    drafts: int = 0
    adapters: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.others} others"]
        parts += ["cached prefix"] if self.cached else []
        parts += [f"chunks of {self.chunk}"] if self.chunk < 512 else []
        parts += ["drafts"] if self.drafts else []
        parts += ["adapters beside"] if self.adapters else []
        return ", ".join(parts)


def circumstances(company: tuple[int, ...]) -> Iterator[Circumstances]:
    """Everything that is compared with a run alone."""
    yield Circumstances(cached=True)
    yield Circumstances(chunk=32)
    yield Circumstances(drafts=8)
    for others in company:
        yield Circumstances(others)
    yield Circumstances(company[-1], cached=True, chunk=48)
    yield Circumstances(1, cached=True, drafts=8)


def answer(
    runner: OpenVinoRunner, sampling: SamplingParams, around: Circumstances, tokens: int
) -> bytes:
    """Token ids and the bits of their log-probabilities."""
    options = EngineOptions(
        step_tokens=around.chunk, prefill_chunk=min(128, around.chunk), draft_rows=around.drafts
    )
    core = EngineCore(runner, options)
    job = _job(runner, 0, sampling, tokens)
    if around.cached:
        _read(core, replace(job, max_tokens=1))
    others = [_other(runner, number, around, tokens) for number in range(1, around.others + 1)]
    before = around.others // 2
    for other in others[:before]:
        core.add(Sequence(other))
    for _ in range(_HEAD_START):
        if core.scheduler.has_work:
            core.step()
    return _read(core, job, others[before:])


def _read(core: EngineCore, job: Job, late: Items[Job] = ()) -> bytes:
    """Run until ``job`` ends; a few of ``late`` are added at each step."""
    waiting = list(late)
    core.add(Sequence(job))
    found = b""
    while True:
        for _ in range(4):
            if waiting:
                core.add(Sequence(waiting.pop()))
        for outcome in core.step():
            if outcome.job is not job:
                continue
            if outcome.error is not None:
                raise outcome.error
            for event in outcome.events:
                if isinstance(event, TokenEvent) and event.logprob is not None:
                    found += struct.pack("<id", event.token_id, event.logprob.logprob)
            if outcome.ended:
                return found


def _other(runner: OpenVinoRunner, number: int, around: Circumstances, tokens: int) -> Job:
    job = _job(runner, number, GREEDY if number % 2 else SEEDED, tokens)
    if around.adapters and number % 2:
        return replace(job, adapter=around.adapters[number // 2 % len(around.adapters)])
    return job


def _job(runner: OpenVinoRunner, number: int, sampling: SamplingParams, tokens: int) -> Job:
    """Request ``number``: of a length and text of its own; 0 is the one that is compared."""
    rng = np.random.default_rng(number)
    length = 90 if number == 0 else int(rng.integers(2, LONGEST))
    prompt = rng.integers(0, runner.vocab_size, length).tolist()
    own = replace(sampling, seed=(sampling.seed or 0) + number)
    return Job(prompt, own, tokens, logprobs=0)


def compare(
    model: Subject, precision: str, company: tuple[int, ...], tokens: int
) -> list[dict[str, Any]]:
    """A row for each circumstance: whether both answers had the same bytes as alone."""
    room = (max(company) + 1) * (LONGEST + tokens + 64)
    rows: list[dict[str, Any]] = []
    nothing = Circumstances()

    def answers(runner: OpenVinoRunner, around: Circumstances) -> dict[str, bytes]:
        return {name: answer(runner, kind, around, tokens) for name, kind in KINDS.items()}

    def add(beside: str, found: dict[str, bytes], alone: dict[str, bytes], other: str) -> None:
        said = {name: SAME if found[name] == alone[name] else other for name in KINDS}
        rows.append({"weights": precision, "beside": beside, **said})

    with model.runner(room) as runner:
        plain = answers(runner, nothing)
        for around in circumstances(company):
            add(str(around), answers(runner, around), plain, DIFFERENT)
    with model.runner(room, adapters=True) as runner:
        keys = ("one", "two")
        for rank, key in zip((4, 16), keys, strict=True):
            runner.load_adapter(key, random_adapter(model.architecture, rank, rank))
        alone = answers(runner, nothing)
        add("nothing, on the graph for adapters", alone, plain, "other bits")
        for others in (company[0], company[-1]):
            around = Circumstances(others, adapters=keys)
            add(str(around), answers(runner, around), alone, DIFFERENT)
    return rows


def main() -> int:
    parser = arguments(__doc__ or "", rounds=1)
    choices = ["int4", "int8", "bf16"]
    parser.add_argument("--precision", nargs="+", choices=choices, default=choices)
    parser.add_argument("--tokens", type=int, default=24)
    given = parser.parse_args()
    rows = []
    for precision in given.precision:
        company, tokens = ((1, 3), 4) if given.quick else (COMPANY, given.tokens)
        with subject(given.model, precision) as model:
            rows += compare(model, precision, company, tokens)
    show(rows)
    return int(any(DIFFERENT in row.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main())
