"""TokenEvents in, text, finish and usage out; how they are cut into lists makes no difference."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.prompt.tokenizers import KINDS, TEXTS
from understudy.backends.base import TokenizedPrompt
from understudy.decode.decoder import Decoder
from understudy.decode.fold import Answer
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
from understudy.request import GenerationRequest, SamplingParams, TextInput

kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]
END = FinishEvent(0, FinishReason.LENGTH)


def decoder(tokenizer: Tokenizer, *stop: str, choices: int = 1) -> Decoder:
    request = GenerationRequest("m", TextInput("x"), SamplingParams(stop=stop))
    prompt = TokenizedPrompt("x", tuple(tokenizer.encode("x")))
    return Decoder(tokenizer, request, prompt, choices=choices)


def tokens(tokenizer: Tokenizer, text: str, choice: int = 0) -> list[Event]:
    return [TokenEvent(choice, i) for i in tokenizer.encode(text, add_bos=False)]


def answer(events: list[Event]) -> Answer:
    result = Answer()
    result.add(events)
    return result


def test_a_token_gives_one_text_event_with_its_id() -> None:
    events = tokens(BYTE_LEVEL, "語 dog")
    out = decoder(BYTE_LEVEL).feed(events)
    assert [e.token_ids for e in out if isinstance(e, TextEvent)] == [
        (e.token_id,) for e in events if isinstance(e, TokenEvent)
    ]
    assert [e.text for e in out if isinstance(e, TextEvent)][:4] == ["", "", "語", " dog"]


def test_order_is_prompt_text_finish_usage() -> None:
    decode = decoder(BYTE_LEVEL)
    out = decode.feed([PromptEvent(7, 4), *tokens(BYTE_LEVEL, "Hello"), END])
    assert [type(e) for e in out] == [PromptEvent, TextEvent, FinishEvent, UsageEvent]
    assert out[-1] == UsageEvent(Usage(7, 1, 4))
    assert decode.done
    assert decode.feed([*tokens(BYTE_LEVEL, "more"), END]) == []


def test_the_eos_token_is_counted_and_not_shown() -> None:
    dog = BYTE_LEVEL.encode("dog", add_bos=False)
    stop_token = TokenEvent(0, dog[0], is_stop=True)
    end = FinishEvent(0, FinishReason.STOP, dog[0])
    out = decoder(BYTE_LEVEL).feed([*tokens(BYTE_LEVEL, "Hello"), stop_token, end])
    assert out[1:3] == [TextEvent(0, "", (dog[0],)), end]
    assert answer(out).usage.completion_tokens == 2


def test_a_control_token_is_marked_wherever_it_stands() -> None:
    dog = BYTE_LEVEL.encode("dog", add_bos=False)[0]
    special = next(iter(BYTE_LEVEL.special_ids))
    events: list[Event] = [TokenEvent(0, special), TokenEvent(0, dog, is_stop=True)]
    assert decoder(BYTE_LEVEL).feed(events) == [
        TextEvent(0, "", (special,), special=True),
        TextEvent(0, "", (dog,)),
    ]


def test_a_stop_string_overrides_the_finish_and_ends_the_count() -> None:
    decode = decoder(BYTE_LEVEL, "dog")
    before, after = tokens(BYTE_LEVEL, "the dog"), tokens(BYTE_LEVEL, " sleeps")
    out = decode.feed([PromptEvent(2), *before, *after, END])
    got = answer(out)
    assert (got.choices[0].text, got.choices[0].finish, got.choices[0].stop) == (
        "the ",
        FinishReason.STOP,
        "dog",
    )
    assert got.usage == Usage(2, len(before), 0)
    assert got.choices[0].token_ids == [e.token_id for e in before if isinstance(e, TokenEvent)]
    assert decode.done


def test_text_held_back_for_a_stop_string_comes_out_at_the_end() -> None:
    got = answer(decoder(BYTE_LEVEL, "dog sleeps").feed([*tokens(BYTE_LEVEL, "a dog"), END]))
    assert got.choices[0].text == "a dog"
    assert got.choices[0].finish is FinishReason.LENGTH


def test_half_a_character_at_the_end_may_complete_a_stop_string() -> None:
    events = tokens(BYTE_LEVEL, "a東")[:-1]
    got = answer(decoder(BYTE_LEVEL, "\ufffd").feed([*events, END]))
    assert (got.choices[0].text, got.choices[0].stop) == ("a", "\ufffd")


def test_an_answer_without_tokens_still_finishes() -> None:
    out = decoder(BYTE_LEVEL).feed([PromptEvent(3), END])
    assert out == [PromptEvent(3), END, UsageEvent(Usage(3, 0, 0))]


def test_without_a_prompt_event_the_prompt_is_counted_by_its_ids() -> None:
    out = decoder(BYTE_LEVEL).feed([END])
    assert out[-1] == UsageEvent(Usage(len(BYTE_LEVEL.encode("x")), 0, 0))


def test_several_choices_are_decoded_apart_and_counted_together() -> None:
    decode = decoder(BYTE_LEVEL, "dog", choices=2)
    first, second = tokens(BYTE_LEVEL, "東 dog", 0), tokens(BYTE_LEVEL, "the fox and a warm", 1)
    mixed = [event for pair in zip(first, second, strict=False) for event in pair]
    out = decode.feed(mixed)
    assert not decode.done
    out += decode.feed([*second[len(first) :], FinishEvent(1, FinishReason.LENGTH)])
    got = answer(out)
    assert [got.choices[i].text for i in (0, 1)] == ["東 ", "the fox and a warm"]
    assert got.usage.completion_tokens == len(first) + len(second)
    assert decode.done


@pytest.mark.parametrize("with_prompt", [True, False])
def test_an_upstreams_events_pass_through_unchanged(with_prompt: bool) -> None:
    events: list[Event] = [
        PromptEvent(9, 1),
        TextEvent(0, "a STOP b"),
        ToolCallEvent(0, 0, "{}", "f"),
        FinishEvent(0, FinishReason.TOOL_CALLS),
        UsageEvent(Usage(9, 5, 1)),
    ]
    request = GenerationRequest("m", TextInput("x"), SamplingParams(stop=("STOP",)))
    prompt = TokenizedPrompt("x", (1,)) if with_prompt else None
    decode = Decoder(BYTE_LEVEL, request, prompt)
    out = [event for e in events for event in decode.feed([e])]
    assert out == events
    assert decode.done


def lists(events: list[Event], at: list[int]) -> list[list[Event]]:
    edges = [0, *sorted({min(i, len(events)) for i in at}), len(events)]
    return [events[a:b] for a, b in pairwise(edges)]


@kinds
@settings(deadline=None)
@given(
    ids=st.lists(st.integers(0, 500), max_size=40),
    stop=st.lists(st.text("etoah \n東\ufffd", min_size=1, max_size=4), max_size=16),
    at=st.lists(st.integers(0, 45)),
    stopped=st.booleans(),
)
def test_lists_may_be_cut_anywhere(
    tokenizer: Tokenizer, ids: list[int], stop: list[str], at: list[int], stopped: bool
) -> None:
    last = [TokenEvent(0, tokenizer.vocab_size - 1, is_stop=True)] if stopped else []
    events = [PromptEvent(2), *(TokenEvent(0, i) for i in ids), *last, END]
    whole = decoder(tokenizer, *stop).feed(events)
    decode = decoder(tokenizer, *stop)
    pieces = [event for part in lists(events, at) for event in decode.feed(part)]
    assert pieces == whole
    got = answer(whole)
    choice = got.choices[0]
    assert not any(s in choice.text for s in stop)
    assert got.usage.completion_tokens == len(choice.token_ids)
    sampled = [e.token_id for e in events if isinstance(e, TokenEvent)]
    assert choice.token_ids == sampled[: len(choice.token_ids)]
    if choice.stop is None:
        assert choice.token_ids == sampled
    assert decode.done


@kinds
@settings(deadline=None)
@given(text=st.sampled_from(TEXTS), stop=st.sampled_from(["dog", "東", " a", "🦙", "zz", "\n\n"]))
def test_a_folded_stream_is_the_text_up_to_the_stop_string(
    tokenizer: Tokenizer, text: str, stop: str
) -> None:
    prompt, ids = tokenizer.encode("x"), tokenizer.encode(text, add_bos=False)
    whole = tokenizer.decode([*prompt, *ids]).removeprefix("x")
    got = answer(decoder(tokenizer, stop).feed([*tokens(tokenizer, text), END]))
    assert got.choices[0].text == whole.split(stop)[0]
    assert got.choices[0].stop == (stop if stop in whole else None)
