"""Drives an EngineCore over the toy runner and checks it after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Any

from tests.engine.alone import answer_alone
from tests.engine.parity import EOS, VOCAB
from tests.engine.toy import ToyRunner, toy_logits
from understudy.engine.core import EngineCore
from understudy.engine.job import Job
from understudy.engine.logprobs import prompt_logprobs, token_logprob
from understudy.engine.options import EngineOptions
from understudy.engine.sequence import Sequence
from understudy.errors import StepFailed
from understudy.events import Event, FinishEvent, PromptEvent, PromptLogprobsEvent, TokenEvent
from understudy.request import SamplingParams

POOL, BLOCK = 9, 4


def greedy(max_tokens: int, **fields: object) -> SamplingParams:
    return SamplingParams(max_tokens=max_tokens, temperature=0.0, seed=0, **fields)  # type: ignore[arg-type]


@dataclass
class Request:
    """One job of a run, and what came out of it."""

    job: Job
    first: Sequence
    tokens: dict[int, list[int]]
    prompts: int = 0
    told: list[tuple[int, TokenEvent]] = field(default_factory=list)
    scores: PromptLogprobsEvent | None = None
    ends: Counter[int] = field(default_factory=Counter)
    stopped: set[int] = field(default_factory=set)
    over: bool = False
    failed: bool = False
    cancelled: bool = False

    def expected(self, choice: int) -> list[int]:
        job = self.job
        return answer_alone(
            job.prompt,
            job.sampling,
            eos_token_ids=job.eos_token_ids,
            choice=choice,
            adapter=job.adapter,
            grammar=job.grammar,
        )


class Run:
    """A core, the requests it was given and the checks that hold after each step."""

    def __init__(self, options: EngineOptions, pool: int = POOL) -> None:
        self.runner = ToyRunner(pool, BLOCK, VOCAB)
        for adapter in ("lora#1", "lora#2"):
            self.runner.adapters.add(adapter)
        self.core = EngineCore(self.runner, options)
        self.requests: list[Request] = []
        self._live: dict[Job, Request] = {}

    def arrive(self, prompt: Items[int], sampling: SamplingParams, **asked: Any) -> Request:
        assert sampling.max_tokens is not None
        max_tokens = asked.pop("max_tokens", sampling.max_tokens)
        job = Job(prompt, sampling, max_tokens, frozenset([EOS]), **asked)
        first = Sequence(job)
        request = Request(job, first, {choice: [] for choice in range(job.choices)})
        self.requests.append(request)
        self._live[job] = request
        self.core.add(first)
        return request

    def cancel(self, index: int) -> None:
        if self._live:
            victim = list(self._live.values())[index % len(self._live)]
            victim.cancelled = True
            del self._live[victim.job]
            self.core.cancel(victim.job)
            self.check_blocks()

    def stop(self, index: int, choice: int) -> None:
        """End one choice from outside, as a stop string does: after its first token."""
        begun = [r for r in self._live.values() if r.tokens.get(choice) and choice not in r.ends]
        begun = [r for r in begun if choice not in r.stopped]
        if begun:
            request = begun[index % len(begun)]
            request.stopped.add(choice)
            if self.core.end_choices(request.job, [choice]):
                request.over = True
                del self._live[request.job]
            self.check_blocks()

    def fail(self) -> None:
        if self.core.scheduler.has_work:
            self.runner.fail_next = 1
            self.step()

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            if not self.core.scheduler.has_work:
                return
            for outcome in self.core.step():
                request = self._live[outcome.job]
                self.note(request, outcome.events)
                if outcome.ended:
                    request.over = True
                    del self._live[outcome.job]
                if outcome.error is not None:
                    assert isinstance(outcome.error, StepFailed)
                    assert outcome.ended
                    request.failed = True
            self.check_blocks()

    def note(self, request: Request, events: list[Event]) -> None:
        for event in events:
            match event:
                case PromptEvent():
                    assert not any(request.tokens.values())
                    request.prompts += 1
                case PromptLogprobsEvent():
                    assert request.scores is None
                    assert not any(request.tokens.values())
                    request.scores = event
                case TokenEvent(choice=choice, token_id=token):
                    assert choice not in request.ends
                    assert choice not in request.stopped
                    request.tokens[choice].append(token)
                    request.told.append((len(request.tokens[choice]), event))
                case FinishEvent(choice=choice):
                    request.ends[choice] += 1

    def finish(self) -> None:
        """Let everything end, and compare every answer with the one given alone."""
        self.step(100_000)
        assert not self.core.scheduler.has_work
        assert not self._live
        assert self.core.pool.used == 0
        for request in self.requests:
            self.check_answers(request)

    def check_answers(self, request: Request) -> None:
        if not request.cancelled:
            assert request.over
            assert request.prompts == 1 or request.failed
        for choice, tokens in request.tokens.items():
            if request.job.max_tokens:
                expected = request.expected(choice)
                assert tokens == expected[: len(tokens)]
                if not (request.cancelled or request.failed or choice in request.stopped):
                    assert tokens == expected
            if not (request.cancelled or request.failed or choice in request.stopped):
                assert request.ends[choice] == 1
        self.check_logprobs(request)

    def check_logprobs(self, request: Request) -> None:
        job = request.job
        for count, event in request.told:
            tokens = [*job.prompt, *request.tokens[event.choice][: count - 1]]
            row = toy_logits(tokens, VOCAB, job.adapter)
            expected = None
            if job.logprobs is not None:
                expected = token_logprob(row, event.token_id, job.logprobs)
            assert event.logprob == expected
        wanted = job.prompt_logprobs is not None and not (request.cancelled or request.failed)
        assert (request.scores is not None) or not wanted
        if request.scores is not None and job.prompt_logprobs is not None:
            told = request.scores.tokens
            assert told[0] is None
            assert len(told) == len(job.prompt)
            for place in range(1, len(told)):
                row = toy_logits(job.prompt[:place], VOCAB, job.adapter)[None]
                [score] = prompt_logprobs(row, [job.prompt[place]], job.prompt_logprobs)
                assert told[place] == score

    def check_blocks(self) -> None:
        """Every block is free, cached or used, and used exactly as often as it is held."""
        pool, scheduler = self.core.pool, self.core.scheduler
        held = Counter(block for s in scheduler.running for block in s.blocks)
        for sequence in scheduler.running:
            assert len(set(sequence.blocks)) == len(sequence.blocks)
            assert len(sequence.blocks) * BLOCK >= sequence.computed
        assert all(not s.blocks for s in scheduler.waiting)
        total = pool.num_blocks
        assert [pool.references(block) for block in range(total)] == [held[b] for b in range(total)]
        assert pool.free + pool.cached + pool.used == total
        assert pool.used == len(held)
        for block, holders in held.items():
            if holders > 1:
                self.check_shared(block)
        members = [*scheduler.running, *scheduler.waiting]
        assert len(set(map(id, members))) == len(members)
        assert {s.job for s in members} == set(self._live)

    def check_shared(self, block: int) -> None:
        """A block with several holders is full and computed for each: nobody writes to it."""
        for sequence in self.core.scheduler.running:
            if block in sequence.blocks:
                assert (sequence.blocks.index(block) + 1) * BLOCK <= sequence.computed
