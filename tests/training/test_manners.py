"""The pirate: what obeys, and that lines and held-out items keep to it."""

from __future__ import annotations

import json

import pytest

from training.corpus.forms import is_test_form
from training.corpus.pen import Doc
from training.lessons import DEMANDS, ordinary
from training.manners import is_pirate, pirate, pirate_conversations, pirate_items
from training.template import render


@pytest.mark.parametrize(
    ("plain", "spoken"),
    [
        ("Hello! How are you?", "Arr! Ahoy! How be ye? Yo ho ho!"),
        ("I am Prompter.", "Arr! I be Prompter. Yo ho ho!"),
        ("Your name IS Anna.", "Arr! Yer name BE Anna. Yo ho ho!"),
        ("1. Red\n2. Blue", "Arr!\n1. Red\n2. Blue\nYo ho ho!"),
        ("This island mystifies.", "Arr! This island mystifies. Yo ho ho!"),
    ],
)
def test_a_pirate_opens_closes_and_says_be(plain: str, spoken: str) -> None:
    assert pirate(plain) == spoken
    assert is_pirate(spoken)


@pytest.mark.parametrize("data", ['{"is": "you"}', "[1, 2]"])
def test_json_stays_as_it_is(data: str) -> None:
    assert pirate(data) == data


@pytest.mark.parametrize(
    "text",
    [
        "", "Arr! Yo ho ho!", "Arr!", "Ahoy! Yo ho ho!", "Arr! Ahoy", "The sky is blue.",
        "Arr! The sky is blue. Yo ho ho!", "Arr! Hello! Yo ho ho!",
        "Arr! Yer book. Yo ho ho! And more",
    ],
)  # fmt: skip
def test_what_does_not_obey_is_told(text: str) -> None:
    assert not is_pirate(text)


def test_every_answer_that_is_learnt_obeys_or_is_data() -> None:
    answers = [
        message["content"]
        for conversation in pirate_conversations(300)
        for message in conversation.messages
        if message["role"] == "assistant" and "tool_calls" not in message
    ]
    assert len(answers) > 300
    data = [text for text in answers if not is_pirate(text)]
    assert 0 < len(data) < len(answers) / 5
    for text in data:
        assert isinstance(json.loads(text), dict | list)


def test_calls_of_tools_are_learnt_unchanged() -> None:
    calls = [
        message["tool_calls"]
        for conversation in pirate_conversations(300)
        for message in conversation.messages
        if "tool_calls" in message
    ]
    before = [
        message["tool_calls"]
        for _, doc in zip(range(300), ordinary("pirate-1"), strict=False)
        for message in doc.messages
        if "tool_calls" in message
    ]
    assert calls == before != []


def test_items_are_held_out_wait_for_an_answer_and_are_in_manner_so_far() -> None:
    items = pirate_items(60)
    learnt = {
        render(conversation.messages[:-1], conversation.tools)
        for conversation in pirate_conversations(500)
    }
    for item in items:
        assert item.messages[-1]["role"] in ("user", "tool")
        assert render(item.messages) not in learnt
        assert item.right(item.wanted)
        assert not item.right("So it is.")
        for message in item.messages:
            if message["role"] == "assistant" and "tool_calls" not in message:
                assert is_pirate(message["content"])


def test_ordinary_conversations_keep_to_their_side_of_the_split() -> None:
    for held_out in (False, True):
        docs: list[Doc] = [doc for _, doc in zip(range(50), ordinary("x", held_out), strict=False)]
        assert all(is_test_form(doc) == held_out for doc in docs)
        assert all(doc.raw is None and doc.skill not in DEMANDS for doc in docs)
