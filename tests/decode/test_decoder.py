"""TokenEvents in, text, finish and usage out; how they are cut into lists makes no difference."""

from __future__ import annotations

import codecs
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.prompt.tokenizers import KINDS, TEXTS
from understudy.backends.base import TokenizedPrompt
from understudy.decode.decoder import Decoder
from understudy.decode.fold import Answer, Choice
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
    Usage,
    UsageEvent,
)
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest, SamplingParams, TextInput

kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]
END = FinishEvent(0, FinishReason.LENGTH)


def decoder(tokenizer: Tokenizer, *stop: str, prompt: str = "x", **asked: Any) -> Decoder:
    request = GenerationRequest("m", TextInput(prompt), SamplingParams(stop=stop), **asked)
    return Decoder(tokenizer, request, TokenizedPrompt(prompt, tuple(tokenizer.encode(prompt))))


def told(event: TokenEvent, *top: int) -> TokenEvent:
    """The same token with a log-probability, which tells its id again."""
    likely = tuple((token_id, -0.25 * token_id) for token_id in top)
    return replace(event, logprob=TokenLogprob(event.token_id, -0.25 * event.token_id, likely))


def prompt_told(tokenizer: Tokenizer, prompt: str) -> PromptLogprobsEvent:
    _, *more = tokenizer.encode(prompt)
    return PromptLogprobsEvent((None, *(TokenLogprob(i, -1.0, ((i, -1.0),)) for i in more)))


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


def test_a_choice_that_a_stop_string_ended_is_reported_once() -> None:
    decode = decoder(BYTE_LEVEL, "dog", choices=3)
    decode.feed([*tokens(BYTE_LEVEL, "the dog", 1), FinishEvent(2, FinishReason.STOP)])
    assert decode.newly_ended() == {1}
    assert decode.newly_ended() == set()
    decode.feed(tokens(BYTE_LEVEL, "dog", 0))
    assert decode.newly_ended() == {0}
    assert decode.done


def test_the_prompt_is_counted_once_for_all_choices() -> None:
    decode = decoder(BYTE_LEVEL, choices=2)
    out = decode.feed([PromptEvent(9, 4)])
    for choice in (1, 0):
        said = tokens(BYTE_LEVEL, "dog", choice)
        out += decode.feed([*said, FinishEvent(choice, FinishReason.LENGTH)])
    assert answer(out).usage == Usage(9, 2 * len(said), 4)
    assert [e for e in out if isinstance(e, PromptEvent)] == [PromptEvent(9, 4)]


def test_a_log_probability_travels_with_its_token_and_says_how_it_reads() -> None:
    hello, east = BYTE_LEVEL.encode("Hello東", add_bos=False)[0], BYTE_LEVEL.encode("東")[1:]
    eos = BYTE_LEVEL.special_tokens["<|eot_id|>"]
    sampled = [TokenEvent(0, i) for i in (hello, *east)] + [TokenEvent(0, eos, is_stop=True)]
    out = decoder(BYTE_LEVEL, logprobs=1).feed([told(e, hello) for e in sampled])
    read = [e.logprobs[0] for e in out if isinstance(e, TextEvent)]
    size = len(BYTE_LEVEL.piece(hello).decode())
    assert [(t.token_id, t.special, t.offset) for t in read] == [
        (hello, False, 0),
        *((token_id, False, size) for token_id in east),
        (eos, True, size + 1),
    ]
    assert b"".join(t.piece for t in read[:-1]).decode().endswith("東")
    assert read[-1].piece == b"<|eot_id|>"
    assert read[1].top == (TextLogprob(hello, BYTE_LEVEL.piece(hello), -0.25 * hello, offset=size),)
    assert [t.logprob for t in read] == [-0.25 * t.token_id for t in read]


def test_at_the_start_of_a_text_tokens_read_without_the_space_of_words() -> None:
    request = GenerationRequest("m", TextInput(""), logprobs=1)
    decode = Decoder(METASPACE, request, TokenizedPrompt("", (1,)))
    hello, there = METASPACE.encode("Hello there", add_bos=False)[:2]
    [first, second] = decode.feed([told(TokenEvent(0, i), there) for i in (hello, there)])
    assert isinstance(first, TextEvent)
    assert isinstance(second, TextEvent)
    assert first.logprobs[0].piece.decode() == first.text
    assert second.logprobs[0].piece.decode() == second.text
    bare, spaced = first.logprobs[0].top[0].piece, second.logprobs[0].top[0].piece
    assert bare == spaced.lstrip(b" ")


