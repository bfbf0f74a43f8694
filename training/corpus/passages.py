"""Questions over a passage in the prompt: several people, one asked for, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from .pen import Pen, Turn, a
from .stories import story
from .words import (
    ANIMALS,
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    HOBBIES,
    JOBS,
    MONTHS,
    NAMES,
    PLACES,
    THINGS,
)

Fact = tuple[str, str, str, str]  # sentence, question, answer, key


def _fact(sentence: str, question: str, answer: str) -> Callable[[Pen, str, str], Fact]:
    def make(pen: Pen, name: str, value: str) -> Fact:
        slots = {"n": name, "v": value}
        return (
            pen.say(sentence, **slots),
            pen.say(question, **slots),
            pen.say(answer, **slots),
            value,
        )

    return make


# Each kind: where its values come from, and how it is told, asked and answered.
KINDS: list[tuple[Callable[[Pen], str], Callable[[Pen, str, str], Fact]]] = [
    (lambda p: p.split_pick(CITIES), _fact(
        "{n} [lives in|has a house in] {v}.", "Where does {n} live?", "{n} lives in {v}.")),
    (lambda p: p.split_pick(JOBS), _fact(
        "{n} [works as a|is a] {v}.", "What [is {n}'s job|does {n} do for work]?",
        "{n} is a {v}.")),
    (lambda p: a(p.split_pick(ANIMALS)), _fact(
        "{n} has {v}[| at home].", "[What|Which] [animal|pet] does {n} have?", "{n} has {v}.")),
    (lambda p: p.split_pick(FOODS), _fact(
        "{n} [likes|loves|often eats] {v}.", "What [food |]does {n} like[| to eat]?",
        "{n} likes {v}.")),
    (lambda p: p.pick(HOBBIES), _fact(
        "{n} enjoys {v}[| on Sundays].", "What does {n} enjoy?", "{n} enjoys {v}.")),
    (lambda p: str(p.number(5, 90)), _fact(
        "{n} is {v} years old.", "How old is {n}?", "{n} is {v} years old.")),
    (lambda p: a(f"{p.pick(COLOURS)} {p.split_pick(THINGS)}"), _fact(
        "{n} bought {v}.", "What did {n} buy?", "{n} bought {v}.")),
    (lambda p: p.pick(DAYS), _fact(
        "{n} goes to the market on {v}.", "When does {n} go to the market?",
        "{n} goes to the market on {v}.")),
    (lambda p: p.pick(MONTHS), _fact(
        "{n}'s birthday is in {v}.", "When is {n}'s birthday?", "{n}'s birthday is in {v}.")),
    (lambda p: f"in the {p.pick(PLACES)}", _fact(
        "{n} left the key {v}.", "Where did {n} leave the key?", "{n} left the key {v}.")),
    (lambda p: p.pick(COLOURS), _fact(
        "{n}'s coat is {v}.", "What colour is {n}'s coat?",
        "{n}'s coat is {v}.")),
]  # fmt: skip

FRAMES = [
    "{text}\n\n{q}", "{text} {q}", "Read this text: {text}\n{q}", "Text: {text}\nQuestion: {q}",
    "Context: {text}\n\nQuestion: {q}", "Here is a text.\n\n{text}\n\n{q}",
    "{q}\n\n{text}", "Answer from the text.\n\n{text}\n\n{q}",
]  # fmt: skip


def passage(pen: Pen) -> tuple[str, list[Fact], set[int], list[str]]:
    """A text about two to four people, its facts, the kinds used, and the people."""
    people = pen.split_sample(NAMES, pen.number(2, 4))
    kinds = pen.sample(range(len(KINDS)), pen.number(1, 3))
    facts: list[Fact] = []
    for kind in kinds:
        values, make = KINDS[kind]
        used: set[str] = set()
        for name in people:
            value = values(pen)
            if value not in used and len(facts) < 8:
                used.add(value)
                facts.append(make(pen, name, value))
    if pen.chance(0.7):
        pen.rng.shuffle(facts)
    return " ".join(f[0] for f in facts), facts, set(kinds), people


def ask_passage(pen: Pen) -> Turn:
    text, facts, kinds, people = passage(pen)
    if pen.chance(0.12):
        missing = pen.pick([k for k in range(len(KINDS)) if k not in kinds])
        _, question, _, _ = KINDS[missing][1](pen, pen.pick(people), "x")
        user = pen.pick(FRAMES).format(text=text, q=question)
        return Turn(user, "The text does not say.", "passage", "does not say")
    _, question, answer, key = pen.pick(facts)
    if pen.chance(0.12):
        _, q2, a2, k2 = pen.pick(facts)
        if q2 != question:
            user = pen.pick(FRAMES[:6]).format(text=text, q=f"{question} {q2}")
            return Turn(user, f"{answer} {a2}", "passage", k2)
    return Turn(pen.pick(FRAMES).format(text=text, q=question), answer, "passage", key)


def ask_who(pen: Pen) -> Turn:
    """The other way round: the value is given, the person asked for."""
    people = pen.split_sample(NAMES, pen.number(2, 4))
    pool, verb = pen.pick(
        [(FOODS, "likes"), (CITIES, "lives in"), (HOBBIES, "enjoys"), (JOBS, "is a")]
    )
    values = pen.sample(pool, len(people))
    i = pen.number(0, len(people) - 1)
    text = " ".join(f"{n} {verb} {v}." for n, v in zip(people, values, strict=True))
    user = pen.pick(FRAMES).format(text=text, q=f"Who {verb} {values[i]}?")
    return Turn(user, f"{people[i]} {verb} {values[i]}.", "passage", people[i])


def summarise(pen: Pen) -> Turn:
    """The first sentence stands for the whole; more is beyond so small a model."""
    text, facts, _, _ = passage(pen)
    first = facts[0][0]
    if pen.chance(0.5):
        sentences = story(pen, short=True).split(". ")[:3]
        first = sentences[0].rstrip(".") + "."
        text = " ".join(sentence.rstrip(".") + "." for sentence in sentences)
    ask = pen.say(
        "[Summarise|Summarize|Give a short summary of] [this|the] text[:| in one sentence:] "
        if pen.chance(0.7)
        else "[Summarise|Summarize|Sum up]: "
    )
    return Turn(ask + text, first, "summary", first)


def about_passage(pen: Pen) -> Turn:
    return pen.pick([ask_passage] * 7 + [ask_who] * 3 + [summarise])(pen)
