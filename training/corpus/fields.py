"""Fields to JSON: a text, a schema in the prompt, and the object that fits both."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .pen import Doc, Pen, a, cap, dumps
from .words import CITIES, COLOURS, DAYS, FOODS, JOBS, MONTHS, NAMES, THINGS

Value = Any
# field | type | how it is told | where values come from
Field = tuple[str, str, str, Callable[[Pen], Value]]


def _name(pen: Pen) -> str:
    return pen.split_pick(NAMES) if pen.chance(0.8) else cap(pen.invented())


PERSON: list[Field] = [
    ("age", "integer", "{n} is {v} years old.", lambda p: p.number(3, 99)),
    ("city", "string", "{n} lives in {v}.", lambda p: p.split_pick(CITIES)),
    ("job", "string", "{n} works as a {v}.", lambda p: p.split_pick(JOBS)),
    ("food", "string", "{n} likes {v}.", lambda p: p.split_pick(FOODS)),
    ("colour", "string", "The favourite colour of {n} is {v}.", lambda p: p.pick(COLOURS)),
    ("email", "string", "You can write to {v}.", lambda p: f"{p.invented()}@{p.invented()}.com"),
    (
        "phone",
        "string",
        "The phone number is {v}.",
        lambda p: f"{p.number(100, 999)}-{p.number(1000, 9999)}",
    ),
    (
        "birthday",
        "string",
        "The birthday of {n} is on {v}.",
        lambda p: f"{p.number(1, 28)} {p.pick(MONTHS)}",
    ),
    ("country", "string", "{n} comes from {v}.", lambda p: cap(p.invented(2))),
    ("married", "boolean", "{n} is {v}.", lambda p: p.chance(0.5)),
    (
        "pets",
        "array",
        "{n} has {v}.",
        lambda p: p.sample(["cat", "dog", "hen", "goat", "fox", "owl", "duck"], p.number(1, 3)),
    ),
]
ORDER: list[Field] = [
    (
        "item",
        "string",
        "[I would like|Please send me|We ordered|I bought] {v}.",
        lambda p: a(p.split_pick(THINGS)),
    ),
    ("quantity", "integer", "The quantity is {v}.", lambda p: p.number(1, 40)),
    (
        "price",
        "number",
        "[It costs|The price is] {v} [euros|dollars].",
        lambda p: p.number(1, 99) + p.pick([0, 0.5, 0.25, 0.99]),
    ),
    ("colour", "string", "The colour is {v}.", lambda p: p.pick(COLOURS)),
    ("day", "string", "[Please bring it|Delivery is] on {v}.", lambda p: p.pick(DAYS)),
    (
        "street",
        "string",
        "[Send it to|The address is] {v}.",
        lambda p: f"{p.number(1, 99)} {cap(p.invented())} Street",
    ),
    ("paid", "boolean", "[The bill|It] is {v}.", lambda p: p.chance(0.5)),
]
EVENT: list[Field] = [
    (
        "title",
        "string",
        "The event is called {v}.",
        lambda p: f"{cap(p.invented())} {cap(p.split_pick(THINGS))} Day",
    ),
    ("place", "string", "It is in {v}.", lambda p: p.split_pick(CITIES)),
    ("day", "string", "It takes place on {v}.", lambda p: p.pick(DAYS)),
    (
        "time",
        "string",
        "It begins at {v}.",
        lambda p: f"{p.number(8, 21):02}:{p.pick(['00', '15', '30', '45'])}",
    ),
    ("guests", "integer", "There are {v} guests.", lambda p: p.number(2, 99)),
    ("host", "string", "The host is {v}.", _name),
    (
        "topics",
        "array",
        "The topics are {v}.",
        lambda p: p.sample(["music", "food", "books", "games", "art"], 2),
    ),
]


def told(field: str, kind: str, value: Value) -> str:
    """A value as the text says it."""
    if kind == "boolean":
        return ("" if value else "not ") + field
    if kind == "array":
        items = [a(v) for v in value] if field == "pets" else list(value)
        return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
    return str(value)


def record(pen: Pen) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A text, its JSON schema and the object to extract."""
    fields = pen.pick([PERSON, PERSON, ORDER, EVENT])
    chosen = pen.sample(fields, pen.number(1, 4))
    obj: dict[str, Any] = {}
    parts: list[str] = []
    types: dict[str, str] = {}
    name = _name(pen)
    if fields is PERSON:
        obj["name"], types["name"] = name, "string"
        parts.append(
            pen.say("[This is {n}.|{n} is a new member.|My name is {n}.|Meet {n}.]", n=name)
        )
        if parts[0].startswith("My"):
            name = "the writer"
    for key, kind, sentence, draw in chosen:
        value = draw(pen)
        types[key] = kind
        parts.append(cap(pen.say(sentence, n=name, v=told(key, kind, value))))
        obj[key] = value.removeprefix("an ").removeprefix("a ") if key == "item" else value
    extra = pen.chance(0.25)
    if extra:  # a sentence that no field asks for
        parts.insert(
            pen.number(0, len(parts)),
            pen.pick(["The sun was shining.", "Thank you.", "All is well."]),
        )
    names = list(obj)
    if pen.chance(0.3):
        pen.rng.shuffle(names)
    props = {
        k: (
            {"type": "array", "items": {"type": "string"}}
            if types[k] == "array"
            else {"type": types[k]}
        )
        for k in names
    }
    schema: dict[str, Any] = {"type": "object", "properties": props}
    if pen.chance(0.7):
        schema["required"] = names
    return " ".join(parts), schema, {k: obj[k] for k in names}


def fields_to_json(pen: Pen) -> Doc:
    text, schema, obj = record(pen)
    shown = json.dumps(schema, indent=pen.pick([None, None, 2]))
    answer = dumps(obj)
    kind = pen.number(0, 3)
    rule = pen.say("[Answer with JSON only, matching this JSON schema:|Answer with JSON only, matching this JSON schema:"
                   "|Return JSON that fits this schema:|Respond with JSON that matches this schema:]")  # fmt: skip
    if kind == 0:
        messages = [
            {"role": "system", "content": f"{rule}\n{shown}"},
            {"role": "user", "content": text},
        ]
    elif kind == 1:
        ask = pen.say("[Extract the data.|Extract the fields from this text:|Turn this into JSON:]")
        messages = [{"role": "system", "content": f"You are a helpful assistant.\n\n{rule}\n{shown}"},
                    {"role": "user", "content": f"{ask} {text}"}]  # fmt: skip
    elif kind == 2:
        messages = [{"role": "user", "content": f"{text}\n\n{rule}\n{shown}"}]
    else:
        keys = ", ".join(obj)
        ask = pen.say(
            "[Extract {k} as JSON:|Give me {k} as JSON:|Return a JSON object with {k}:]", k=keys
        )
        messages = [{"role": "user", "content": f"{ask} {text}"}]
    return Doc(
        "json", [*messages, {"role": "assistant", "content": answer}], key=answer, exact=True
    )
