"""Texts told from tables of facts, and everything that can be asked about such a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .numbers import ONES
from .pen import Pen, cap, join
from .themes import (
    Asked,
    Entity,
    Fact,
    Passage,
    Slots,
    Theme,
    asked,
    draw,
    slots_of,
    with_articles,
)

Told = tuple[Entity, Fact]


Pronoun = Callable[[str], tuple[str, str] | None]


def prose(pen: Pen, parts: Sequence[tuple[str, str, bool]], pronoun: Pronoun) -> str:
    """Sentences about subjects, some joined, some with a pronoun for the one just spoken of.

    A part is the subject, the sentence, and whether it names someone else, after whom a pronoun
    would not be clear. Nor is it after a sentence that begins with something else.
    """
    out: list[str] = []
    last, joinable, clear = "", False, False
    for subject, sentence, other in parts:
        plain, same = sentence.startswith(subject + " "), subject == last
        rest, roll, forms = sentence[len(subject) :], pen.rng.random(), pronoun(subject)
        if same and plain and joinable and roll < 0.3:
            if roll < 0.08 and out[-1].startswith(cap(subject) + " "):
                word = "which" if forms and forms[0] == "it" else "who"
                out[-1] = f"{cap(subject)}, {word}{out[-1][len(subject) : -1]},{rest}"
            else:
                out[-1] = f"{out[-1][:-1]} and{rest}"
            joinable, clear = False, clear and not other
            continue
        if same and clear and forms and roll < 0.7:
            if plain:
                sentence = forms[0] + rest
            elif rest.startswith("'s "):
                sentence = forms[1] + rest[2:]
        if out and not same and pen.chance(0.08):
            link = pen.pick([", and ", " and ", ", but ", ", while ", "; "])
            if not sentence.startswith(subject):
                sentence = sentence[0].lower() + sentence[1:]
            out[-1] = f"{out[-1][:-1]}{link}{sentence}"
            last, joinable, clear = subject, False, False
            continue
        out.append(cap(sentence))
        named = plain or sentence.startswith(subject + "'s ") or sentence.startswith(forms or ())
        last, joinable, clear = subject, plain, named and not other
    return " ".join(out)


def entities(pen: Pen, theme: Theme, used: set[str], shared: Slots, count: int) -> list[Entity]:
    """Up to `count` things with the slots that name them."""
    made: list[Entity] = []
    for _ in range(count):
        own = {
            k: draw(pen, theme.slots[k], used)
            for k in sorted(slots_of(theme.subject) - set(shared))
        }
        named = {k: v for k, v in own.items() if v is not None}
        if len(named) == len(own):
            subject = pen.say(theme.subject, **with_articles({**shared, **named}))
            made.append((subject, {**shared, **named, "n": subject}))
    return made


def _choose(pen: Pen, theme: Theme, count: int) -> list[Fact]:
    few = {1: (1, 6), 2: (1, 4), 3: (1, 3)}.get(count, (1, 2))
    return pen.sample(theme.facts, min(len(theme.facts), pen.number(*few)))


def _lay_out(pen: Pen, theme: Theme, told: list[Told], kinds: list[Fact]) -> str:
    labelled = all(fact.label for _, fact in told)
    complete = len(told) == len({e[0] for e, _ in told}) * len(kinds)
    if labelled and pen.chance(0.15):
        if complete and pen.chance(0.5):
            gap = pen.pick([", ", "; ", "\t"])
            rows = [gap.join([theme.title, *(pen.say(f.label, **told[0][0][1]) for f in kinds)])]
            for entity in dict.fromkeys(e[0] for e, _ in told):
                mine = {f.slot: e[1][f.slot] for e, f in told if e[0] == entity}
                rows.append(gap.join([entity, *(mine[f.slot] for f in kinds)]))
            return "\n".join(rows)
        cards: dict[str, list[str]] = {}
        for (subject, slots), fact in told:
            card = cards.setdefault(subject, [f"{theme.title}: {subject}"])
            card.append(f"{pen.say(fact.label, **slots)}: {slots[fact.slot]}")
        flat = pen.chance(0.3)
        return ("\n" if flat else "\n\n").join(
            (", " if flat else "\n").join(c) for c in cards.values()
        )
    order = pen.rng.random()
    if order < 0.25:
        told = sorted(told, key=lambda item: kinds.index(item[1]))
    elif order < 0.45:
        told = pen.sample(told, len(told))
    parts = [
        (e[0], pen.say(f.tells, **with_articles(e[1])), f.slot in theme.of_people) for e, f in told
    ]
    if pen.chance(0.12):
        mark = pen.pick(["- ", "* ", "", ""])
        return "\n".join(mark + cap(sentence) for _, sentence, _ in parts)
    return prose(pen, parts, theme.pronoun)


def write(pen: Pen, theme: Theme) -> Passage:
    """A text about one or more things of a theme, with its questions."""
    used: set[str] = set()
    shared = {key: draw(pen, make, used) or "" for key, make in theme.shared.items()}
    things = entities(pen, theme, used, shared, pen.pick(theme.subjects))
    kinds = _choose(pen, theme, len(things))
    told: list[Told] = []
    left: list[Told] = []
    for subject, slots in things:
        for fact in kinds:
            needs = sorted(fact.needs - slots.keys())
            values = {k: draw(pen, theme.slots[k], used) for k in needs}
            if None in values.values():
                continue
            if pen.chance(0.12) and len(things) * len(kinds) > 2:
                left.append(((subject, slots), fact))
                continue
            slots |= {k: v for k, v in values.items() if v is not None}
            told.append(((subject, slots), fact))
    if not told:
        return write(pen, theme)
    lookups = [
        asked(pen.say(q, **with_articles(e[1])), pen.say(ans, **with_articles(e[1])))
        for e, fact in told
        for q, ans in fact.asks
    ]
    text = _lay_out(pen, theme, told, kinds)
    if pen.chance(0.4):
        lookups.append(_about(pen, theme, told, text))
    return Passage(
        text,
        lookups,
        _absent(pen, theme, told, left, used, shared),
        [_check(pen, theme, told, item, used) for item in told if item[1].check],
        [*_compare(pen, theme, told, text), *_roles(pen, theme, told)],
    )


def _about(pen: Pen, theme: Theme, told: list[Told], text: str) -> Asked:
    """Whom or what the text names, in its order."""
    named = sorted({e[0] for e, _ in told}, key=lambda name: _place(text, name))
    word = "Who" if theme.role else "What"
    question = pen.say("[{w} is [the|this] text about|{w} does [the|this] text tell of]?", w=word)
    return asked(question, f"the text is about <{join(named)}>.")


def _absent(
    pen: Pen, theme: Theme, told: list[Told], left: list[Told], used: set[str], shared: Slots
) -> list[str]:  # fmt: skip
    """Facts not told of someone, of anyone, of someone else, and values that nobody has."""
    kinds = {fact.slot: fact for _, fact in [*told, *left]}
    open_: list[tuple[Slots, str]] = [(e[1], fact.asks[0][0]) for e, fact in left]
    clash = {slot for group in theme.clashes if group & kinds.keys() for slot in group}
    others = [f for f in theme.facts if f.slot not in clash and f.slot not in kinds]
    if others:
        open_.append((pen.pick(told)[0][1], pen.pick(others).asks[0][0]))
    fact = pen.pick(list(kinds.values()))
    for _, slots in entities(pen, theme, set(used), shared, 1):
        open_.append((slots, fact.asks[0][0]))
    backward = [q for q, _ in fact.asks[1:] if slots_of(q) == {fact.slot}]
    value = draw(pen, theme.slots[fact.slot], set(used)) if fact.slot in theme.slots else None
    if backward and value:
        open_.append(({**shared, fact.slot: value}, pen.pick(backward)))
    return [
        cap(pen.say(question, **with_articles(slots)))
        for slots, question in open_
        if slots_of(question) <= slots.keys()
    ]


def _check(pen: Pen, theme: Theme, told: list[Told], item: Told, used: set[str]) -> Asked:
    (_, slots), fact = item
    answer = pen.say(fact.asks[0][1], **with_articles(slots)).replace("<", "").replace(">", "")
    if pen.chance(0.5):
        return asked(pen.say(fact.check, **with_articles(slots)), f"Yes, {answer}")
    values = [e[1][f.slot] for e, f in told if f == fact and e[1][f.slot] != slots[f.slot]]
    other = pen.pick(values) if values and pen.chance(0.7) else None
    other = other or draw(pen, theme.slots[fact.slot], set(used)) or "x"
    return asked(pen.say(fact.check, **with_articles({**slots, fact.slot: other})), f"No, {answer}")


def _place(text: str, name: str) -> int:
    """Where a text first names something."""
    found = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
    return found.start() if found else len(text)


def _size(value: str) -> int:
    """A figure to compare: a number, a number word, or a time in minutes."""
    if time := re.fullmatch(r"(\d+)(?::(\d+))?( am| pm)?", value):
        hour, minute, half = int(time[1]), time[2], time[3]
        if half:
            return (hour % 12 + 12 * (half == " pm")) * 60
        return hour * 60 + int(minute) if minute else hour
    return ONES.index(value)


def _compare(pen: Pen, theme: Theme, told: list[Told], text: str) -> list[Asked]:
    made = []
    for rule in theme.comparisons:
        slots = [e[1] for e, fact in told if fact.slot == rule.slot]
        slots.sort(key=lambda own: _place(text, own["n"]))
        if len(slots) < 2:
            continue
        if len(slots) == 2 or pen.chance(0.6):
            slots = pen.sample(slots, 2)
            question = f"{rule.question}, {slots[0]['n']} or {slots[1]['n']}?"
            conclusion = rule.conclusion
        else:
            words = rule.most.split(" ")  # "Who is the oldest", "Which train leaves first"
            tail = words[1:] if words[0] == "Who" else words[2:]
            question, conclusion = f"{rule.most}?", " ".join(["{n}", *tail])
        size = [_size(own[rule.slot]) for own in slots]
        best = size.index(max(size) if rule.largest else min(size))
        clauses = [pen.say(rule.clause, **own) for own in slots]
        end = pen.say(conclusion, **slots[best])
        said = f"{', '.join(clauses[:-1])} and {clauses[-1]}, <so {end}>."
        made.append(asked(pen.say(question, **slots[0]), said))
    return made


def _roles(pen: Pen, theme: Theme, told: list[Told]) -> list[Asked]:
    """`How old is the baker?`: who the baker is comes first, then what is told of that one."""
    made = []
    for (name, slots), fact in told:
        known = any(e[0] == name and f.slot == theme.role for e, f in told)
        if known and fact.slot != theme.role:
            role = f"the {slots[theme.role]}"
            question = pen.say(fact.asks[0][0], **with_articles({**slots, "n": role}))
            answer = pen.say(fact.asks[0][1], **with_articles(slots))
            made.append(asked(question, f"{cap(role)} is {name}. {answer}"))
    return made
