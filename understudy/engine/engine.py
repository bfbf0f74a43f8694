"""The engine as the rest of the package sees it: token ids in, lists of events out.

One thread owns the model, the scheduler and the KV blocks, and repeats: take what arrived
and what was cancelled, compute one step, post the events. Event loops talk to it through
three lists under one lock; it talks to each loop with one ``call_soon_threadsafe`` per step.
With nothing to do it sleeps on the lock's condition.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Collection
from collections.abc import Sequence as Tokens
from dataclasses import replace

from understudy.engine.adapters import Adapters
from understudy.engine.batch import ModelRunner
from understudy.engine.core import EngineCore
from understudy.engine.errands import Errand
from understudy.engine.grammar import Grammar
from understudy.engine.job import Job
from understudy.engine.options import EngineOptions
from understudy.engine.pace import Pace
from understudy.engine.sequence import Sequence
from understudy.engine.stats import EngineStats
from understudy.engine.stream import Delivery, Stream, receive_all
from understudy.errors import (
    ContextOverflow,
    EngineClosed,
    InvalidInput,
    PromptTooLong,
    ServerBusy,
)
from understudy.events import Event, FinishEvent, FinishReason, PromptEvent
from understudy.request import SamplingParams

_log = logging.getLogger(__name__)
_FAILURES_BEFORE_UNREADY = 3


class Engine:
    """Runs one model on a thread of its own until ``close``. Owns, and closes, ``runner``.

    ``context_length``, in tokens, is what a prompt and its output may come to together: the
    model's own context, or less if the pool of blocks holds less.
    """

    def __init__(self, runner: ModelRunner, options: EngineOptions | None = None) -> None:
        self._options = options or EngineOptions()
        self._runner = runner
        self._core = EngineCore(runner, self._options)
        self.adapters = Adapters(runner, self._send)
        self.context_length = min(runner.context_length, runner.num_blocks * runner.block_size)
        self._lock = threading.Condition()
        # Guarded by the lock: what loops ask for, how many answers have not ended, and the
        # other figures as the last step left them.
        self._arrived: list[Stream] = []
        self._cancelled: list[tuple[Stream, Collection[int] | None]] = []
        self._errands: list[Errand] = []
        self._pace = Pace()
        self._live = 0
        self._stats = EngineStats()
        self._closing = False
        # Owned by the thread.
        self._streams: dict[Job, Stream] = {}
        self._outbox: dict[asyncio.AbstractEventLoop, list[Delivery]] = {}
        self._publish()
        self._thread = threading.Thread(target=self._run, name="understudy-engine", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether requests can be expected to succeed: open, and recent steps did not fail."""
        return not self._closing and self._core.failed_in_a_row < _FAILURES_BEFORE_UNREADY

    def stats(self) -> EngineStats:
        """Return current figures; callable from any thread."""
        with self._lock:
            return replace(self._stats, live=self._live)

    async def generate(
        self,
        prompt_ids: Tokens[int],
        sampling: SamplingParams,
        *,
        eos_token_ids: Collection[int] = (),
        namespace: str = "",
        choices: int = 1,
        logprobs: int | None = None,
        prompt_logprobs: int | None = None,
        grammar: Grammar | None = None,
        adapter: str | None = None,
        tenant: str = "",
        weight: float = 1.0,
        wait: bool = True,
    ) -> AsyncGenerator[list[Event], Collection[int] | None]:
        """Yield a PromptEvent, TokenEvents and a FinishEvent for each choice, a list per step.

        See ``Job`` for what the arguments mean; ``adapter`` is a name, and without ``wait`` a
        request for which there is no room now is refused with ServerBusy. Lists of several steps
        are joined for a reader that is slower than the engine. Choices that are sent into the
        generator (``asend``) need no more tokens: they end without a FinishEvent. Closing the
        generator cancels; when ``aclose`` returns, the request holds no block.
        ``sampling.stop`` is not looked at: strings are the decoder's.

        Raises InvalidInput, PromptTooLong, ContextOverflow and UnknownAdapter for what can
        never be computed, ServerBusy when the queue is full, StepFailed and EngineClosed.
        """
        max_tokens = self._max_tokens(prompt_ids, sampling)
        job = Job(
            prompt_ids,
            sampling,
            max_tokens,
            frozenset(eos_token_ids),
            namespace,
            choices,
            logprobs,
            prompt_logprobs,
            grammar,
            None if adapter is None else self.adapters.take(adapter),
            tenant,
            weight,
        )
        if max_tokens == 0 and prompt_logprobs is None:
            self._give_back_adapter(job)
            yield self._nothing(job)
            return
        try:
            stream = Stream(Sequence(job), asyncio.get_running_loop())
            self._submit(stream, wait)
        except BaseException:
            self._give_back_adapter(job)
            raise
        try:
            while events := await stream.take():
                ended = yield events
                if ended:
                    self._end_choices(stream, frozenset(ended))
        finally:
            await self._cancel(stream)

    def close(self) -> None:
        """End every request with EngineClosed, stop the thread and close the runner.

        Blocks for at most the step in progress; call it off the event loop. Idempotent.
        """
        with self._lock:
            self._closing = True
            self._lock.notify()
        self._thread.join()

    def _max_tokens(self, prompt: Tokens[int], sampling: SamplingParams) -> int:
        """Return how many tokens to generate; refuse what could never be computed."""
        length, last_id = len(prompt), self._runner.vocab_size - 1
        if not length:
            raise InvalidInput("input", "The prompt has no tokens.")
        if min(prompt) < 0 or max(prompt) > last_id:
            raise InvalidInput("input", f"Token ids must lie between 0 and {last_id}.")
        if any(not 0 <= token <= last_id for token, _ in sampling.logit_bias):
            # A tokenizer may have tokens that its model does not.
            raise InvalidInput("logit_bias", f"Token ids must lie between 0 and {last_id}.")
        if length >= self.context_length:
            raise PromptTooLong(length, self.context_length - 1)
        left = self.context_length - length
        if sampling.max_tokens is None:
            return left
        if sampling.max_tokens > left:
            raise ContextOverflow(length, sampling.max_tokens, self.context_length)
        return max(0, sampling.max_tokens)

    def _nothing(self, job: Job) -> list[Event]:
        """The answer of no tokens, for which nothing is computed."""
        if self._closing:
            raise EngineClosed
        ends = (FinishEvent(choice, FinishReason.LENGTH) for choice in range(job.choices))
        return [PromptEvent(len(job.prompt)), *ends]

    def _submit(self, stream: Stream, wait: bool) -> None:
        with self._lock:
            if self._closing:
                raise EngineClosed
            if not self._has_room(stream.sequence.job, wait):
                raise ServerBusy(self._pace.seconds_to_next_end())
            if not self._live:
                self._pace.begin()
            self._live += stream.sequence.job.choices
            self._arrived.append(stream)
            self._lock.notify()

    def _has_room(self, job: Job, wait: bool) -> bool:
        """Whether ``job`` may queue, or begin at once where it may not ``wait``: the batch has a
        place for each answer, and the last step left blocks for the prompt."""
        if wait:
            return self._live < self._options.max_batch + self._options.queue_limit
        blocks = self._core.pool.blocks_for(len(job.prompt))
        fits = blocks + self._stats.running <= self._stats.blocks_total - self._stats.blocks_used
        return fits and self._live + job.choices <= self._options.max_batch

    async def _cancel(self, stream: Stream) -> None:
        if stream.ended:
            return
        with self._lock:
            self._cancelled.append((stream, None))
            self._lock.notify()
        await stream.wait_ended()

    def _end_choices(self, stream: Stream, choices: Collection[int]) -> None:
        with self._lock:
            self._cancelled.append((stream, choices))
            self._lock.notify()

    def _give_back_adapter(self, job: Job) -> None:
        if job.adapter is not None:
            self.adapters.give_back(job.adapter)

    def _send(self, errand: Errand) -> None:
        with self._lock:
            if self._closing:
                raise EngineClosed
            self._errands.append(errand)
            self._lock.notify()

    # Everything below runs on the engine's thread.

    def _run(self) -> None:
        closed = EngineClosed()
        try:
            while self._take_requests():
                if self._core.scheduler.has_work:
                    self._step()
                self._flush()
        except Exception:
            _log.exception("The engine stopped: its own bookkeeping failed.")
            closed = EngineClosed("The engine stopped after an internal error.")
        finally:
            try:
                self._end_all(closed)
            finally:
                self._runner.close()

    def _take_requests(self) -> bool:
        """Sleep until there is something to do, and take it in; False once closing."""
        with self._lock:
            while not (
                self._closing
                or self._arrived
                or self._cancelled
                or self._errands
                or self._core.scheduler.has_work
            ):
                self._lock.wait()
            if self._closing:
                return False
            arrived, self._arrived = self._arrived, []
            cancelled, self._cancelled = self._cancelled, []
            errands, self._errands = self._errands, []
        for errand in errands:
            errand.run()
        for stream in arrived:
            self._streams[stream.sequence.job] = stream
            self._core.add(stream.sequence)
        for stream, choices in cancelled:
            self._drop(stream, choices)
        return True

    def _step(self) -> None:
        for outcome in self._core.step():
            stream = self._streams[outcome.job]
            if outcome.ended:
                self._forget(stream)
            if outcome.events or outcome.ended:
                self._post(Delivery(stream, outcome.events, outcome.ended, outcome.error))

    def _drop(self, stream: Stream, choices: Collection[int] | None) -> None:
        """Cancel a job, or some choices of it, if it has not ended by itself."""
        job = stream.sequence.job
        if job not in self._streams:
            return
        if choices is None:
            self._core.cancel(job)
        elif not self._core.end_choices(job, choices):
            return
        self._forget(stream)
        self._post(Delivery(stream, [], ended=True))

    def _forget(self, stream: Stream) -> None:
        job = stream.sequence.job
        del self._streams[job]
        self._give_back_adapter(job)
        with self._lock:
            self._pace.ended()

    def _post(self, delivery: Delivery) -> None:
        self._outbox.setdefault(delivery.stream.loop, []).append(delivery)

    def _flush(self) -> None:
        """Publish the figures, then wake the loops: who is woken finds its blocks given back."""
        self._publish()
        outbox, self._outbox = self._outbox, {}
        for loop, deliveries in outbox.items():
            try:
                loop.call_soon_threadsafe(receive_all, deliveries)
            except RuntimeError:
                self._abandon(loop)

    def _abandon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel what a loop left open when it was closed: nobody can read it any more."""
        for stream in [stream for stream in self._streams.values() if stream.loop is loop]:
            self._core.cancel(stream.sequence.job)
            self._forget(stream)
        self._publish()

    def _publish(self) -> None:
        core, pool = self._core, self._core.pool
        stats = EngineStats(
            running=len(core.scheduler.running),
            blocks_total=pool.num_blocks,
            blocks_free=pool.free,
            blocks_cached=pool.cached,
            blocks_used=pool.used,
            steps=core.steps,
            preemptions=core.scheduler.preemptions,
            prompt_tokens=core.prompt_tokens,
            cached_tokens=core.cached_tokens,
            output_tokens=core.output_tokens,
            drafted_tokens=core.drafted_tokens,
            accepted_tokens=core.accepted_tokens,
        )
        with self._lock:
            arrived = sum(stream.sequence.job.choices for stream in self._arrived)
            self._live = core.open_choices + arrived
            self._stats = stats

    def _end_all(self, error: EngineClosed) -> None:
        with self._lock:
            self._closing = True
            arrived, self._arrived = self._arrived, []
            errands, self._errands = self._errands, []
        for errand in errands:
            errand.refuse(error)
        live, self._streams = self._streams, {}
        for stream in [*live.values(), *arrived]:
            self._post(Delivery(stream, [], ended=True, error=error))
        try:
            for job in live:
                self._core.cancel(job)
        finally:
            self._flush()
