"""A non-streamed answer is a fold over the very events that a stream sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    TextLogprob,
    ToolCallEvent,
    Usage,
    UsageEvent,
)
from understudy.request import ToolCall


@dataclass(slots=True)
class Choice:
    """One answer, complete once ``finish`` is set.

    ``echo`` is the prompt's text where that was asked for; its log-probabilities come first
    among ``logprobs``, its tokens are not among ``token_ids``.
    """

    text: str = ""
    echo: str = ""
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[TextLogprob] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish: FinishReason | None = None
    stop: str | int | None = None


@dataclass(slots=True)
class Answer:
    """All choices of one request, and its usage."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def add(self, events: Iterable[Event]) -> None:
        """Fold one list of events in. TokenEvents are an error here: decode comes first."""
        for event in events:
            match event:
                case TextEvent():
                    into = self._choice(event.choice)
                    into.logprobs.extend(event.logprobs)
                    if event.echo:
                        into.echo += event.text
                    else:
                        into.text += event.text
                        into.token_ids.extend(event.token_ids)
                case ToolCallEvent():
                    self._add_tool_call(event)
                case FinishEvent(choice, reason, stop):
                    into = self._choice(choice)
                    into.finish, into.stop = reason, stop
                case UsageEvent(usage):
                    self.usage = usage
                case PromptEvent():
                    self._choice(0)
                case _:
                    raise TypeError(f"{type(event).__name__} reached the fold")

    def _choice(self, index: int) -> Choice:
        choice = self.choices.get(index)
        if choice is None:
            choice = self.choices[index] = Choice()
        return choice

    def _add_tool_call(self, event: ToolCallEvent) -> None:
        calls = self._choice(event.choice).tool_calls
        if event.position == len(calls):
            calls.append(ToolCall(event.name or "", event.arguments, event.id))
            return
        call = calls[event.position]
        calls[event.position] = ToolCall(call.name, call.arguments + event.arguments, call.id)
