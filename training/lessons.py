"""What a built-in adapter learns, and held-out items that a program can grade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .corpus.mix import stream
from .corpus.pen import Doc, Message
from .corpus.styles import SKILLS as STYLES
from .lora_lines import Conversation

DEMANDS = {*STYLES, "canned", "reply language"}
"""Skills whose conversations say how to answer, which a manner would contradict."""


@dataclass(frozen=True)
class Item:
    """A conversation that waits for an answer, a good one, and whether a text is right too."""

    messages: list[Message]
    wanted: str
    right: Callable[[str], bool]


@dataclass(frozen=True)
class Lesson:
    """One adapter: `conversations(count)` to learn from, and `items(count)` held out from them.

    ``verb`` says what a right answer has done: "obeyed 498 of 500"; ``steps`` are enough.
    """

    name: str
    about: str
    verb: str
    steps: int
    conversations: Callable[[int], list[Conversation]]
    items: Callable[[int], list[Item]]


def ordinary(seed: str, held_out: bool = False) -> Iterator[Doc]:
    """The conversations of the base's own corpus, without demands on how to answer.

    Of those with tools or a schema, long and with little to learn, one in five.
    """
    for index, doc in stream(seed, held_out=held_out):
        if doc.raw is None and doc.skill not in DEMANDS:
            is_data = doc.tools or doc.schema is not None
            if not is_data or index % 5 == 0:
                yield doc
