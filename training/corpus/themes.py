"""Kinds of things and the facts that can be told of them, as tables.

A `Theme` is a kind of thing (people, shops, trains) with facts that can be told of it. A row of
a table reads ``slot=Label // how it is told // yes-or-no question // question // answer // ...``;
``{n}`` is the thing, and ``<...>`` marks what a right answer must contain.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .pen import Pen, a, cap
from .words import PLACES, in_place

Value = Callable[[Pen], str]
Slots = dict[str, str]
Entity = tuple[str, Slots]

NOT_SAID = "The text does not say."
_SLOT = re.compile(r"\{(?:a_|in_)?(\w+?)\}")


@dataclass(frozen=True)
class Asked:
    """A question about a text with its answer, and what of it a right answer must contain."""

    question: str
    answer: str
    key: str


@dataclass(frozen=True)
class Fact:
    """One thing to tell: `asks` holds questions with answers, the one for the value first."""

    slot: str
    label: str
    tells: str
    check: str
    asks: tuple[tuple[str, str], ...]

    @property
    def needs(self) -> set[str]:
        return slots_of(" ".join([self.tells, self.check, *(x for ask in self.asks for x in ask)]))


@dataclass(frozen=True)
class Comparison:
    """`Who is older, Anna or Ben?`, and with `most` (``oldest``) over all who are told of."""

    slot: str
    question: str
    clause: str
    conclusion: str
    most: str
    largest: bool


@dataclass(frozen=True)
class Theme:
    """A kind of thing and its facts. `shared` slots are the same for all things of one text."""

    subject: str
    slots: dict[str, Value]
    facts: list[Fact]
    shared: dict[str, Value] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    subjects: tuple[int, ...] = (1, 2, 2, 3)
    title: str = "Name"
    pronoun: Callable[[str], tuple[str, str] | None] = lambda _: ("it", "its")
    clashes: tuple[frozenset[str], ...] = ()
    of_people: frozenset[str] = frozenset()  # slots whose value a pronoun could mean
    role: str = ""  # a slot that can stand for the name: "the {job}"


@dataclass(frozen=True)
class Passage:
    """A text and what can be asked about it; `absent` are questions that it leaves open."""

    text: str
    lookups: list[Asked]
    absent: list[str] = field(default_factory=list)
    checks: list[Asked] = field(default_factory=list)
    steps: list[Asked] = field(default_factory=list)


def facts(rows: str) -> list[Fact]:
    """The facts of a table."""
    made = []
    for line in rows.strip().splitlines():
        head, tells, check, *rest = (part.strip() for part in line.split(" // "))
        slot, _, label = head.partition("=")
        asks = tuple(zip(rest[::2], rest[1::2], strict=True))
        made.append(Fact(slot, label, tells, "" if check == "-" else check, asks))
    return made


def comparisons(rows: str) -> list[Comparison]:
    """Rows of ``slot // question // clause // conclusion // most // max or min``."""
    made = []
    for line in rows.strip().splitlines():
        slot, question, clause, conclusion, most, order = map(str.strip, line.split(" // "))
        made.append(Comparison(slot, question, clause, conclusion, most, order == "max"))
    return made


def slots_of(template: str) -> set[str]:
    return set(_SLOT.findall(template))


def asked(question: str, answer: str) -> Asked:
    """Capitals at the start, and the marked key taken out of the answer."""
    mark = re.search("<(.*?)>", answer)
    text = cap(answer.replace("<", "").replace(">", ""))
    key = mark.group(1) if mark else text.rstrip(".")
    return Asked(cap(question), text, cap(key) if mark and mark.start() == 0 else key)


def with_articles(slots: Slots) -> Slots:
    """The slots, and each value as ``{a_x}`` with its article; a place as ``{in_x}`` with ``in``,
    ``on`` or ``at``."""
    articles = {f"a_{key}": a(value) for key, value in slots.items() if value}
    places = {f"in_{key}": in_place(value) for key, value in slots.items() if value in PLACES}
    return {**slots, **articles, **places}


def draw(pen: Pen, make: Value, used: set[str]) -> str | None:
    """A value that the text does not use yet; None where the list is too short for that."""
    for _ in range(20):
        value = make(pen)
        if value not in used and value not in " ".join(used).split():
            used.add(value)
            return value
    return None
