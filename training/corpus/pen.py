"""The writer's hand: seeded choice, a tiny grammar, and what is held out for evaluation.

A template such as ``"[Hello|Hi], {name}!"`` is expanded by `Pen.say`: square brackets hold
alternatives and nest, braces hold slots. Every other module of the corpus composes its text
from such templates, so one short line here stands for many sentences there.
"""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

import functools
import json
import random
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .words import NAMES

T = TypeVar("T")
Message = dict[str, Any]
Tool = dict[str, Any]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_STARTS = "b br c ch d dr f fl g gr h j k l m n p pl qu r s sh st t tr v w z".split()
_VOWELS = "a e i o u ai ee oo ou".split()
_ENDS = ["", "", "", "n", "r", "l", "s", "m", "t", "ck", "nd", "x", "ng"]
RUDE = re.compile("fuck|shit|cock|dick|cum|cunt|fag|nig|tit|piss|slut|rap[ei]|nazi|wank|twat|sex")
"""What syllables happen to spell and no answer should."""


@dataclass(frozen=True)
class Turn:
    """One question and its answer. `key` is what a right answer must contain."""

    user: str
    answer: str
    skill: str
    key: str | None = None
    exact: bool = False


@dataclass(frozen=True)
class Doc:
    """One training document: a conversation, or raw text when `raw` is set.

    `key` is what a right last answer contains, or is when `exact`; of calls and of JSON it is the
    JSON. `schema` is what a JSON answer has to fit.
    """

    skill: str
    messages: list[Message] = field(default_factory=list)
    tools: list[Tool] | None = None
    raw: str | None = None
    key: str | None = None
    exact: bool = False
    schema: dict[str, Any] | None = None


def bucket(text: str, buckets: int) -> int:
    """A stable hash; Python's own changes between processes."""
    return zlib.crc32(text.encode()) % buckets


def is_held_out(value: str, one_in: int = 8) -> bool:
    """Values (names, words, tools, sums) that only the evaluation may use."""
    return bucket(value, one_in) == 0


@functools.cache
def _unseen_names() -> frozenset[str]:
    """Names that only the evaluation may use, in small letters: syllables happen to spell some."""
    return frozenset(name.lower() for name in NAMES if is_held_out(name))


@functools.cache
def _split(items: tuple[str, ...], held_out: bool) -> list[str]:
    own = [item for item in items if is_held_out(item) == held_out]
    if not own:
        raise ValueError(f"no items on one side of the split: {items[:3]}")
    return own


class Pen:
    """A seeded random source that also knows which split it writes for."""

    def __init__(self, seed: str, held_out: bool = False) -> None:
        self.rng = random.Random(seed)
        self.held_out = held_out
        self.swap: Callable[[str], str] | None = None  # what stands in for the lists' own items

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.rng.random() * len(items))]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        return self.rng.sample(items, count)

    def split_pick(self, items: Sequence[str]) -> str:
        """An item of this split: training never sees the held-out eighth."""
        return self.split_sample(items, 1)[0]

    def split_sample(self, items: Sequence[str], count: int) -> list[str]:
        """Up to `count` distinct items of this split."""
        own = _split(tuple(items), self.held_out)
        drawn = self.rng.sample(own, min(count, len(own)))
        return drawn if self.swap is None else list(dict.fromkeys(map(self.swap, drawn)))

    def say(self, template: str, **slots: object) -> str:
        """Expand `[a|b]` alternatives, then fill `{slot}`s."""
        while "[" in template:
            expanded = _CHOICE.sub(lambda m: self.pick(m.group(1).split("|")), template)
            if expanded == template:
                break
            template = expanded
        return _SLOT.sub(lambda m: str(slots[m.group(1)]), template) if slots else template

    def invented(self, syllables: int | None = None) -> str:
        """A pronounceable word nobody has seen, so that copying is learnt, not recalled."""
        while True:
            count = syllables or self.number(1, 3)
            word = "".join(self.pick(_STARTS) + self.pick(_VOWELS) for _ in range(count))
            word += self.pick(_ENDS)
            if not RUDE.search(word) and word not in _unseen_names():
                return word


def a(noun: str) -> str:
    """The noun with its indefinite article."""
    small = noun.lower()
    vowel = small[0] in "aeiou" and not small.startswith(("uni", "use", "euro"))
    return ("an " if vowel or small.startswith(("honest", "honour", "hour")) else "a ") + noun


def cap(text: str) -> str:
    """First letter upper-cased, the rest untouched."""
    return text[:1].upper() + text[1:]


def join(items: Sequence[str], word: str = "and") -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + f" {word} {items[-1]}"


def table(text: str) -> list[list[str]]:
    """Rows of `a|b|c` lines."""
    return [line.strip().split("|") for line in text.strip().splitlines()]


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
