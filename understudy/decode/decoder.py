"""Step 6: TokenEvents in, what dialects render out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from understudy.backends.base import TokenizedPrompt
from understudy.decode.detokenizer import Detokenizer
from understudy.decode.logprobs import Held, read_logprob, read_prompt
from understudy.decode.stops import StopMatcher
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    PromptLogprobsEvent,
    TextEvent,
    TextLogprob,
    TokenEvent,
    TokenLogprob,
    ToolCallEvent,
    Usage,
    UsageEvent,
)
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest


class Decoder:
    """Decodes one request. Pure; how events are cut into lists makes no difference.

    Each TokenEvent gives one TextEvent, which holds its id and the text that became certain.
    Where log-probabilities are told beside stop strings, tokens wait until they are certain too:
    of those whose text is all part of the stop string that came, nothing but the id is told.
    An echo is one TextEvent for each choice, before its answer.

    Text, tool calls and usage of an upstream (``prompt`` None, or text already decoded) pass
    through. After ``done`` the caller cancels the backend: a stop string ends a choice before
    the engine knows, and what the engine still sends is dropped and not counted.
    """

    def __init__(
        self, tokenizer: Tokenizer, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> None:
        self._tokenizer = tokenizer
        self._special = tokenizer.special_ids
        self._request = request
        self._prompt = prompt
        self._prompt_ids = () if prompt is None else prompt.token_ids
        self._usage_comes = prompt is None
        self._open: dict[int, _Choice] = {}
        self._unfinished = set(range(request.choices))
        self._newly_ended: set[int] = set()
        self._counted = PromptEvent(len(self._prompt_ids))
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
                case UsageEvent():
                    out.append(event)
                    self.done = True
                case PromptEvent():
                    self._counted = event
                    out.append(event)
                    if self._request.logprobs is None:
                        self._echo(out)
                case PromptLogprobsEvent(told):
                    self._echo(out, told)
                case TextEvent() | ToolCallEvent():
                    self._usage_comes = True
                    out.append(event)
        return out

    def newly_ended(self) -> frozenset[int]:
        """The choices that stop strings have ended since the last call: what computes them does
        not know that yet."""
        ended = frozenset(self._newly_ended)
        self._newly_ended.clear()
        return ended

    def _echo(self, out: list[Event], told: Sequence[TokenLogprob | None] | None = None) -> None:
        prompt = self._prompt
        if prompt is None or not self._request.echo:
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
        out.append(event)
        if self._unfinished or self._usage_comes:
            return
        counted = self._counted
        usage = Usage(counted.prompt_tokens, self._completion_tokens, counted.cached_tokens)
        out.append(UsageEvent(usage))
        self.done = True

    def _choice(self, index: int) -> _Choice:
        choice = self._open.get(index)
        if choice is None:
            request, prompt = self._request, self._prompt
            echoed = len(prompt.text) if prompt is not None and request.echo else 0
            holds = request.logprobs is not None and bool(request.sampling.stop)
            choice = self._open[index] = _Choice(
                index,
                self._tokenizer,
                Detokenizer(self._tokenizer, self._prompt_ids),
                StopMatcher(request.sampling.stop),
                Held() if holds else None,
                echoed,
            )
        return choice


class _Choice:
    """One answer: its tokens become text, and its text is searched for stop strings.

    ``echoed`` is the length of the text that stands before the answer.
    """

    __slots__ = (
        *("_index", "_tokenizer", "_detokenizer", "_stops", "_held"),
        *("_echoed", "_decoded", "_shown"),
    )

    def __init__(
        self,
        index: int,
        tokenizer: Tokenizer,
        detokenizer: Detokenizer,
        stops: StopMatcher,
        held: Held | None,
        echoed: int,
    ) -> None:
        self._index = index
        self._tokenizer = tokenizer
        self._detokenizer = detokenizer
        self._stops = stops
        self._held = held
        self._echoed = echoed
        self._decoded = self._shown = 0

    def push(self, event: TokenEvent, special: bool) -> tuple[list[TextEvent], str | None]:
        told = () if event.logprob is None else (self._read(event.logprob),)
        text = "" if event.is_stop else self._detokenizer.push(event.token_id)
        start = self._decoded
        self._decoded += len(text)
        text, stop = self._stops.push(text)
        if self._held is None or not told:
            return [TextEvent(self._index, text, (event.token_id,), special, told)], stop
        self._held.push(start, event.token_id, *told)
        return self._certain(self._held, text, stop), stop

    def flush(self) -> tuple[list[TextEvent], str | None]:
        text, stop = self._stops.push(self._detokenizer.flush())
        if stop is None:
            text += self._stops.flush()
        if self._held is None:
            return [TextEvent(self._index, text)] if text else [], stop
        said = self._certain(self._held, text, stop)
        return said + self._said("", *self._held.rest()), stop

    def _certain(self, held: Held, text: str, stop: str | None) -> list[TextEvent]:
        self._shown += len(text)
        said = self._said(text, *held.release(self._shown))
        if stop is not None:
            cut, _ = held.rest()
            said += self._said("", cut)
        return said

    def _said(
        self, text: str, token_ids: tuple[int, ...], told: tuple[TextLogprob, ...] = ()
    ) -> list[TextEvent]:
        if not text and not token_ids:
            return []
        special = bool(token_ids) and token_ids[-1] in self._tokenizer.special_ids
        return [TextEvent(self._index, text, token_ids, special, told)]

    def _read(self, told: TokenLogprob) -> TextLogprob:
        offset = self._echoed + self._decoded
        return read_logprob(self._tokenizer, self._detokenizer, told, offset)
