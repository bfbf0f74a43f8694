"""The engine without threads: sequences in, one step at a time, outcomes out."""

from __future__ import annotations

import logging
from collections.abc import Sequence as Items
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import ModelRunner
from understudy.engine.blocks import BlockPool
from understudy.engine.options import EngineOptions
from understudy.engine.sampler import Sampler
from understudy.engine.scheduler import Plan, Scheduler
from understudy.engine.sequence import Sequence
from understudy.errors import StepFailed
from understudy.events import Event, PromptEvent, TokenEvent

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step did for one sequence. ``ended`` ones are out of the engine already."""

    sequence: Sequence
    events: list[Event]
    ended: bool = False
    error: Exception | None = None


class EngineCore:
    """schedule, compute, sample, advance. Not thread-safe; knows nothing of event loops."""

    def __init__(self, runner: ModelRunner, options: EngineOptions) -> None:
        self.pool = BlockPool(runner.num_blocks, runner.block_size)
        self.scheduler = Scheduler(self.pool, options)
        self.steps = 0
        self.failed_in_a_row = 0
        self.prompt_tokens = 0
        self.cached_tokens = 0
        self.output_tokens = 0
        self._runner = runner
        self._sampler = Sampler(runner.vocab_size)

    def step(self) -> list[Outcome]:
        """Compute one step and return what became of each sequence in it.

        A step that raises fails the sequences in it with StepFailed and no other. So a
        runner that fails every time empties the queue instead of being tried for ever.
        """
        plan = self.scheduler.schedule()
        if not plan:
            raise RuntimeError("there are sequences, and none of them can go on")
        self.steps += 1
        try:
            tokens = self._compute(plan)
        except Exception:
            self.failed_in_a_row += 1
            _log.exception("A step failed.")
            failed = dict.fromkeys(sequence for sequence, _ in plan)
            return [self._fail(sequence, "while computing") for sequence in failed]
        self.failed_in_a_row = 0
        return [
            self._advance(sequence, len(slice_.tokens), bool(slice_.logits), token)
            for (sequence, slice_), token in zip(plan, tokens, strict=True)
        ]

    def _compute(self, plan: Plan) -> list[int | None]:
        """Return one token for each slice: None where none is asked for or none can be had."""
        logits = self._runner.step([slice_ for _, slice_ in plan])
        rows = iter(self._checked(logits, sum(slice_.logits for _, slice_ in plan)))
        return [self._draw(next(rows), seq) if slice_.logits else None for seq, slice_ in plan]

    def _checked(
        self, logits: npt.NDArray[np.float32], rows: int
    ) -> Items[npt.NDArray[np.float32]]:
        expected = (rows, self._runner.vocab_size)
        if logits.shape != expected:
            raise RuntimeError(f"the runner returned logits {logits.shape}, not {expected}")
        return list(logits)

    def _draw(self, row: npt.NDArray[np.float32], sequence: Sequence) -> int | None:
        return self._sampler.draw(
            row, sequence.sampling, sequence.seed, sequence.output_length, sequence.seen
        )

    def _advance(self, sequence: Sequence, count: int, sampled: bool, token: int | None) -> Outcome:
        if sampled and token is None:
            _log.error("The model gave no usable logits for a sequence.")
            return self._fail(sequence, "because the model gave no usable logits for")
        events: list[Event] = []
        if not sequence.announced:
            sequence.announced = True
            cached = sequence.cached_tokens or 0
            self.prompt_tokens += sequence.prompt_length
            self.cached_tokens += cached
            events.append(PromptEvent(sequence.prompt_length, cached))
        self.scheduler.computed(sequence, count)
        if token is None:
            return Outcome(sequence, events)
        sequence.append(token)
        self.output_tokens += 1
        events.append(TokenEvent(0, token, sequence.is_stop(token)))
        finish = sequence.finish()
        if finish is None:
            return Outcome(sequence, events)
        self.scheduler.remove(sequence)
        events.append(finish)
        return Outcome(sequence, events, ended=True)

    def _fail(self, sequence: Sequence, why: str) -> Outcome:
        self.scheduler.remove(sequence)
        error = StepFailed(f"The engine failed {why} this request.")
        return Outcome(sequence, [], ended=True, error=error)
