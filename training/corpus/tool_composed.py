"""Tools composed of a verb and an object, so that a definition has to be read, not remembered."""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from collections.abc import Callable

from .pen import Pen, a, cap
from .tool_families import Field
from .tool_offers import Offered, Param, decorated, definition, param
from .tool_parts import EXTRAS, LABEL_KINDS, LABELS, PROPERTIES, VERBS, pairs
from .values import kind, plural

Builder = Callable[[Pen, str | None, str | None], Offered]


def cased(pen: Pen, *words: str) -> str:
    """The words as one name, in one of the ways programmers write names."""
    parts = [part for word in words for part in word.lower().split()]
    style = pen.number(0, 9)
    if style < 6:
        return "_".join(parts)
    if style < 8:
        return parts[0] + "".join(map(cap, parts[1:]))
    return "-".join(parts) if style == 8 else "".join(map(cap, parts))


def identified(pen: Pen, noun: str) -> tuple[Field, str]:
    """The parameter that says which one is meant, and how requests name it."""
    by = pen.pick(["name", "name", "number", "code"])
    if by == "name":
        keys = f"{noun}/name/{noun}_name/which"
        about = f"[The name of the {noun}|The {noun}|Which {noun}|Name of the {noun}]"
        said = f"[the {noun} {{0}}|{noun} {{0}}|the {noun} called {{0}}|the {noun} named {{0}}]"
    else:
        word = "number" if by == "number" else "id"
        keys = f"id/{noun}_id/{noun}/{noun}_{word}/{word}"
        about = f"[The {word} of the {noun}|The {noun} {word}|{cap(word)} of the {noun}]"
        said = (
            f"[the {noun} {{0}}|{noun} {{0}}|the {noun} with the {word} {{0}}|{noun} {word} {{0}}]"
        )
    return Field(tuple(keys.split("/")), by, about), said


def extras(pen: Pen, count: int, taken: set[str]) -> list[Field]:
    """Further parameters with keys and openings of their own."""
    found: list[Field] = []
    openings: set[str] = set()
    while len(found) < count:
        field = pen.pick(EXTRAS) if pen.chance(0.6) else labelled(pen)
        opening = field.phrase.split()[0]
        if taken.isdisjoint(field.names) and (opening not in openings or "{v}" not in field.phrase):
            found.append(field)
            taken.update(field.names)
            openings.add(opening)
    return found


def labelled(pen: Pen) -> Field:
    """A parameter that the request calls by its key, be that a word or an invented one."""
    label = pen.pick(LABELS) if pen.chance(0.6) else pen.invented(pen.number(1, 2))
    form = pen.rng.random()
    if form < 0.08:
        return Field(
            (label,), "flag", f"Whether {label} is used", phrase=f"with {label}~without {label}"
        )
    if form < 0.18:
        label = pen.pick([label, "options", "settings", "details", "config", "params"])
        return Field(
            (label,),
            "group",
            f"The {label}",
            phrase=pen.pick(["with {v}", f"with the {label} {{v}}"]),
        )
    phrase = pen.pick(
        ["with {k} {v}", "with the {k} {v}", "using {k} {v}", "and set the {k} to {v}"]
    )
    about = pen.say(f"[The {label}|The {label} to use|Value of the {label}|Which {label}]")
    value = "counts" if form > 0.96 else pen.pick(LABEL_KINDS)
    return Field((label,), value, about, phrase=phrase.replace("{k}", label))


def _params(pen: Pen, fields: list[Field]) -> tuple[Param, ...]:
    """The first is always required, the others mostly."""
    ready = []
    for place, field in enumerate(fields):
        optional = place > 0 and pen.chance(0.35)
        changed = Field(field.names, field.kind, field.about, optional, field.phrase)
        ready.append(param(pen, changed, place))
    return tuple(ready)


def action(pen: Pen, verb: str | None = None, noun: str | None = None) -> Offered:
    """ "Lock a gate": the answer says that it is locked."""
    row = next((row for row in VERBS if row[0] == verb), None) or pen.pick(VERBS)
    verb, done, other = row
    own = pairs(verb, pen.held_out)
    noun = noun if noun in own else pen.pick(own)
    about = pen.say(
        "[{V} {a}|{V} the {n} that is given|Use this to {v} {a}|{V} one {n}|{V} {a} of ours|Can {v} {a}]",
        V=cap(verb), v=verb, a=a(noun), n=noun,
    )  # fmt: skip
    word = pen.pick([verb, verb, verb, other])
    if pen.chance(0.1):  # there is but one, so that the call has no arguments
        fields, said = list[Field](), f"the {noun}"
    else:
        which, said = identified(pen, noun)
        fields = [which, *extras(pen, pen.pick([0, 0, 1, 1, 1, 2]), set(which.names))]
    params = _params(pen, fields)
    name = pen.pick([cased(pen, verb, noun), cased(pen, verb, noun), cased(pen, noun, verb)])
    answer = f"The {noun} {{0}} is {done}." if fields else f"The {noun} is {done}."
    less = f"{word} {a(noun)}|{word} the {noun}|{word} {said}|{word} {said}" if fields else ""
    return Offered(definition(pen, decorated(pen, name), about, params), params, f"{word} {said}",
                   (), answer, f"{verb} {noun}", less)  # fmt: skip


