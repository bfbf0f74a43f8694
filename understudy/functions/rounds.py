"""An answer in which functions of the client run: the model calls, they run, it goes on.

Each round is a generation of its own, whose prompt ends with the calls of the round before and
their results. To whoever reads the events it is one answer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from understudy.decode.fold import Answer, Choice
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    ToolCallEvent,
    Usage,
    UsageEvent,
)
from understudy.request import ChatInput, GenerationRequest, Message, ToolCall, ToolChoice

MOST_ROUNDS = 4
"""In which functions run. What the model calls after the last is told as calls."""

Steps = AsyncGenerator[list[Event], None]
Generate = Callable[[GenerationRequest, int], Steps]
"""Answers a request whose conversation has grown by this many bytes; see ``generate``."""


class Runner(Protocol):
    """What runs functions; see ``Sandbox``."""

    async def check(self, functions: Mapping[str, str]) -> None: ...

    async def call(self, name: str, code: str, arguments: str) -> str: ...


async def answer_in_rounds(
    request: GenerationRequest, functions: Mapping[str, str], runner: Runner, generate: Generate
) -> Steps:
    """Decoded events of one answer to ``request``, a chat with one choice.

    ``functions`` is code by the name of its tool. Calls of those tools are run and not told; a
    call of any other tool is told and makes the round the last, and then nothing is run.
    ``max_tokens`` bounds all rounds together, and usage is their sum. Closing the generator,
    awaited, ends whatever runs. Raises InvalidInput for code that is no function,
    FunctionNotRun, and what ``generate`` raises.
    """
    await runner.check(functions)
    said = _Said()
    grown = 0
    for left in range(MOST_ROUNDS, -1, -1):
        this = _Round(functions if left else {}, said)
        async with aclosing(generate(request, grown)) as steps:
            async for events in steps:
                if told := this.feed(events):
                    yield told
        calls = this.calls_to_run()
        if not calls or _spent(request, this.usage):
            yield [*this.end(), UsageEvent(said.usage)]
            return
        results = [await _result(runner, functions, call) for call in calls]
        grown += sum(len(result.content.encode()) for result in results)
        request = _next(request, this, calls, results)


class _Said:
    """What all rounds have told so far. The texts of two rounds are two paragraphs."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.begun = False
        self._last = ""
        self._round: object = None

    def text(self, event: TextEvent, this: object) -> TextEvent:
        """``event`` of the round ``this``, with what parts it from another round's text."""
        text = event.text
        if text and self._round is not this:
            if self._last and not self._last.isspace() and not text[0].isspace():
                text = f"\n\n{text}"
            self._round = this
        self._last = text[-1:] or self._last
        return replace(event, text=text)

    def add(self, usage: Usage) -> None:
        total = self.usage
        self.usage = Usage(
            total.prompt_tokens + usage.prompt_tokens,
            total.completion_tokens + usage.completion_tokens,
            total.cached_tokens + usage.cached_tokens,
        )


class _Round:
    """One generation: its text is told as it comes, its calls if nobody here runs them."""

    def __init__(self, functions: Mapping[str, str], said: _Said) -> None:
        self._functions = functions
        self._said = said
        self._answer = Answer()
        self._places: dict[int, int | None] = {}
        self._finish = FinishEvent(0, FinishReason.STOP)

    @property
    def usage(self) -> Usage:
        return self._answer.usage

    @property
    def text(self) -> str:
        return self._choice.text

    @property
    def _choice(self) -> Choice:
        return self._answer.choices[0]

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """What of ``events`` is told now."""
        self._answer.add(events)
        told: list[Event] = []
        for event in events:
            match event:
                case PromptEvent() if not self._said.begun:
                    self._said.begun = True
                    told.append(event)
                case TextEvent():
                    told.append(self._said.text(event, self))
                case ToolCallEvent():
                    place = self._place(event)
                    if place is not None:
                        told.append(replace(event, position=place))
                case FinishEvent():
                    self._finish = event
                case UsageEvent(usage):
                    self._said.add(usage)
        return told

    def calls_to_run(self) -> list[ToolCall]:
        """The calls, if all of them are whole and of functions."""
        whole = self._finish.reason is FinishReason.TOOL_CALLS
        ours = all(place is None for place in self._places.values())
        return self._choice.tool_calls if whole and ours else []

    def end(self) -> list[Event]:
        """The finish of the answer, if this round is its last."""
        calls_told = any(place is not None for place in self._places.values())
        if self._finish.reason is FinishReason.TOOL_CALLS and not calls_told:
            # No tokens were left to go on with.
            return [FinishEvent(0, FinishReason.LENGTH)]
        return [self._finish]

    def _place(self, event: ToolCallEvent) -> int | None:
        """Where among the calls that are told this one is, None if it is none of them."""
        if event.position not in self._places:
            told = [place for place in self._places.values() if place is not None]
            self._places[event.position] = None if event.name in self._functions else len(told)
        return self._places[event.position]


def _spent(request: GenerationRequest, usage: Usage) -> bool:
    limit = request.sampling.max_tokens
    return limit is not None and usage.completion_tokens >= limit


async def _result(runner: Runner, functions: Mapping[str, str], call: ToolCall) -> Message:
    content = await runner.call(call.name, functions[call.name], call.arguments)
    return Message("tool", content, name=call.name, tool_call_id=call.id)


def _next(
    request: GenerationRequest, this: _Round, calls: list[ToolCall], results: list[Message]
) -> GenerationRequest:
    """The request of the next round. A call that had to be made has been made."""
    chat = request.input
    assert isinstance(chat, ChatInput)
    turn = Message("assistant", this.text, tool_calls=tuple(calls))
    sampling = request.sampling
    if sampling.max_tokens is not None:
        left = sampling.max_tokens - this.usage.completion_tokens
        sampling = replace(sampling, max_tokens=left)
    return replace(
        request,
        input=replace(chat, messages=(*chat.messages, turn, *results)),
        sampling=sampling,
        tool_choice=ToolChoice(parallel=request.tool_choice.parallel),
        wait=True,
    )
