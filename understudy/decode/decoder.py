"""Step 6: TokenEvents in, what dialects render out."""

from __future__ import annotations

from collections.abc import Iterable

from understudy.backends.base import TokenizedPrompt
from understudy.decode.detokenizer import Detokenizer
from understudy.decode.stops import StopMatcher
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    TokenEvent,
    ToolCallEvent,
    Usage,
    UsageEvent,
)
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest


class Decoder:
    """Decodes one request. Pure; how events are cut into lists makes no difference.

    Each TokenEvent gives one TextEvent, which holds its id and the text that became certain.
    Text, tool calls and usage of an upstream (``prompt`` None, or text already decoded) pass
    through. After ``done`` the caller cancels the backend: a stop string ends a choice before
    the engine knows, and what the engine still sends is dropped and not counted.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        request: GenerationRequest,
        prompt: TokenizedPrompt | None,
        *,
        choices: int = 1,
    ) -> None:
        self._tokenizer = tokenizer
        self._special = tokenizer.special_ids
        self._stops = request.sampling.stop
        self._prompt_ids = () if prompt is None else prompt.token_ids
        self._usage_comes = prompt is None
        self._open: dict[int, _Choice] = {}
        self._unfinished = set(range(choices))
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
                case TextEvent() | ToolCallEvent():
                    self._usage_comes = True
                    out.append(event)
        return out

    def _token(self, event: TokenEvent, out: list[Event]) -> None:
        if event.choice not in self._unfinished:
            return
        self._completion_tokens += 1
        text, stop = self._choice(event.choice).push(event)
        special = event.token_id in self._special
        out.append(TextEvent(event.choice, text, (event.token_id,), special))
        if stop is not None:
            self._end(FinishEvent(event.choice, FinishReason.STOP, stop), out)

    def _finish(self, event: FinishEvent, out: list[Event]) -> None:
        if event.choice not in self._unfinished:
            return
        text, stop = self._choice(event.choice).flush()
        if text:
            out.append(TextEvent(event.choice, text))
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
            choice = self._open[index] = _Choice(
                Detokenizer(self._tokenizer, self._prompt_ids), StopMatcher(self._stops)
            )
        return choice


class _Choice:
    """One answer: its tokens become text, and its text is searched for stop strings."""

    __slots__ = ("_detokenizer", "_stops")

    def __init__(self, detokenizer: Detokenizer, stops: StopMatcher) -> None:
        self._detokenizer = detokenizer
        self._stops = stops

    def push(self, event: TokenEvent) -> tuple[str, str | None]:
        text = "" if event.is_stop else self._detokenizer.push(event.token_id)
        return self._stops.push(text)

    def flush(self) -> tuple[str, str | None]:
        text, stop = self._stops.push(self._detokenizer.flush())
        return (text, stop) if stop is not None else (text + self._stops.flush(), None)
