"""What drafts gain and lose: at acceptance that is forced, and on the house model's own answers.

    python -m benchmarks.speculation forced [--precision int4] [--sequences 1 2]
    python -m benchmarks.speculation house [--items 20]

``forced`` has the real model compute every step, and then has it say a text that was written
beforehand. How many tokens are drafted, and when none, is the engine's own doing; each of them is
then made right with the probability given, or wrong. The text keeps to it too: what follows four
tokens is as often what followed them last, so what the engine predicts silently is right as often.
Beside it, in turns within each round, the same text without drafts. A step's drafts count up to
the first wrong one, so of all drafted tokens fewer come true than are right.

``house`` answers held-out questions over a passage, changes of short texts and JSON, greedily, with
drafts and without; it needs the ``oracle`` extra.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.subject import Subject, arguments, show, subject
from understudy.engine.batch import Adapter, ModelRunner, Slice
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner
from understudy.engine.sequence import Sequence
from understudy.request import SamplingParams

ACCEPTANCE = (0.0, 0.25, 0.5, 0.75)
LOSS_AT_NONE = 0.97
"""What must be kept of the rate without drafts where none comes true."""

SKILLS = {
    "over a passage": ("passage",),
    "changes of a text": ("replacing", "copying", "letter case"),
    "JSON": ("json",),
}
"""Kinds of answers, and the skills that the held-out questions of each test."""

_CONTEXT = 4
"""Tokens that decide what is looked up: the longest run that the drafter knows."""

_SYMBOLS = (11, 12)
_PROMPT = 128
_GREEDY = SamplingParams(temperature=0.0, ignore_eos=True, seed=1)

Logits = npt.NDArray[np.float32]


def forced_text(length: int, acceptance: float, seed: int = 0) -> list[int]:
    """A text of two tokens in which the last follower of four tokens follows again with
    probability ``acceptance``."""
    rng = np.random.default_rng(seed)
    text: list[int] = rng.choice(_SYMBOLS, 2 * _PROMPT // 3).tolist()
    last: dict[tuple[int, ...], int] = {}
    for end in range(_CONTEXT, len(text)):
        last[tuple(text[end - _CONTEXT : end])] = text[end]
    while len(text) < length:
        key = tuple(text[-_CONTEXT:])
        expected = last.get(key, _SYMBOLS[0])
        text.append(expected if rng.random() < acceptance else _other(expected))
        last[key] = text[-1]
    return text


class Taught(Sequence):
    """A sequence whose drafts are right with probability ``acceptance``, each by itself."""

    def __init__(self, job: Job, text: Items[int], acceptance: float, seed: int) -> None:
        super().__init__(job)
        self._text = text
        self._acceptance = acceptance
        self._rng = np.random.default_rng(seed)

    def draft(self, limit: int) -> list[int]:
        count = len(super().draft(limit))
        truth = self._text[self.length : self.length + count]
        return [
            token if self._rng.random() < self._acceptance else _other(token) for token in truth
        ]


def _taught(text: Items[int], answer: int, acceptance: float, seed: int) -> Taught:
    return Taught(Job(text[:_PROMPT], _GREEDY, answer), text, acceptance, seed)


def _other(symbol: int) -> int:
    return _SYMBOLS[1] if symbol == _SYMBOLS[0] else _SYMBOLS[0]


class TeacherForced:
    """A ModelRunner that computes everything and then says ``text``, whatever came out."""

    takes_adapters = False

    def __init__(self, runner: OpenVinoRunner, text: Items[int]) -> None:
        self.block_size = runner.block_size
        self.num_blocks = runner.num_blocks
        self.vocab_size = runner.vocab_size
        self.context_length = runner.context_length
        self._runner = runner
        self._text = text

    def step(self, batch: Items[Slice]) -> Logits:
        logits = self._runner.step(batch)
        row = 0
        for part in batch:
            end = part.past + len(part.tokens)
            for place in range(end - part.logits, end):
                logits[row, self._text[place + 1]] = 1e9
                row += 1
        return logits

    def copy_block(self, source: int, target: int) -> None:
        self._runner.copy_block(source, target)

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        raise ValueError("no adapters here")

    def unload_adapter(self, key: str) -> None:
        raise ValueError("no adapters here")

    def close(self) -> None:
        """The runner is another's."""


@dataclass(frozen=True)
class Run:
    """Seconds and steps of decoding ``tokens`` of the ``answers``; of the tokens drafted, how many
    came true."""

    answers: tuple[tuple[int, ...], ...]
    seconds: float
    steps: int
    tokens: int
    drafted: int
    accepted: int

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


def _step(core: EngineCore) -> None:
    """One step; raises what made a sequence fail."""
    for outcome in core.step():
        if outcome.error is not None:
            raise outcome.error


