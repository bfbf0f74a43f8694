"""Records: a schema drawn once, and texts over it with the object that each of them holds."""

# ruff: noqa: E501 (one wording to a line)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .field_domains import DOMAINS, Row
from .pen import Pen, cap, join
from .tool_parts import LABEL_KINDS, LABELS
from .values import Kind, kind, told

ASIDES = ["The sun was shining.", "Thank you.", "All is well.", "That is all for now.", "We are glad.",
          "More will follow.", "Please keep this.", "It was a long day.", "I hope so."]  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """A member of the object. `absent` is what happens when the text does not tell it.

    That is nothing ("": it is always told), "null" or "omit". `inner` makes it an object, or with
    `many` a list of objects. `labels` are what lines of a text may call it.
    """

    key: str
    kind: Kind
    sentences: str
    absent: str = ""
    inner: tuple[Slot, ...] = ()
    many: bool = False
    labels: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        if self.inner:
            inside = object_schema(self.inner)
            return {"type": "array", "items": inside} if self.many else inside
        found = dict(self.kind.schema)
        if self.absent == "null":
            found["type"] = [found["type"], "null"]
        return found


@dataclass(frozen=True)
class Form:
    """What the records of one document have in common; `slots` stand in the schema's order."""

    noun: str
    head: str
    slots: tuple[Slot, ...]
    order: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """A text and the object that it tells."""

    text: str
    value: dict[str, Any]


