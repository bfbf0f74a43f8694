"""Step 6: TokenEvents in, what dialects render out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from understudy.backends.base import TokenizedPrompt
from understudy.decode.calling import Calling
from understudy.decode.choice import ChoiceDecoder
from understudy.decode.logprobs import read_prompt
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    PromptLogprobsEvent,
    TextEvent,
    TokenEvent,
    TokenLogprob,
    Usage,
    UsageEvent,
)
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest


class Decoder:
    """Decodes one request. Pure; how events are cut into lists makes no difference.

    Each TokenEvent gives one TextEvent, which holds its id and the text that became certain.
    Where log-probabilities are told beside stop strings or tools, tokens wait until they are
    certain too: of those whose text is all part of the stop string that came, or of a call,
    nothing but the id is told. An echo is one TextEvent for each choice, before its answer.

    ``calling`` tells calls from text. An answer that ends by itself after a call ends with
    TOOL_CALLS.

    After ``done`` the caller cancels the backend: a stop string ends a choice before the engine
    knows, and what the engine still sends is dropped and not counted.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        request: GenerationRequest,
        prompt: TokenizedPrompt,
        calling: Calling | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._special = tokenizer.special_ids
        self._request = request
        self._prompt = prompt
        self._calling = calling
        self._open: dict[int, ChoiceDecoder] = {}
        self._unfinished = set(range(request.choices))
        self._newly_ended: set[int] = set()
        self._counted = PromptEvent(len(prompt.token_ids))
        self._completion_tokens = 0
        self.done = False

    def feed(self, events: Iterable[Event]) -> list[Event]:
        """The events that follow from ``events``. Empty once ``done``."""
        out: list[Event] = []
        for event in events:
            if self.done:
                break
            match event:
                case TokenEvent():
                    self._token(event, out)
                case FinishEvent():
                    self._finish(event, out)
                case PromptEvent():
                    self._counted = event
                    out.append(event)
                    if self._request.logprobs is None:
                        self._echo(out)
                case PromptLogprobsEvent(told):
                    self._echo(out, told)
        return out

    def newly_ended(self) -> frozenset[int]:
        """The choices that stop strings have ended since the last call: what computes them does
        not know that yet."""
        ended = frozenset(self._newly_ended)
        self._newly_ended.clear()
        return ended

    def _echo(self, out: list[Event], told: Sequence[TokenLogprob | None] | None = None) -> None:
        prompt = self._prompt
        if not self._request.echo:
            return
        logprobs = () if told is None else read_prompt(self._tokenizer, prompt, told)
        for choice in range(self._request.choices):
            said = TextEvent(choice, prompt.text, prompt.token_ids, logprobs=logprobs, echo=True)
            out.append(said)

    def _token(self, event: TokenEvent, out: list[Event]) -> None:
        if event.choice not in self._unfinished:
            return
        self._completion_tokens += 1
        said, stop = self._choice(event.choice).push(event, event.token_id in self._special)
        out += said
        if stop is not None:
            self._newly_ended.add(event.choice)
            self._end(FinishEvent(event.choice, FinishReason.STOP, stop), out)

    def _finish(self, event: FinishEvent, out: list[Event]) -> None:
        if event.choice not in self._unfinished:
            return
        said, stop = self._choice(event.choice).flush()
        out += said
        if stop is not None:
            event = FinishEvent(event.choice, FinishReason.STOP, stop)
        self._end(event, out)

    def _end(self, event: FinishEvent, out: list[Event]) -> None:
        self._unfinished.discard(event.choice)
        if event.reason is FinishReason.STOP and self._choice(event.choice).called:
            event = replace(event, reason=FinishReason.TOOL_CALLS)
        out.append(event)
        if self._unfinished:
            return
        counted = self._counted
        usage = Usage(counted.prompt_tokens, self._completion_tokens, counted.cached_tokens)
        out.append(UsageEvent(usage))
        self.done = True

    def _choice(self, index: int) -> ChoiceDecoder:
        choice = self._open.get(index)
        if choice is None:
            request, prompt = self._request, self._prompt
            choice = self._open[index] = ChoiceDecoder(
                index,
                self._tokenizer,
                prompt.token_ids,
                request.sampling,
                None if self._calling is None else self._calling.reader(index),
                len(prompt.text) if request.echo else 0,
                request.logprobs is not None,
            )
        return choice
