"""Answers with calls: their text, calls, tokens, log-probabilities and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.prompt.tokenizers import KINDS
from understudy.backends.base import TokenizedPrompt
from understudy.decode.calling import Calling
from understudy.decode.decoder import Decoder
from understudy.decode.fold import Answer, Choice
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    TextEvent,
    TokenEvent,
    TokenLogprob,
    ToolCallEvent,
)
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import GenerationRequest, SamplingParams, TextInput, ToolCallForm

BYTE_LEVEL = KINDS["byte-level"]
ROME = '{"name": "weather", "parameters": {"city": "東京 dog"}}'
STOP = '{"name": "stop", "parameters": {}}'


def calling(held: bool = False) -> Calling:
    def new_id(choice: int, position: int) -> str:
        return f"{choice}.{position}"

    return Calling(("weather", "stop"), ToolCallForm(separator="; "), held, 3, new_id)


def decoder(
    tokenizer: Tokenizer = BYTE_LEVEL,
    *stop: str,
    held: bool = False,
    logprobs: int | None = None,
    choices: int = 1,
    echo: bool = False,
) -> Decoder:
    sampling = SamplingParams(stop=stop)
    request = GenerationRequest(
        "m", TextInput("x"), sampling, logprobs=logprobs, choices=choices, echo=echo
    )
    prompt = TokenizedPrompt("x", tuple(tokenizer.encode("x")))
    return Decoder(tokenizer, request, prompt, calling(held))


def sampled(
    text: str, tokenizer: Tokenizer = BYTE_LEVEL, choice: int = 0, told: bool = False
) -> list[Event]:
    ids = tokenizer.encode_plain("x" + text)[len(tokenizer.encode_plain("x")) :]
    return [
        TokenEvent(choice, i, logprob=TokenLogprob(i, -1.0, ((i, -1.0),)) if told else None)
        for i in ids
    ]


def fold(events: Sequence[Event]) -> dict[int, Choice]:
    answer = Answer()
    answer.add(events)
    return answer.choices


def end(reason: FinishReason = FinishReason.STOP, choice: int = 0) -> FinishEvent:
    return FinishEvent(choice, reason)


@pytest.mark.parametrize("held", [True, False])
def test_an_answer_with_calls_ends_with_tool_calls(held: bool) -> None:
    events = [*sampled(f"Look: {ROME}; {STOP}"), end()]
    [choice] = fold(decoder(held=held).feed(events)).values()
    assert choice.text == "Look:"
    assert [(c.name, c.arguments, c.id) for c in choice.tool_calls] == [
        ("weather", '{"city": "東京 dog"}', "0.0"),
        ("stop", "{}", "0.1"),
    ]
    assert choice.finish is FinishReason.TOOL_CALLS
    assert choice.token_ids == [e.token_id for e in events if isinstance(e, TokenEvent)]


@pytest.mark.parametrize("text", ["Hello", "{}", '{"name": "other", "parameters": {}}'])
def test_an_answer_without_calls_ends_as_ever(text: str) -> None:
    [choice] = fold(decoder().feed([*sampled(text), end()])).values()
    assert (choice.text, choice.tool_calls, choice.finish) == (text, [], FinishReason.STOP)


@pytest.mark.parametrize("held", [True, False])
def test_an_answer_that_is_cut_off_ends_with_length(held: bool) -> None:
    for text in (ROME[:-9], ROME):
        out = decoder(held=held).feed([*sampled(text), end(FinishReason.LENGTH)])
        [choice] = fold(out).values()
        assert choice.finish is FinishReason.LENGTH
        whole = text if not choice.tool_calls else ""
        assert choice.text == whole
        assert bool(choice.tool_calls) is (held or text == ROME)


def test_each_token_gives_its_id_before_the_pieces_of_a_call() -> None:
    events = sampled(f"a {STOP}")
    out = decoder(held=True).feed(events)
    ids = [e.token_ids for e in out if isinstance(e, TextEvent)]
    assert [i for i in ids if i] == [(e.token_id,) for e in events if isinstance(e, TokenEvent)]
    first = next(e for e in out if isinstance(e, ToolCallEvent))
    assert first == ToolCallEvent(0, 0, "", "stop", "0.0")
    assert isinstance(out[out.index(first) - 1], TextEvent)


@pytest.mark.parametrize("held", [True, False])
def test_a_stop_string_ends_text_and_calls_alike(held: bool) -> None:
    [choice] = fold(decoder(BYTE_LEVEL, "dog", held=held).feed(sampled(f"a {ROME}"))).values()
    assert (choice.finish, choice.stop) == (FinishReason.STOP, "dog")
    if held:
        assert choice.text == "a"
        assert [c.arguments for c in choice.tool_calls] == ['{"city": "東京 ']
    else:
        assert choice.text == f"a {ROME.split('dog')[0]}"
    after = decoder(BYTE_LEVEL, "END", held=held).feed(sampled(f"{STOP} END"))
    [choice] = fold(after).values()
    assert (choice.text, choice.finish, choice.stop) == ("", FinishReason.TOOL_CALLS, "END")


def test_choices_are_read_apart() -> None:
    first, second = sampled(ROME, choice=0), sampled(f"No. {STOP}", choice=1)
    mixed = [event for pair in zip(first, second, strict=False) for event in pair]
    rest = max(first, second, key=len)[min(len(first), len(second)) :]
    out = decoder(choices=2, held=True).feed([*mixed, *rest, end(), end(choice=1)])
    got = fold(out)
    assert [got[i].text for i in (0, 1)] == ["", "No."]
    assert [got[i].tool_calls[0].id for i in (0, 1)] == ["0.0", "1.0"]


def test_log_probabilities_are_told_of_text_and_not_of_calls() -> None:
    events = [*sampled(f"See. {STOP}", told=True), end()]
    [choice] = fold(decoder(held=True, logprobs=1).feed(events)).values()
    assert b"".join(entry.piece for entry in choice.logprobs).strip() == b"See."
    assert choice.token_ids == [e.token_id for e in events if isinstance(e, TokenEvent)]


def test_offsets_count_an_echo_and_no_call() -> None:
    events = [*sampled(f"{STOP} dog", told=True), end()]
    [choice] = fold(decoder(logprobs=1, echo=True).feed(events)).values()
    assert choice.text == " dog"
    assert choice.logprobs[0].offset == len("x")
    assert all(top.offset == entry.offset for entry in choice.logprobs for top in entry.top)


BITS = [ROME, STOP, "Hello dog", " ", "\n", "; ", "{", '{"name": "stop"', "```", "東", " END "]


@pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
@settings(deadline=None, max_examples=60)
@given(
    bits=st.lists(st.sampled_from(BITS), max_size=8),
    at=st.lists(st.integers(0, 150), max_size=8),
    stop=st.lists(st.sampled_from(["END", "dog", "}", "\n"]), max_size=1),
    told=st.booleans(),
    held=st.booleans(),
)
def test_lists_may_be_cut_anywhere_and_nothing_is_lost(
    tokenizer: Tokenizer,
    bits: list[str],
    at: list[int],
    stop: list[str],
    told: bool,
    held: bool,
) -> None:
    text = "".join(bits)
    tokens = sampled(text, tokenizer, told=told)
    events = [*tokens, end()]
    logprobs = 1 if told else None
    whole = decoder(tokenizer, *stop, held=held, logprobs=logprobs).feed(events)
    decode = decoder(tokenizer, *stop, held=held, logprobs=logprobs)
    edges = [0, *sorted({min(i, len(events)) for i in at}), len(events)]
    assert [e for a, b in pairwise(edges) for e in decode.feed(events[a:b])] == whole
    [choice] = fold(whole).values()
    ids = [event.token_id for event in tokens if isinstance(event, TokenEvent)]
    assert choice.token_ids == ids[: len(choice.token_ids)]
    if choice.stop is None:
        assert choice.token_ids == ids
        called = choice.finish is FinishReason.TOOL_CALLS
        assert called or choice.tool_calls or choice.text == text
    if told:
        check_logprobs(choice)
    silent = decoder(tokenizer, *stop, held=held).feed(events)
    [other] = fold(silent).values()
    assert (choice.text, choice.tool_calls, choice.finish) == (
        *(other.text, other.tool_calls, other.finish),
    )


def check_logprobs(choice: Choice) -> None:
    """Tokens told with a log-probability are among the answer's, in order, and stand in its text
    where they say; between calls they spell it."""
    left = iter(choice.token_ids)
    assert all(entry.token_id in left for entry in choice.logprobs)
    offsets = [entry.offset for entry in choice.logprobs]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(choice.text) for offset in offsets)
    if not choice.tool_calls and choice.stop is None:
        told = b"".join(entry.piece for entry in choice.logprobs).decode("utf-8", "replace")
        assert told == choice.text
    else:
        read = b"".join(entry.piece for entry in choice.logprobs)
        for word in choice.text.split():
            assert word.encode() in read