def object_schema(slots: Sequence[Slot], required: bool = True) -> dict[str, Any]:
    """An object schema of the slots; what may be left out is not required."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {slot.key: slot.schema() for slot in slots},
    }
    names = [slot.key for slot in slots if slot.absent != "omit"]
    if required and names:
        schema["required"] = names
    return schema


def form(pen: Pen, count: int, plain: bool = False) -> Form:
    """A form with `count` members; a `plain` one has no objects in it and leaves nothing out."""
    if pen.chance(0.2):
        slots = [labelled(pen, taken) for taken in labels(pen, count)]
        return _formed(pen, pen.pick(["record", "entry", "form"]), "", slots)
    domain = pen.pick(DOMAINS)
    rows = [row for row in domain.rows if row.kind or not plain]
    chosen: list[Slot] = [slot(pen, domain.head)]
    for row in pen.sample(rows, min(len(rows), count + 2)):
        made = nested(pen, row) if row.inner else slot(pen, row)
        if len(chosen) < count and not _tells_same(made, chosen):
            chosen.append(made if plain else perhaps_absent(pen, made))
    if not plain and pen.chance(0.07):
        chosen[-1] = several(pen) if len(chosen) > 1 else chosen[-1]
    return _formed(pen, pen.pick(domain.names), chosen[0].key, chosen)


def _tells_same(made: Slot, chosen: list[Slot]) -> bool:
    """Whether one of `chosen` is told in the same words, or has a key of what is inside."""
    there = [part for other in chosen for part in (other, *other.inner)]
    inside = [made, *made.inner]
    keys = {part.key for part in there} & {part.key for part in inside}
    said = {one for part in there for one in part.sentences.split("|") if one}
    return bool(keys or said & {one for part in inside for one in part.sentences.split("|")})


def _formed(pen: Pen, noun: str, head: str, slots: list[Slot]) -> Form:
    order = tuple(member.key for member in slots)
    if pen.chance(0.3):
        pen.rng.shuffle(slots)
    return Form(noun, head, tuple(slots), order)


def slot(pen: Pen, row: Row) -> Slot:
    """The field under one of its keys, now and then with another type that fits."""
    chosen = kind(pen, row.kind)
    if chosen.schema["type"] == "integer" and pen.chance(0.12):
        chosen = Kind({"type": "number"}, chosen.draw)
    elif row.kind in ("number", "year", "count") and pen.chance(0.06):
        draw = chosen.draw
        chosen = Kind({"type": "string"}, lambda p: str(draw(p)))
    key = pen.pick(row.keys)
    key = camel(key) if pen.chance(0.12) else key
    return Slot(key, chosen, row.sentences, labels=row.keys)


def camel(key: str) -> str:
    """`due_date` as `dueDate`."""
    first, *rest = key.split("_")
    return first + "".join(map(cap, rest))


def nested(pen: Pen, row: Row) -> Slot:
    """An object with two or three of its fields."""
    inner = pen.sample(row.inner, min(len(row.inner), pen.pick([2, 2, 3])))
    slots = tuple(slot(pen, part) for part in inner)
    return Slot(pen.pick(row.keys), Kind({}, lambda p: None), "", inner=slots)


def several(pen: Pen) -> Slot:
    """A list of objects: things with how many of them, people with their age."""
    first, second, key, said = pen.pick([
        ("thing", "few", "item/count", "The list has {v}."),
        ("food", "count", "name/amount", "We need {v}."),
        ("person", "count", "name/age", "With them come {v}."),
        ("title", "decimal", "title/price", "On offer are {v}."),
    ])  # fmt: skip
    one, two = key.split("/")
    inner = (Slot(one, kind(pen, first), ""), Slot(two, kind(pen, second), ""))
    return Slot(pen.pick(["items", "entries", "list", "lines"]), Kind({}, lambda p: None), said,
                inner=inner, many=True)  # fmt: skip


def labels(pen: Pen, count: int) -> list[str]:
    """Different keys that any text can have: plain words and invented ones."""
    words = [
        pen.pick(LABELS) if pen.chance(0.5) else pen.invented(pen.number(1, 2)) for _ in "x" * 9
    ]
    return list(dict.fromkeys(words))[:count]


def labelled(pen: Pen, label: str) -> Slot:
    """A field that the text calls by its very key."""
    said = f"The {label} is {{v}}.|Its {label} is {{v}}.|As {label} it has {{v}}."
    return Slot(label, kind(pen, pen.pick([name for name in LABEL_KINDS if name != "words"])), said)


def perhaps_absent(pen: Pen, member: Slot) -> Slot:
    """A field that texts may leave out, now and then: it becomes null or is not there at all."""
    if member.inner or "enum" in member.kind.schema or not pen.chance(0.12):
        return member
    return replace(member, absent=pen.pick(["null", "omit"]))


def fill(pen: Pen, given: Form) -> Record:
    """A record of the form, told in sentences or in lines."""
    values, missing = _drawn(pen, given)
    by_key = {member.key: member for member in given.slots}
    head = str(values.get(given.head, "it"))
    style = pen.rng.random()
    order = [key for key in given.order if key not in missing]
    if style < 0.25 and not any(by_key[key].inner for key in order):
        text = lines(pen, [(_label(pen, by_key[key]), values[key]) for key in order])
    else:
        first = order[:1] if given.head else []
        rest = order[len(first) :]
        if pen.chance(0.3):
            pen.rng.shuffle(rest)
        said = [
            part for key in [*first, *rest] for part in _tell(pen, by_key[key], values[key], head)
        ]
        if given.head:
            said = _shortened(pen, said, head)
        if pen.chance(0.2):
            said.insert(pen.number(0, len(said)), pen.pick(ASIDES))
        text = " ".join(said)
    return Record(text, {m.key: values[m.key] for m in given.slots if m.key in values})


def _shortened(pen: Pen, said: list[str], head: str) -> list[str]:
    """At times without the sentence that only names the thing, or with two sentences as one."""
    opening = f"{head} "
    if pen.chance(0.4) and any(part.startswith(opening) for part in said[1:]):
        said = said[1:]
    for place in range(len(said) - 1):
        one, two = said[place : place + 2]
        both = one.startswith(opening) and two.startswith(opening) and one[-1] == two[-1] == "."
        if both and pen.chance(0.4):
            return [*said[:place], f"{one[:-1]} and {two[len(opening) :]}", *said[place + 2 :]]
    return said


def _label(pen: Pen, member: Slot) -> str:
    return pen.pick(member.labels) if member.labels and pen.chance(0.2) else member.key


def _drawn(pen: Pen, given: Form) -> tuple[dict[str, Any], set[str]]:
    """Values by key, null ones too, and the keys that the text must not tell."""
    values: dict[str, Any] = {}
    missing: set[str] = set()
    for member in given.slots:
        if member.absent and pen.chance(0.5):
            missing.add(member.key)
            if member.absent == "null":
                values[member.key] = None
        else:
            values[member.key] = _value(pen, member)
    return values, missing


def _value(pen: Pen, member: Slot) -> Any:
    if member.many:
        return [{part.key: part.kind.draw(pen) for part in member.inner}
                for _ in range(pen.pick([1, 2, 2, 3]))]  # fmt: skip
    if member.inner:
        return {part.key: part.kind.draw(pen) for part in member.inner}
    return member.kind.draw(pen)


def _tell(pen: Pen, member: Slot, value: Any, head: str) -> list[str]:
    """The sentences that tell a value: of an object, one for each field."""
    if member.many:
        one, two = (part.key for part in member.inner)
        told_items = [f"{item[one]} ({item[two]})" for item in value]
        return [member.sentences.replace("{v}", join(told_items))]
    if member.inner:
        return [said for part in member.inner for said in _tell(pen, part, value[part.key], head)]
    if isinstance(value, bool):
        yes, no = member.sentences.split("~")
        return [(yes if value else no).replace("{n}", head)]
    template = pen.pick(member.sentences.split("|"))
    return [cap(template.replace("{n}", head).replace("{v}", told(pen, value)))]


def lines(pen: Pen, pairs: list[tuple[str, Any]]) -> str:
    """`Key: value`, one to a line or in a row."""
    upper = pen.chance(0.6)
    parts = []
    for key, value in pairs:
        label = (
            "".join(f" {c.lower()}" if c.isupper() else c for c in key).replace("_", " ").strip()
        )
        text = ("yes" if value else "no") if isinstance(value, bool) else _listed(value)
        parts.append(f"{cap(label) if upper else label}: {text}")
    if pen.chance(0.2):
        return "\n".join(f"- {part}" for part in parts)
    return pen.pick(["\n", "\n", "\n", "; "]).join(parts)


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