def test_tokens_of_a_stop_string_have_no_log_probability_and_are_counted() -> None:
    before, stop = tokens(BYTE_LEVEL, "the"), tokens(BYTE_LEVEL, " 東 dog")
    sampled = [told(e) for e in (*before, *stop) if isinstance(e, TokenEvent)]
    out = decoder(BYTE_LEVEL, " 東 dog", logprobs=0).feed(sampled)
    [choice] = answer(out).choices.values()
    assert choice.text == "the"
    assert [t.token_id for t in choice.logprobs] == [e.token_id for e in sampled[: len(before)]]
    assert choice.token_ids == [e.token_id for e in sampled]
    assert answer(out).usage.completion_tokens == len(sampled)


def test_a_token_with_part_of_the_stop_string_is_told_where_it_shows_text() -> None:
    sampled = [told(e) for e in tokens(BYTE_LEVEL, "the dog") if isinstance(e, TokenEvent)]
    [choice] = answer(decoder(BYTE_LEVEL, "og", logprobs=0).feed(sampled)).choices.values()
    assert choice.text == "the d"
    assert [t.token_id for t in choice.logprobs] == [e.token_id for e in sampled]


def test_a_stop_string_that_is_shown_is_told_like_any_text() -> None:
    sampled = [told(e) for e in tokens(BYTE_LEVEL, "the 東 dog") if isinstance(e, TokenEvent)]
    request = GenerationRequest(
        "m", TextInput("x"), SamplingParams(stop=(" 東 dog",), show_stop=True), logprobs=0
    )
    prompt = TokenizedPrompt("x", tuple(BYTE_LEVEL.encode("x")))
    [choice] = answer(Decoder(BYTE_LEVEL, request, prompt).feed(sampled)).choices.values()
    assert (choice.text, choice.stop) == ("the 東 dog", " 東 dog")
    assert choice.finish is FinishReason.STOP
    assert [t.token_id for t in choice.logprobs] == [e.token_id for e in sampled]
    assert [t.offset for t in choice.logprobs] == sorted(t.offset for t in choice.logprobs)


def test_an_echo_comes_first_for_every_choice_and_counts_as_no_completion() -> None:
    prompt = tuple(BYTE_LEVEL.encode("naïve 東京"))
    decode = decoder(BYTE_LEVEL, prompt="naïve 東京", echo=True, choices=2)
    out = decode.feed([PromptEvent(len(prompt)), *tokens(BYTE_LEVEL, " dog")])
    assert out[1:3] == [TextEvent(i, "naïve 東京", prompt, echo=True) for i in (0, 1)]
    out += decode.feed([END, FinishEvent(1, FinishReason.LENGTH)])
    got = answer(out)
    assert [(c.echo, c.text) for c in got.choices.values()] == [
        ("naïve 東京", " dog"),
        ("naïve 東京", ""),
    ]
    assert got.choices[0].token_ids == BYTE_LEVEL.encode(" dog", add_bos=False)
    assert got.usage == Usage(len(prompt), len(got.choices[0].token_ids))


def test_a_prompt_that_is_only_scored_ends_with_length() -> None:
    decode = decoder(BYTE_LEVEL, prompt="the dog", echo=True, logprobs=1)
    scored = prompt_told(BYTE_LEVEL, "the dog")
    got = answer(decode.feed([PromptEvent(len(scored.tokens)), scored, END]))
    [choice] = got.choices.values()
    assert (choice.echo, choice.text, choice.finish) == ("the dog", "", FinishReason.LENGTH)
    assert [t.token_id for t in choice.logprobs] == BYTE_LEVEL.encode("the dog")
    assert choice.logprobs[0].logprob is None
    assert all(t.logprob == -1.0 and t.top for t in choice.logprobs[1:])
    assert got.usage.completion_tokens == 0
    assert decode.done


