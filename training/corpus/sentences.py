"""Plain sentences that can be put into another tense, another person, a question or a denial."""

# ruff: noqa: E501, SIM905 (one row to a line; word lists read best as text)

from __future__ import annotations

from dataclasses import dataclass

from .pen import Pen, a, cap, table
from .relations import HE, INSTRUMENTS, KIN, PORTABLE, SHE
from .words import (
    ANIMALS,
    CITIES,
    COLOURS,
    FOODS,
    JOBS,
    NAMES,
    PLACES,
    THINGS,
    TOPIC_LIST,
    in_place,
)

# verb | its past where no rule gives it | what may follow
_VERBS = """
walk||to the {place}
work||{where}
live||in {city}
play||the {instrument}
paint||{thing}
cook||{food}
visit||{name}
help||{name}
call||{name}
like||{food}
want||{thing}
need||{thing}
open||the {item}
close||the {item}
clean||the {place}
carry||{thing}
wash||the {item}
wait||for {name}
talk||to {name}
look||at the {item}
listen||to {name}
travel||to {city}
sail||to {city}
jump||over the {item}
dance||{where}
laugh||at the {beast}
follow||the {beast}
watch||the {beast}
push||the {item}
move||to {city}
use||{thing}
love||{food}
hate||{food}
answer||{name}
thank||{name}
invite||{name}
ask||{name}
try||the {food}
study||{topic}
enjoy||{food}
share||the {food}
plan||a trip to {city}
go|went|to the {place}
eat|ate|{food}
drink|drank|some {food}
buy|bought|{thing}
see|saw|{beast2}
find|found|{thing}
lose|lost|{thing}
make|made|{food}
take|took|the {item}
bring|brought|{thing}
give|gave|{thing} to {name}
send|sent|{thing} to {name}
sell|sold|{food}
write|wrote|to {name}
sing|sang|{where}
sleep|slept|{where}
sit|sat|near the {item}
stand|stood|{where}
run|ran|to the {place}
swim|swam|with the {beast}
fly|flew|to {city}
drive|drove|to {city}
ride|rode|to the {place}
meet|met|{name}
know|knew|{name}
hear|heard|the {beast}
feed|fed|the {beast}
draw|drew|{beast2}
break|broke|the {item}
build|built|{thing}
keep|kept|{thing}
hold|held|the {item}
leave|left|the {place}
forget|forgot|the {item}
teach|taught|{name}
think|thought|of {name}
speak|spoke|to {name}
tell|told|{name} a story
choose|chose|{thing}
wear|wore|the {colour} coat
catch|caught|the {beast}
hide|hid|the {item}
win|won|{thing}
"""
_DOUBLED = set("run swim sit stop get put plan forget win".split())


@dataclass(frozen=True)
class Verb:
    base: str
    past: str

    @property
    def third(self) -> str:
        """`goes`, `carries`, `plays`."""
        if self.base.endswith("y") and self.base[-2] not in "aeiou":
            return self.base[:-1] + "ies"
        return self.base + ("es" if self.base.endswith(("s", "sh", "ch", "x", "o")) else "s")

    @property
    def ing(self) -> str:
        """`running`, `making`, `seeing`."""
        if self.base in _DOUBLED:
            return self.base + self.base[-1] + "ing"
        drop = self.base.endswith("e") and not self.base.endswith("ee")
        return (self.base[:-1] if drop else self.base) + "ing"


def _past(base: str) -> str:
    if base in _DOUBLED:
        return base + base[-1] + "ed"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + ("d" if base.endswith("e") else "ed")


VERBS = [(Verb(base, past or _past(base)), tail) for base, past, tail in table(_VERBS)]


@dataclass(frozen=True)
class Subject:
    """Who does it: the word, its `my`, and the forms of `be` and of the verb that go with it."""

    word: str
    own: str
    be: str
    single: bool  # he, she, it


PRONOUNS = {
    word: Subject(word, own, be, be == "is")
    for word, own, be in table("I|my|am\nyou|your|are\nhe|his|is\nshe|her|is\nwe|our|are\nthey|their|are")
}  # fmt: skip
TENSES = ["present", "past", "future", "now"]


def someone(pen: Pen, but: str = "") -> Subject:
    """A person by name, of those whose pronoun is known."""
    names = [name for name in NAMES if (name in SHE or name in HE) and name != but]
    name = pen.split_pick(names)
    return Subject(name, "her" if name in SHE else "his", "is", True)


def subject(pen: Pen) -> Subject:
    roll = pen.rng.random()
    if roll < 0.4:
        return someone(pen)
    if roll < 0.55:
        word = f"the {pen.split_pick([*ANIMALS, *JOBS])}"
        return Subject(word, "its" if word[4:] in ANIMALS else "the", "is", True)
    return PRONOUNS[pen.pick(list(PRONOUNS))]


@dataclass(frozen=True)
class Sentence:
    """Who, does what, to what (with `{my}` for whatever the subject's is)."""

    who: Subject
    verb: Verb
    tail: str
    tense: str = "present"
    negative: bool = False
    question: bool = False

    def text(self) -> str:
        tail = " " + self.tail.replace("{my}", self.who.own)
        no = " not" if self.negative else ""
        if self.question:
            return f"{cap(self._helper())} {self.who.word}{no} {self._main()}{tail}?"
        if self.negative or self.tense in ("future", "now"):
            return f"{cap(self.who.word)} {self._helper()}{no} {self._main()}{tail}."
        third = self.verb.third if self.who.single else self.verb.base
        verb = self.verb.past if self.tense == "past" else third
        return f"{cap(self.who.word)} {verb}{tail}."

    def _helper(self) -> str:
        present = "does" if self.who.single else "do"
        return {"present": present, "past": "did", "future": "will", "now": self.who.be}[self.tense]

    def _main(self) -> str:
        return self.verb.ing if self.tense == "now" else self.verb.base


def sentence(pen: Pen) -> Sentence:
    """A sentence in the present, past or future, mostly a plain statement."""
    verb, tail = pen.pick(VERBS)
    more = ["", "", "", " with {my} {kin}", " with {other}", " every day", " at night", " after work",
            " for {my} {kin}", " on Sundays", " near {town}"]  # fmt: skip
    name, other = pen.split_sample(NAMES, 2)
    tail = (tail + pen.pick(more)).replace("{my}", "@my")
    tail = pen.say(
        tail, place=pen.pick(PLACES), where=in_place(pen.pick(PLACES)), city=pen.split_pick(CITIES), instrument=pen.pick(INSTRUMENTS),
        thing=a(f"{pen.pick(COLOURS)} {pen.split_pick(PORTABLE)}"), item=pen.split_pick(THINGS),
        food=pen.split_pick(FOODS), name=name, other=other, beast=pen.split_pick(ANIMALS),
        beast2=a(pen.split_pick(ANIMALS)), topic=pen.split_pick(TOPIC_LIST), kin=pen.pick(KIN),
        colour=pen.pick(COLOURS), town=cap(pen.invented(2)),
    )  # fmt: skip
    who = subject(pen)
    while who.word == name or who.word == other or ("@my" in tail and who.own == "the"):
        who = subject(pen)
    return Sentence(who, verb, tail.replace("@my", "{my}"), pen.pick(TENSES[:3]))
