"""Several answers, log-probabilities and echoes, through OpenAI's package."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import openai
import pytest

from tests.clients.conversation import ASKED, COMPLETION_MODEL, added

PROMPT = "Once upon a time, in Zürich 🙂, there was"


@pytest.fixture
def completions(server: Any) -> Iterator[Any]:
    with openai.OpenAI(api_key=server.key, base_url=server.url + "/v1", max_retries=0) as sdk:
        yield sdk.completions


def complete(completions: Any, **fields: Any) -> Any:
    """The answer, after a look at whether a stream adds up to the same."""
    body = {"model": COMPLETION_MODEL, "prompt": PROMPT, **ASKED, **fields}
    answer = completions.create(**body)
    stream = added(completions.create(**body, stream=True))
    assert sorted(stream) == [choice.index for choice in answer.choices]
    for choice in answer.choices:
        streamed = stream[choice.index]
        assert (streamed["text"], streamed["finish"]) == (choice.text, choice.finish_reason)
        assert streamed["told"] == (choice.logprobs.model_dump() if choice.logprobs else {})
    return answer


def test_answers_differ_and_are_counted_together(completions: Any) -> None:
    answer = complete(completions, n=4)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert len({choice.text for choice in answer.choices}) > 1
    alone = complete(completions)
    assert alone.choices[0].text == answer.choices[0].text
    assert answer.usage.prompt_tokens == alone.usage.prompt_tokens
    assert answer.usage.completion_tokens > alone.usage.completion_tokens


def test_a_stop_string_ends_one_answer_and_not_the_others(completions: Any) -> None:
    whole = [choice.text for choice in complete(completions, n=3).choices]
    stop = next(text[4:7] for text in whole if sum(text[4:7] in other for other in whole) == 1)
    answer = complete(completions, n=3, stop=stop)
    assert [choice.text for choice in answer.choices] == [text.split(stop)[0] for text in whole]


def test_each_token_has_its_log_probability(completions: Any) -> None:
    answer = complete(completions, logprobs=3, n=2)
    for choice in answer.choices:
        told = choice.logprobs
        edges = [*told.text_offset, len(choice.text)]
        for token, a, b in zip(told.tokens, edges, edges[1:], strict=False):
            assert choice.text[a:b] in (token, "") or token.startswith("bytes:")
        for token, value, top in zip(
            told.tokens, told.token_logprobs, told.top_logprobs, strict=True
        ):
            assert top[token] == value <= 0
            assert len(top) in (3, 4)
            assert all(a >= b for a, b in pairwise(top.values()))
    lengths = [len(choice.logprobs.tokens) for choice in answer.choices]
    assert sum(lengths) == answer.usage.completion_tokens


def test_a_greedy_answer_is_of_the_likeliest_tokens(completions: Any) -> None:
    told = complete(completions, logprobs=1, temperature=0).choices[0].logprobs
    assert told.token_logprobs == [max(top.values()) for top in told.top_logprobs]


def test_an_echo_is_the_prompt_with_its_log_probabilities(completions: Any) -> None:
    answer = complete(completions, echo=True, logprobs=1, n=2, max_tokens=2)
    for choice in answer.choices:
        told = choice.logprobs
        assert choice.text.startswith(PROMPT)
        assert told.token_logprobs[0] is told.top_logprobs[0] is None
        assert all(value <= 0 for value in told.token_logprobs[1:])
        echoed = sum(offset < len(PROMPT) for offset in told.text_offset)
        assert echoed == answer.usage.prompt_tokens
    plain = complete(completions, echo=True, n=2, max_tokens=2)
    assert [c.text for c in plain.choices] == [c.text for c in answer.choices]
    assert plain.usage.completion_tokens == answer.usage.completion_tokens


def test_scoring_by_parts_gives_what_generating_told(completions: Any) -> None:
    """As evaluation harnesses do it: prompt and continuation as ids, one token more, sliced."""
    body = {"model": COMPLETION_MODEL, "prompt": PROMPT, "temperature": 0, "max_tokens": 6}
    ids = {"extra_body": {"return_tokens_as_token_ids": True}, "logprobs": 1}
    answer = completions.create(**body, **ids, echo=True)
    said, before = answer.choices[0].logprobs, answer.usage.prompt_tokens
    prompt = [int(token.removeprefix("token_id:")) for token in said.tokens]
    scored = completions.create(
        **{**body, "prompt": prompt, "max_tokens": 1}, **ids, echo=True
    ).choices[0]
    assert scored.logprobs.tokens[: len(prompt)] == said.tokens
    values = scored.logprobs.token_logprobs[: len(prompt)]
    assert values[:before] == said.token_logprobs[:before]
    # Attention sums a prompt and a token after it in different orders, and eight bits are coarse.
    assert values[before:] == pytest.approx(said.token_logprobs[before:], abs=0.25)
    assert len(scored.logprobs.tokens) == len(prompt) + 1


def test_tokens_of_a_stop_string_are_not_told(completions: Any) -> None:
    free = complete(completions, logprobs=0, temperature=0).choices[0]
    stop = free.text[5:9]
    cut = complete(completions, logprobs=0, temperature=0, stop=stop).choices[0]
    assert cut.text == free.text.split(stop)[0]
    shown = len(cut.logprobs.tokens)
    assert cut.logprobs.tokens == free.logprobs.tokens[:shown]
    assert all(offset < len(cut.text) for offset in cut.logprobs.text_offset)


def test_a_chats_answers_and_log_probabilities_add_up(chat: Any) -> None:
    asked = {"n": 2, "logprobs": True, "top_logprobs": 2}
    answer, stream = chat(**asked), added(chat(**asked, stream=True))
    for choice in answer.choices:
        told = choice.logprobs.content
        assert stream[choice.index]["text"] == choice.message.content
        assert stream[choice.index]["told"]["content"] == [entry.model_dump() for entry in told]
        text = b"".join(bytes(entry.bytes or ()) for entry in told)
        assert text.decode(errors="replace").rstrip("\ufffd") in choice.message.content
        for entry in told:
            assert len(entry.top_logprobs) == 2
            assert entry.logprob <= entry.top_logprobs[0].logprob
    assert sum(len(choice.logprobs.content) for choice in answer.choices) == (
        answer.usage.completion_tokens
    )