@pytest.mark.parametrize("is_stop", [False, True])
def test_a_control_token_after_half_a_character_stands_after_it_if_it_ends_the_answer(
    is_stop: bool,
) -> None:
    half = next(i for i in range(BYTE_LEVEL.vocab_size) if BYTE_LEVEL.piece(i) == b"\xf0")
    eos = BYTE_LEVEL.special_tokens["<|eot_id|>"]
    drawn = [told(TokenEvent(0, half), 0, half), told(TokenEvent(0, eos, is_stop), 0, eos)]
    choice = answer(decoder(BYTE_LEVEL, logprobs=0).feed([PromptEvent(2), *drawn, END])).choices[0]
    assert choice.text == "\ufffd"
    # Otherwise the character may yet be whole.
    assert [entry.offset for entry in choice.logprobs] == [0, int(is_stop)]


def test_log_probabilities_of_a_prompt_that_is_not_echoed_are_not_told() -> None:
    scored = prompt_told(BYTE_LEVEL, "x")
    assert decoder(BYTE_LEVEL, logprobs=1).feed([PromptEvent(2), scored]) == [PromptEvent(2)]


def lists(events: list[Event], at: list[int]) -> list[list[Event]]:
    edges = [0, *sorted({min(i, len(events)) for i in at}), len(events)]
    return [events[a:b] for a, b in pairwise(edges)]


@kinds
@settings(deadline=None)
@given(
    ids=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 500)), max_size=40),
    stop=st.lists(st.text("etoah \n東\ufffd", min_size=1, max_size=4), max_size=16),
    at=st.lists(st.integers(0, 45)),
    stopped=st.booleans(),
    logprobs=st.booleans(),
    echo=st.booleans(),
)
def test_lists_may_be_cut_anywhere(
    tokenizer: Tokenizer,
    ids: list[tuple[int, int]],
    stop: list[str],
    at: list[int],
    stopped: bool,
    logprobs: bool,
    echo: bool,
) -> None:
    sampled = [TokenEvent(choice, token_id) for choice, token_id in ids]
    if stopped:
        sampled.append(TokenEvent(0, tokenizer.vocab_size - 1, is_stop=True))
    events: list[Event] = [PromptEvent(2)]
    if logprobs and echo:
        events.append(prompt_told(tokenizer, "x 東"))
    events += [told(e, 5, e.token_id) for e in sampled] if logprobs else sampled
    events += [END, FinishEvent(1, FinishReason.STOP)]
    asked = {"choices": 2, "echo": echo, "logprobs": 2 if logprobs else None}
    whole = decoder(tokenizer, *stop, prompt="x 東", **asked).feed(events)
    decode = decoder(tokenizer, *stop, prompt="x 東", **asked)
    assert [event for part in lists(events, at) for event in decode.feed(part)] == whole
    assert decode.done
    got = answer(whole)
    echoed = [*tokenizer.encode("x 東")] if echo else []
    for index, choice in got.choices.items():
        own = [e.token_id for e in sampled if e.choice == index]
        check_choice(choice, own, stop)
        read = [entry.token_id for entry in choice.logprobs]
        assert choice.echo == ("x 東" if echo else "")
        assert read == ([*echoed, *choice.token_ids][: len(read)] if logprobs else [])
        assert len(read) >= len(echoed) or not logprobs
    assert got.usage.completion_tokens == sum(len(c.token_ids) for c in got.choices.values())


def check_choice(choice: Choice, own: list[int], stop: list[str]) -> None:
    """What holds of every answer: ``own`` are the tokens that were drawn for it."""
    assert not any(s in choice.text for s in stop)
    assert choice.token_ids == own[: len(choice.token_ids)]
    utf8 = codecs.getincrementaldecoder("utf-8")("replace")
    before = len(choice.echo)
    for entry in choice.logprobs[len(choice.logprobs) - len(choice.token_ids) :]:
        if choice.stop is None:
            piece = b"" if entry.special else entry.piece
            # Of half a character that this token does not go on with, U+FFFD is left before it.
            goes_on = bool(piece) and 0x80 <= piece[0] < 0xC0
            half = bool(utf8.getstate()[0]) and bool(piece) and not goes_on
            assert entry.offset == before + half
            before += len(utf8.decode(piece))
    if choice.stop is None:
        assert choice.token_ids == own


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
