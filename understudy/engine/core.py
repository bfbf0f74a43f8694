"""The engine without threads: jobs in, one step at a time, outcomes out."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import ModelRunner
from understudy.engine.blocks import BlockPool
from understudy.engine.job import Job
from understudy.engine.logprobs import prompt_logprobs, token_logprob
from understudy.engine.options import EngineOptions
from understudy.engine.sampler import Draw, Sampler
from understudy.engine.scheduler import Plan, Scheduler, Share
from understudy.engine.sequence import Sequence
from understudy.errors import StepFailed
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    PromptLogprobsEvent,
    TokenEvent,
)

_log = logging.getLogger(__name__)

Logits = npt.NDArray[np.float32]


@dataclass(slots=True)
class Outcome:
    """What one step did for one job. ``ended`` ones are out of the engine already."""

    job: Job
    events: list[Event] = field(default_factory=list)
    ended: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class _Drawing:
    """A sequence that draws its next token from row ``row``, and the drafts after that row."""

    sequence: Sequence
    row: int
    drafts: tuple[int, ...] = ()
    accepted: int = 0


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
        self.drafted_tokens = 0
        self.accepted_tokens = 0
        self._runner = runner
        self._sampler = Sampler(runner.vocab_size)
        # The sequence of each choice that has not ended: one for all until the prompt is done.
        self._open: dict[Job, dict[int, Sequence]] = {}
        self._outcomes: dict[Job, Outcome] = {}

    @property
    def open_choices(self) -> int:
        """Choices that have not ended."""
        return sum(map(len, self._open.values()))

    def add(self, sequence: Sequence) -> None:
        """Queue the first sequence of a job."""
        self._open[sequence.job] = dict.fromkeys(range(sequence.job.choices), sequence)
        self.scheduler.add(sequence)

    def cancel(self, job: Job) -> None:
        """Forget a job and give back what it holds. Of no effect on one that has ended."""
        for sequence in dict.fromkeys(self._open.pop(job, {}).values()):
            self.scheduler.remove(sequence)

    def end_choices(self, job: Job, choices: Collection[int]) -> bool:
        """Forget some choices of a job, if they still run; True if that ended the job."""
        members = self._open.get(job)
        if members is None:
            return False
        for choice in choices:
            sequence = members.pop(choice, None)
            if sequence is not None and sequence not in members.values():
                self.scheduler.remove(sequence)
        if not members:
            del self._open[job]
        return not members

    def step(self) -> list[Outcome]:
        """Compute one step and return what became of each job in it.

        A step that raises fails the jobs in it with StepFailed and no other. So a runner
        that fails every time empties the queue instead of being tried for ever.
        """
        plan = self.scheduler.schedule()
        if not plan:
            raise RuntimeError("there are sequences, and none of them can go on")
        self.steps += 1
        self._outcomes = {share.sequence.job: Outcome(share.sequence.job) for share in plan}
        try:
            self._advance(plan, self._compute(plan))
        except Exception:
            self.failed_in_a_row += 1
            _log.exception("A step failed.")
            for outcome in self._outcomes.values():
                outcome.events.clear()
                self._fail(outcome, "while computing")
        else:
            self.failed_in_a_row = 0
        return list(self._outcomes.values())

    def _compute(self, plan: Plan) -> Logits:
        logits = self._runner.step([part for share in plan for part in share.slices])
        expected = (sum(share.logits for share in plan), self._runner.vocab_size)
        if logits.shape != expected:
            raise RuntimeError(f"the runner returned logits {logits.shape}, not {expected}")
        return logits

    def _advance(self, plan: Plan, logits: Logits) -> None:
        """Let every sequence that reached its end draw a token, and go on while drafts hold."""
        turns: list[_Drawing] = []
        row = 0
        for share in plan:
            turns += self._arrive(share, row, logits)
            row += share.logits
        while turns:
            draws = [(turn, draw) for turn in turns if (draw := self._draw(turn)) is not None]
            tokens = self._sampler.draw_rows(logits, [draw for _, draw in draws])
            drawn = zip(draws, tokens, strict=True)
            turns = [turn for (turn, _), token in drawn if self._take(turn, token, logits)]

    def _draw(self, turn: _Drawing) -> Draw | None:
        """How a sequence draws; None, and its job has failed, where its constraint breaks."""
        try:
            return turn.sequence.next_draw(turn.row)
        except Exception:
            _log.exception("A constraint could not say what may come next.")
            self._fail(self._outcomes[turn.sequence.job], "to keep to the form asked for in")
            return None

    def _arrive(self, share: Share, row: int, logits: Logits) -> list[_Drawing]:
        """Record that a share was computed; return who draws from its rows, ``row`` onward."""
        sequence, outcome = share.sequence, self._outcomes[share.sequence.job]
        self._announce(sequence, outcome)
        drawn_from = row + share.logits - len(share.drafts) - int(share.samples)
        if sequence.scoring:
            self._score(sequence, logits[row:drawn_from])
        self.scheduler.advance(sequence, share.tokens)
        self.drafted_tokens += len(share.drafts)
        if not share.samples:
            return []
        turns = [_Drawing(sequence, drawn_from, share.drafts)]
        if sequence.output_length == 0:
            return self._answer(sequence, turns, outcome)
        return turns

    def _answer(
        self, sequence: Sequence, turns: list[_Drawing], outcome: Outcome
    ) -> list[_Drawing]:
        """Go on from a prompt, now that it is computed: with all choices, or without any."""
        job, row = sequence.job, turns[0].row
        if sequence.scores is not None:
            outcome.events.append(PromptLogprobsEvent(tuple(sequence.scores)))
        if job.max_tokens == 0:
            outcome.events += [FinishEvent(i, FinishReason.LENGTH) for i in self._open[job]]
            outcome.ended = True
            self.cancel(job)
            return []
        return turns + [_Drawing(twin, row) for twin in self._fork(sequence)]

    def _announce(self, sequence: Sequence, outcome: Outcome) -> None:
        if sequence.announced:
            return
        sequence.announced = True
        cached = sequence.cached_tokens or 0
        self.prompt_tokens += sequence.prompt_length
        self.cached_tokens += cached
        outcome.events.append(PromptEvent(sequence.prompt_length, cached))

    def _score(self, sequence: Sequence, rows: Logits) -> None:
        scores, top = sequence.scores, sequence.job.prompt_logprobs
        if scores is None or top is None:
            raise RuntimeError("a sequence is scored that nobody asked about")
        known = len(scores)
        scores += prompt_logprobs(rows, sequence.tokens[known : known + len(rows)], top)

    def _fork(self, sequence: Sequence) -> list[Sequence]:
        """Give each choice of a job a sequence of its own, now that its prompt is computed."""
        members = self._open[sequence.job]
        sequence.choice, *others = members
        for choice in others:
            twin = members[choice] = sequence.fork(choice)
            copied = self.scheduler.adopt(twin, sequence)
            if copied is not None:
                self._runner.copy_block(*copied)
        return [members[choice] for choice in others]

    def _take(self, turn: _Drawing, token: int | None, logits: Logits) -> bool:
        """Give a sequence its token; True if it draws once more, from the next draft's row."""
        sequence = turn.sequence
        job, outcome = sequence.job, self._outcomes[sequence.job]
        if outcome.ended:
            return False
        if token is None:
            _log.error("The model gave no usable logits for a sequence.")
            self._fail(outcome, "because the model gave no usable logits for")
            return False
        if not sequence.append(token):
            _log.error("A token was drawn that the constraint does not allow.")
            self._fail(outcome, "to keep to the form asked for in")
            return False
        told = None
        if job.logprobs is not None:
            told = token_logprob(logits[turn.row], token, job.logprobs)
        self.output_tokens += 1
        outcome.events.append(TokenEvent(sequence.choice, token, sequence.is_stop(token), told))
        came_true = turn.accepted < len(turn.drafts) and token == turn.drafts[turn.accepted]
        if came_true:
            turn.accepted += 1
            self.accepted_tokens += 1
        finish = sequence.finish()
        if finish is not None:
            outcome.events.append(finish)
            outcome.ended = self.end_choices(job, [sequence.choice])
        elif came_true:
            self.scheduler.advance(sequence, 1)
            turn.row += 1
            return True
        sequence.drafted(len(turn.drafts), turn.accepted)
        return False

    def _fail(self, outcome: Outcome, why: str) -> None:
        self.cancel(outcome.job)
        outcome.ended = True
        outcome.error = StepFailed(f"The engine failed {why} this request.")
