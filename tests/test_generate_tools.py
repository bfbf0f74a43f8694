"""Calls from a request to events, with the bundled model and the real engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from tests.prompt.tokenizers import KINDS
from understudy.backends.base import Steps, TokenizedPrompt
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.decode.fold import Answer, Choice
from understudy.decode.grammar import Grammars
from understudy.errors import InvalidInput
from understudy.events import Event, FinishEvent, FinishReason, TokenEvent, ToolCallEvent
from understudy.generate import generate
from understudy.models.load import load_model
from understudy.models.loaded import LoadedModel
from understudy.models.store import ModelStore
from understudy.prompt.tools import LLAMA3
from understudy.request import (
    ChatInput,
    GenerationRequest,
    JsonSchema,
    Message,
    SamplingParams,
    ToolChoice,
    ToolSpec,
)

WEATHER = ToolSpec(
    "get_weather",
    "Get the weather of a city",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "enum": ["Paris", "Oslo", "Rome"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
        },
        "required": ["city"],
    },
)
TIMER = ToolSpec(
    "set_timer",
    "Set a timer",
    {"type": "object", "properties": {"minutes": {"enum": [5, 10]}}, "required": ["minutes"]},
)
TOOLS = (WEATHER, TIMER)
SCHEMAS = {tool.name: tool.parameters for tool in TOOLS}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedModel]:
    home = tmp_path_factory.mktemp("house")
    settings = Settings(home=home, kv_cache_tokens=4096, max_batch=4)
    loaded = load_model(Catalog.load().get("@house/prompter"), ModelStore(home), settings)
    yield loaded
    asyncio.run(loaded.backend.close())


def asking(text: str, choice: ToolChoice | None = None, **asked: Any) -> GenerationRequest:
    sampling = asked.pop("sampling", SamplingParams(temperature=0, max_tokens=150))
    chat = ChatInput((Message("user", text),), asked.pop("tools", TOOLS))
    choice = choice or ToolChoice()
    return GenerationRequest("m", chat, sampling, tool_choice=choice, **asked)


async def events_of(request: GenerationRequest, loaded: LoadedModel) -> list[Event]:
    return [event async for step in generate(request, loaded) for event in step]


async def answers(request: GenerationRequest, loaded: LoadedModel) -> dict[int, Choice]:
    answer = Answer()
    answer.add(await events_of(request, loaded))
    return answer.choices


def check_calls(choice: Choice) -> None:
    assert choice.tool_calls
    assert choice.text == ""
    assert choice.finish is FinishReason.TOOL_CALLS
    for call in choice.tool_calls:
        jsonschema.validate(json.loads(call.arguments), SCHEMAS[call.name])
    assert len({call.id for call in choice.tool_calls}) == len(choice.tool_calls)


async def test_a_required_call_is_made_whatever_was_said(house: LoadedModel) -> None:
    [greedy] = (await answers(asking("Hello", ToolChoice("required")), house)).values()
    check_calls(greedy)
    hot = SamplingParams(temperature=1.5, seed=3, max_tokens=400)
    one = ToolChoice("required", parallel=False)
    drawn = await answers(asking("Write a poem", one, sampling=hot, choices=4), house)
    for choice in drawn.values():
        check_calls(choice)
        assert len(choice.tool_calls) == 1
    again = await answers(asking("Write a poem", one, sampling=hot, choices=4), house)
    assert {i: c.tool_calls for i, c in again.items()} == {
        i: c.tool_calls for i, c in drawn.items()
    }


async def test_a_named_tool_is_called_and_no_other(house: LoadedModel) -> None:
    for name in SCHEMAS:
        choice = ToolChoice("required", name, parallel=False)
        [answer] = (await answers(asking("The weather in Rome", choice), house)).values()
        check_calls(answer)
        assert [call.name for call in answer.tool_calls] == [name]


async def test_a_call_streams_its_name_and_then_its_arguments(house: LoadedModel) -> None:
    request = asking("Hi", ToolChoice("required", "get_weather", parallel=False))
    told = [e for e in await events_of(request, house) if isinstance(e, ToolCallEvent)]
    assert (told[0].name, told[0].arguments) == ("get_weather", "")
    assert len(told) > 3
    assert all(event.name is None and event.id is None and event.arguments for event in told[1:])


async def test_a_call_that_is_cut_off_ends_with_length(house: LoadedModel) -> None:
    few = SamplingParams(temperature=0, max_tokens=12)
    request = asking("Hi", ToolChoice("required", "get_weather"), sampling=few)
    [answer] = (await answers(request, house)).values()
    assert answer.finish is FinishReason.LENGTH


async def test_tools_that_need_not_be_called_change_no_token_of_a_text(house: LoadedModel) -> None:
    """Letting every token come is the same as asking for nothing, to the last bit."""
    request = asking("Who are you?", sampling=SamplingParams(temperature=0, max_tokens=40))
    free = replace(house, grammars=None)
    [with_grammar] = (await answers(request, house)).values()
    [without] = (await answers(request, free)).values()
    assert not with_grammar.tool_calls
    assert with_grammar.token_ids == without.token_ids


async def test_json_beside_tools_is_json_or_a_call(house: LoadedModel) -> None:
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}
    request = asking("Hello", constraint=JsonSchema(schema))
    [answer] = (await answers(request, house)).values()
    if answer.tool_calls:
        check_calls(answer)
    else:
        jsonschema.validate(json.loads(answer.text), schema)


class Teller:
    """A backend that says one text, token by token, as far as the grammar lets it."""

    def __init__(self, text: str) -> None:
        self._tokens = KINDS["byte-level"].encode_plain(text)
        self.prompt = ""

    async def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        assert prompt is not None
        self.prompt = prompt.text
        matcher = None if prompt.grammar is None else prompt.grammar.matcher()
        for token in self._tokens:
            if matcher is not None:
                assert matcher.accept(token)
            yield [TokenEvent(0, token)]
        yield [FinishEvent(0, FinishReason.STOP)]

    async def close(self) -> None: ...


def telling(text: str, house: LoadedModel) -> LoadedModel:
    tokenizer = KINDS["byte-level"]
    grammars = Grammars(tokenizer, [tokenizer.special_tokens["<|eot_id|>"]], tokenizer.vocab_size)
    return replace(house, backend=Teller(text), tokenizer=tokenizer, grammars=grammars)


CALL = '{"name": "get_weather", "parameters": {"city": "Oslo"}}'


async def test_a_call_by_the_models_own_choice_is_found_and_held(house: LoadedModel) -> None:
    request = asking("The weather?", logprobs=0)
    [answer] = (await answers(request, telling(f"Let me look.\n{CALL}; {CALL}", house))).values()
    assert answer.text == "Let me look."
    assert [(c.name, c.arguments) for c in answer.tool_calls] == [
        ("get_weather", '{"city": "Oslo"}')
    ] * 2
    assert answer.finish is FinishReason.TOOL_CALLS


async def test_tools_that_must_not_be_called_are_text_if_they_are(house: LoadedModel) -> None:
    teller = telling(CALL, house)
    [answer] = (await answers(asking("Hi", ToolChoice("none")), teller)).values()
    assert (answer.text, answer.tool_calls, answer.finish) == (CALL, [], FinishReason.STOP)
    assert isinstance(teller.backend, Teller)
    assert "get_weather" not in teller.backend.prompt


async def test_a_stand_in_is_told_of_tools_as_it_knows_them(house: LoadedModel) -> None:
    card = Catalog.load().get("@cf/meta/llama-2-7b-chat-fp16")
    stand_in = telling(CALL, house).standing_in_for(card)
    assert stand_in.tool_format is LLAMA3
    [answer] = (await answers(asking("Hi"), stand_in)).values()
    assert [call.name for call in answer.tool_calls] == ["get_weather"]


async def test_a_choice_of_no_tool_is_refused_before_anything_is_asked(house: LoadedModel) -> None:
    teller = telling("", house)
    for choice in (ToolChoice("required", "other"), ToolChoice("required")):
        tools = TOOLS if choice.name else ()
        with pytest.raises(InvalidInput) as caught:
            await events_of(asking("Hi", choice, tools=tools), teller)
        assert caught.value.part == "tool_choice"
    assert isinstance(teller.backend, Teller)
    assert teller.backend.prompt == ""
