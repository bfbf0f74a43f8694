"""One answer in rounds: what is run, what is told, and what the model is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from understudy.decode.fold import Answer
from understudy.errors import InvalidInput
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
from understudy.functions.rounds import Steps, answer_in_rounds
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Message,
    SamplingParams,
    ToolCall,
    ToolChoice,
    ToolSpec,
)

USER = Message("user", "What is it?")
TOOLS = tuple(ToolSpec(name, "", {"type": "object"}) for name in ("add", "ask"))
ADD = {"add": "code of add"}

Turn = Sequence[Any]
"""What a round says: texts, calls as (name, arguments), last its finish reason."""


def say(turn: Turn, prompt: int, cut: int) -> Iterator[list[Event]]:
    """The events of one round, its texts and arguments in pieces of ``cut`` characters."""
    yield [PromptEvent(prompt)]
    *parts, reason = turn
    tokens = calls = 0
    for part in parts:
        tokens += 10
        text = part if isinstance(part, str) else part[1]
        if not isinstance(part, str):
            yield [ToolCallEvent(0, calls, name=part[0], id=f"call-{prompt}-{calls}")]
        for at in range(0, len(text), cut):
            piece = text[at : at + cut]
            yield [
                TextEvent(0, piece, (at,))
                if isinstance(part, str)
                else ToolCallEvent(0, calls, piece)
            ]
        calls += not isinstance(part, str)
    yield [FinishEvent(0, reason), UsageEvent(Usage(prompt, tokens, prompt // 2))]


class Model:
    """Says one turn after the other, the last of them for ever."""

    def __init__(self, *turns: Turn, cut: int = 3) -> None:
        self._turns = list(turns)
        self._cut = cut
        self.asked: list[GenerationRequest] = []
        self.grown: list[int] = []
        self.live = 0

    async def generate(self, request: GenerationRequest, grown: int) -> Steps:
        self.asked.append(request)
        self.grown.append(grown)
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        self.live += 1
        try:
            for events in say(turn, 10 * len(self.asked), self._cut):
                yield events
        finally:
            await asyncio.sleep(0)
            self.live -= 1


class Adder:
    """Runs nothing and says what it was asked."""

    def __init__(self) -> None:
        self.checked: list[Mapping[str, str]] = []
        self.called: list[tuple[str, str, str]] = []

    async def check(self, functions: Mapping[str, str]) -> None:
        self.checked.append(functions)

    async def call(self, name: str, code: str, arguments: str) -> str:
        self.called.append((name, code, arguments))
        return f"result {len(self.called)}"


def request(**more: Any) -> GenerationRequest:
    return GenerationRequest("m", ChatInput((USER,), TOOLS), **more)


async def told(model: Model, runner: Any, asked: GenerationRequest | None = None) -> list[Event]:
    steps = answer_in_rounds(asked or request(), ADD, runner, model.generate)
    return [event async for events in steps for event in events]


def folded(events: Sequence[Event]) -> tuple[str, list[ToolCall], FinishReason | None]:
    answer = Answer()
    answer.add(events)
    choice = answer.choices[0]
    return choice.text, choice.tool_calls, choice.finish


CALLS = FinishReason.TOOL_CALLS
STOP = FinishReason.STOP
LENGTH = FinishReason.LENGTH
CALL = ("add", '{"a": 1}')


async def test_an_answer_without_calls_is_told_as_it_is() -> None:
    model, runner = Model(("It is 3.", STOP)), Adder()
    assert folded(await told(model, runner)) == ("It is 3.", [], STOP)
    assert len(model.asked) == 1
    assert runner.checked == [ADD]
    assert runner.called == []


async def test_a_call_is_run_and_its_result_is_what_the_next_round_reads() -> None:
    model, runner = Model((CALL, ("add", "{}"), CALLS), ("It is 3.", STOP)), Adder()
    assert folded(await told(model, runner)) == ("It is 3.", [], STOP)
    assert runner.called == [("add", ADD["add"], '{"a": 1}'), ("add", ADD["add"], "{}")]
    first, second = ToolCall(*CALL, "call-10-0"), ToolCall("add", "{}", "call-10-1")
    assert model.asked[1].input == ChatInput(
        (
            USER,
            Message("assistant", "", tool_calls=(first, second)),
            Message("tool", "result 1", name="add", tool_call_id="call-10-0"),
            Message("tool", "result 2", name="add", tool_call_id="call-10-1"),
        ),
        TOOLS,
    )
    assert model.grown == [0, len("result 1result 2")]


async def test_rounds_go_on_from_each_other() -> None:
    model, runner = Model((CALL, CALLS), (CALL, CALLS), ("Done.", STOP)), Adder()
    assert folded(await told(model, runner)) == ("Done.", [], STOP)
    roles = [message.role for message in model.asked[2].input.messages]  # type: ignore[union-attr]
    assert roles == ["user", "assistant", "tool", "assistant", "tool"]


async def test_a_call_of_another_tool_is_told_and_ends_the_answer() -> None:
    model, runner = Model((("ask", '{"b": 2}'), CALLS)), Adder()
    text, calls, finish = folded(await told(model, runner))
    assert (text, finish) == ("", CALLS)
    assert calls == [ToolCall("ask", '{"b": 2}', "call-10-0")]
    assert runner.called == []


@pytest.mark.parametrize("order", [0, 1])
async def test_beside_a_call_of_another_tool_nothing_is_run(order: int) -> None:
    both = [CALL, ("ask", "{}")]
    model, runner = Model((*both[order:], *both[:order], CALLS)), Adder()
    _, calls, finish = folded(await told(model, runner))
    assert [call.name for call in calls] == ["ask"]
    assert finish is CALLS
    assert runner.called == []
    assert len(model.asked) == 1


async def test_a_call_that_had_to_be_made_is_made_once() -> None:
    model = Model((CALL, CALLS), ("Done.", STOP))
    asked = request(tool_choice=ToolChoice("required", "add", parallel=False), wait=False)
    await told(model, Adder(), asked)
    assert model.asked[0] is asked
    assert model.asked[1].tool_choice == ToolChoice("auto", parallel=False)
    assert model.asked[1].wait


async def test_functions_run_in_four_rounds_and_what_is_called_then_is_told() -> None:
    model, runner = Model((CALL, CALLS)), Adder()
    text, calls, finish = folded(await told(model, runner))
    assert len(runner.called) == 4
    assert len(model.asked) == 5
    assert (text, finish) == ("", CALLS)
    assert calls == [ToolCall(*CALL, "call-50-0")]


async def test_usage_is_the_sum_and_comes_last() -> None:
    model = Model((CALL, CALLS), (CALL, CALLS), ("Done.", STOP))
    events = await told(model, Adder())
    assert events[-2:] == [FinishEvent(0, STOP), UsageEvent(Usage(10 + 20 + 30, 30, 5 + 10 + 15))]
    assert [event for event in events if isinstance(event, PromptEvent)] == [PromptEvent(10)]
    kinds = [type(event) for event in events]
    assert kinds.count(FinishEvent) == kinds.count(UsageEvent) == 1


async def test_max_tokens_bounds_all_rounds_together() -> None:
    model = Model((CALL, CALLS), (CALL, CALLS), ("Done.", STOP))
    await told(model, Adder(), request(sampling=SamplingParams(max_tokens=25)))
    assert [asked.sampling.max_tokens for asked in model.asked] == [25, 15, 5]


async def test_without_tokens_for_another_round_the_answer_is_cut_off() -> None:
    model, runner = Model((CALL, CALLS)), Adder()
    events = await told(model, runner, request(sampling=SamplingParams(max_tokens=10)))
    assert folded(events) == ("", [], LENGTH)
    assert runner.called == []


async def test_a_call_that_is_cut_off_is_not_run() -> None:
    model, runner = Model(("Well: ", ("add", '{"a'), LENGTH)), Adder()
    assert folded(await told(model, runner)) == ("Well: ", [], LENGTH)
    assert runner.called == []


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [
        ("Let me see.", "It is 3.", "Let me see.\n\nIt is 3."),
        ("Let me see.\n", "It is 3.", "Let me see.\nIt is 3."),
        ("Let me see.", " It is 3.", "Let me see. It is 3."),
        ("Let me see.", "", "Let me see."),
    ],
)
@pytest.mark.parametrize("cut", [1, 3, 100])
async def test_texts_of_two_rounds_are_parted_however_they_are_cut(
    first: str, last: str, both: str, cut: int
) -> None:
    model = Model((first, CALL, CALLS), (CALL, CALLS), (last, STOP), cut=cut)
    assert folded(await told(model, Adder()))[0] == both
    said = model.asked[1].input.messages[1]  # type: ignore[union-attr]
    assert said.content == first


async def test_text_is_told_before_the_function_runs() -> None:
    class Waiting(Adder):
        async def call(self, name: str, code: str, arguments: str) -> str:
            assert "".join(seen) == "Let me see."
            return await super().call(name, code, arguments)

    seen: list[str] = []
    model = Model(("Let me see.", CALL, CALLS), ("Done.", STOP))
    async for events in answer_in_rounds(request(), ADD, Waiting(), model.generate):
        seen += [event.text for event in events if isinstance(event, TextEvent)]
    assert "".join(seen) == "Let me see.\n\nDone."


async def test_code_that_is_no_function_is_refused_before_anything_is_generated() -> None:
    class Refusing(Adder):
        async def check(self, functions: Mapping[str, str]) -> None:
            raise InvalidInput("functions", "no")

    model = Model(("Done.", STOP))
    with pytest.raises(InvalidInput):
        await told(model, Refusing())
    assert model.asked == []


async def test_closing_ends_the_generation_or_the_function_that_runs() -> None:
    class Stuck(Adder):
        over = False

        async def call(self, name: str, code: str, arguments: str) -> str:
            running.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.over = True
            raise AssertionError

    running = asyncio.Event()
    model, stuck = Model(("Let me see.", CALL, CALLS)), Stuck()
    steps = answer_in_rounds(request(), ADD, stuck, model.generate)
    async with aclosing(steps):
        await anext(steps)
        assert model.live == 1
    assert model.live == 0

    task = asyncio.create_task(told(model, stuck))
    await running.wait()
    assert model.live == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stuck.over