def getter(pen: Pen, of: str | None = None, noun: str | None = None) -> Offered:
    """ "Get the height of a tower": the answer says it."""
    row = next((row for row in PROPERTIES if row[0] == of), None) or pen.pick(PROPERTIES)
    of, value, unit = row
    own = pairs(of, pen.held_out)
    noun = noun if noun in own else pen.pick(own)
    which, said = identified(pen, noun)
    params = _params(pen, [which])
    about = pen.say("[Get|Return|Look up|Find|Fetch|Tell] the {p} of {a}", p=of, a=a(noun))
    asks = (f"[what is the {of} of {said}?|what {of} does {said} have?|tell me the {of} of {said}"
            f"|[look up|get|find|show me|give me] the {of} of {said}|I need the {of} of {said}]")  # fmt: skip
    lead = pen.pick(["get", "get", "find", "lookup", "fetch", "read"])
    name = pen.pick([cased(pen, lead, noun, of), cased(pen, lead, of), cased(pen, noun, of)])
    key = pen.pick([cased(pen, of), "_".join(of.split()), "value", "result"])
    return Offered(definition(pen, decorated(pen, name), about, params), params, asks,
                   ((key, kind(pen, value)),), f"The {of} of the {noun} {{0}} is {{r0}}{unit}.", f"{of} {noun}",
                   f"what is the {of} of the {noun}?|[get|tell me|look up] the {of} of {a(noun)}")  # fmt: skip


def setter(pen: Pen, of: str | None = None, noun: str | None = None) -> Offered:
    """ "Set the colour of a boat" to a value from the request."""
    row = next((row for row in PROPERTIES if row[0] == of), None) or pen.pick(PROPERTIES)
    of, value, _ = row
    own = pairs(of, pen.held_out)
    noun = noun if noun in own else pen.pick(own)
    which, said = identified(pen, noun)
    key = "_".join(of.split())
    new = Field((key, "value", f"new_{key}"), value, f"[The new {of}|The {of}|What it is set to]")
    params = tuple(param(pen, field, place) for place, field in enumerate([which, new]))
    about = pen.say("[Set|Change|Update] the {p} of {a}", p=of, a=a(noun))
    asks = f"[set|change|update] the {of} of {said} to {{1}}"
    name = pen.pick([cased(pen, "set", noun, of), cased(pen, "set", of), cased(pen, "change", of)])
    return Offered(definition(pen, decorated(pen, name), about, params), params, asks, (),
                   f"The {of} of the {noun} {{0}} is now {{1}}.", f"set {of} {noun}",
                   f"[set|change] the {of} of {said}|[set|change] the {of} of {a(noun)}|set the {of} to {{1}}")  # fmt: skip


def lister(pen: Pen, _: str | None = None, noun: str | None = None) -> Offered:
    """ "List all boats in a city": the answer names them."""
    own = pairs("list", pen.held_out)
    noun = noun if noun in own else pen.pick(own)
    field, asked, told = pen.pick([
        (Field(("city", "place", "location"), "city", "The city"), "in a city", "in {0}"),
        (Field(("owner", "person", "user"), "person", "[The owner|The person]"), "of a person", "of {0}"),
        (Field(("day", "date"), "day", "The day"), "of a day", "of {0}"),
        (Field(("colour", "color"), "colour", "The colour"), "of one colour", "in {0}"),
    ])  # fmt: skip
    params = _params(pen, [field])
    about = pen.say("[List|Show|Find|Get] [all|the] {n} {w}", n=plural(noun), w=asked)
    asks = (f"[[list|show me|find|get] [all|the] {plural(noun)} {told}"
            f"|which {plural(noun)} are there {told}?]")  # fmt: skip
    name = pen.pick([cased(pen, "list", plural(noun)), cased(pen, "find", plural(noun)),
                     cased(pen, plural(noun), "list"), cased(pen, "get", plural(noun))])  # fmt: skip
    results = ((pen.pick([plural(noun), "names", "items", "results"]), kind(pen, "words")),)
    return Offered(definition(pen, decorated(pen, name), about, params), params, asks, results,
                   f"The {plural(noun)} {told} are {{r0}}.", f"list {noun}",
                   f"[list|show me] the {plural(noun)}|which {plural(noun)} are there?")  # fmt: skip


BUILDERS: dict[Builder, float] = {action: 60, getter: 20, setter: 12, lister: 8}


def composed(pen: Pen) -> Offered:
    """A tool of one of the four forms."""
    return pen.rng.choices(list(BUILDERS), list(BUILDERS.values()))[0](pen, None, None)


def near(pen: Pen, topic: str) -> Offered:
    """A tool that shares its verb, or its object, with the one of that topic."""
    first, noun = topic.rsplit(" ", 1)
    same = [row[0] for row in VERBS]
    if pen.chance(0.5) and first in same:
        return action(pen, verb=first)
    return pen.pick([action, action, getter, setter, lister])(pen, None, noun)