def decode(core: EngineCore, sequences: Items[Sequence]) -> Run:
    """Answer all at once; only steps after the last prompt count."""
    for sequence in sequences:
        core.add(sequence)
    while any(sequence.output_length == 0 for sequence in sequences):
        _step(core)
    steps, made = core.steps, core.output_tokens
    drafted, accepted = core.drafted_tokens, core.accepted_tokens
    began = time.perf_counter()
    while core.scheduler.has_work:
        _step(core)
    seconds = time.perf_counter() - began
    return Run(
        tuple(tuple(sequence.tokens[sequence.prompt_length :]) for sequence in sequences),
        seconds,
        core.steps - steps,
        core.output_tokens - made,
        core.drafted_tokens - drafted,
        core.accepted_tokens - accepted,
    )


def forced(model: Subject, sequences: Items[int], rounds: int, answer: int) -> list[dict[str, Any]]:
    """A row for each number of sequences and each acceptance."""
    rows = []
    with model.runner(max(sequences) * (_PROMPT + answer + 64)) as runner:
        for count in sequences:
            for acceptance in ACCEPTANCE:
                text = forced_text(_PROMPT + answer + 1, acceptance)
                teacher = TeacherForced(runner, text)
                case = partial(_taught, text, answer, acceptance)
                pairs = [_pair(teacher, partial(case, seed), count) for seed in range(rounds)]
                rows.append({"sequences": count, "forced": acceptance, **_compared(pairs)})
    for row in rows:
        floor = row["forced"] == 0.0
        kept = row["with over without"] >= LOSS_AT_NONE
        row["demand"] = f"{LOSS_AT_NONE}: {'met' if kept else 'missed'}" if floor else "-"
    return rows


def _pair(runner: ModelRunner, case: Callable[[], Sequence], count: int) -> tuple[Run, Run]:
    """The same sequences without drafts, then with them."""
    without, drafts = (
        decode(EngineCore(runner, EngineOptions(draft_rows=rows)), [case() for _ in range(count)])
        for rows in (0, EngineOptions().draft_rows)
    )
    return without, drafts


def _compared(pairs: Items[tuple[Run, Run]]) -> dict[str, Any]:
    """Rates without and with drafts, and what became of the drafts."""
    drafts = [run for _, run in pairs]
    drafted = sum(run.drafted for run in drafts)
    steps = sum(run.steps for run in drafts)
    return {
        "tokens/s without": statistics.median(without.rate for without, _ in pairs),
        "tokens/s with": statistics.median(drafts.rate for _, drafts in pairs),
        "with over without": statistics.median(two.rate / one.rate for one, two in pairs),
        "tokens a step": sum(run.tokens for run in drafts) / max(1, steps),
        "drafted": drafted,
        "came true": sum(run.accepted for run in drafts) / drafted if drafted else 0.0,
    }


def house(folder: Path, items: int, answer: int) -> list[dict[str, Any]]:
    """A row for each kind of answer: every question is answered alone, with drafts and without."""
    from tokenizers import Tokenizer

    from training.heldout import items as questions
    from training.template import prompt_text

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ends = frozenset(json.loads((folder / "generation_config.json").read_text())["eos_token_id"])
    sampling = SamplingParams(temperature=0.0, seed=1)
    rows = []
    with subject(folder, "int8") as model, model.runner(4096) as runner:
        found = questions(items)
        for kind, skills in SKILLS.items():
            pairs = []
            for doc in (doc for skill in skills for doc in found[skill]):
                prompt = tokenizer.encode(prompt_text(doc), add_special_tokens=False).ids
                job = Job(prompt, sampling, answer, ends)
                pairs.append(_pair(runner, partial(Sequence, job), 1))
            rows.append({"answers": kind, "number": len(pairs), **_summed(pairs)})
    return rows


def _summed(pairs: Items[tuple[Run, Run]]) -> dict[str, Any]:
    """What became of the drafts in all answers; the model is too small for its times to count."""
    drafts = [run for _, run in pairs]
    tokens, steps = sum(run.tokens for run in drafts), sum(run.steps for run in drafts)
    drafted = sum(run.drafted for run in drafts)
    return {
        "tokens": tokens,
        "tokens a step": tokens / max(1, steps),
        "drafted": drafted,
        "came true": sum(run.accepted for run in drafts) / drafted if drafted else 0.0,
        "same tokens": all(one.answers == two.answers for one, two in pairs),
    }


def main() -> int:
    parser = arguments(__doc__ or "", rounds=5)
    parser.add_argument("part", choices=["forced", "house"])
    parser.add_argument("--precision", choices=["int4", "int8", "bf16"], default="int4")
    parser.add_argument("--sequences", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--answer", type=int, default=160, help="tokens of an answer")
    parser.add_argument("--items", type=int, default=20, help="questions of each skill")
    given = parser.parse_args()
    if given.part == "house":
        folder = given.model or Path(__file__).parents[1] / "understudy" / "house"
        show(house(folder, 2 if given.quick else given.items, given.answer))
        return 0
    with subject(given.model, given.precision) as model:
        rounds, answer = (1, 48) if given.quick else (given.rounds, given.answer)
        show(forced(model, given.sequences, rounds, answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
