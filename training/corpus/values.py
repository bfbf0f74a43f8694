"""Values of many shapes that tools and JSON records are filled with, each with its JSON schema."""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .numbers import spell
from .pen import Pen, cap, join
from .words import (
    ADJECTIVES,
    ANIMALS,
    CITIES,
    COLOURS,
    CURRENCIES,
    DAYS,
    FOODS,
    HOBBIES,
    JOBS,
    LANGUAGES,
    MONTHS,
    NAMES,
    PLACES,
    ROOMS,
    THINGS,
    TOPIC_LIST,
    WEATHER,
    in_place,
)

Draw = Callable[[Pen], Any]


@dataclass(frozen=True)
class Kind:
    """A JSON schema and how values that fit it are drawn."""

    schema: dict[str, Any]
    draw: Draw


def told(pen: Pen, value: Any) -> str:
    """A value as running text has it; now and then a small number in words."""
    if isinstance(value, list):
        return join([str(item) for item in value])
    if isinstance(value, dict):
        return join([f"{key} {inner}" for key, inner in value.items()])
    if type(value) is int and 2 <= value <= 12 and pen.chance(0.12):
        return spell(value)
    return str(value)


def plural(noun: str) -> str:
    """Of a regular noun."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"


def kind(pen: Pen, name: str) -> Kind:
    """The kind of that name; of enums and modes, one with options of its own.

    Raises KeyError for a name that is not in the tables below.
    """
    if name in ENUMS:
        return _enum(ENUMS[name])
    if name == "mode":
        return _enum([pen.invented(pen.number(1, 2)) for _ in range(pen.number(2, 4))])
    if name == "group":
        return _group(pen)
    if name in LISTS:
        item = LISTS[name]
        inner = DRAWS[item][0]
        schema = {"type": "array", "items": {"type": inner}}
        return Kind(schema, lambda p: distinct(p, item, p.pick([1, 2, 2, 3, 3, 4])))
    json_type, draw = DRAWS[name]
    return Kind({"type": json_type}, draw)


def distinct(pen: Pen, name: str, count: int) -> list[Any]:
    """Up to `count` different values of a plain kind."""
    found: list[Any] = []
    for _ in range(3 * count):
        value = DRAWS[name][1](pen)
        if value not in found and len(found) < count:
            found.append(value)
    return found


def _enum(options: Sequence[str]) -> Kind:
    return Kind({"type": "string", "enum": list(options)}, lambda p: p.pick(options))


def _group(pen: Pen) -> Kind:
    """An object of two or three plain values, told as `width 3 and height 40`."""
    if pen.chance(0.5):
        inner = dict(part.split(":") for part in pen.pick(GROUPS).split())
    else:
        inner = {pen.invented(pen.number(1, 2)): pen.pick(["count", "word", "code", "name", "number"])
                 for _ in range(pen.pick([2, 2, 3]))}  # fmt: skip
    draws = {key: DRAWS[name][1] for key, name in inner.items()}
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key: {"type": DRAWS[name][0]} for key, name in inner.items()},
    }
    if pen.chance(0.6):
        schema["required"] = list(inner)
    return Kind(schema, lambda p: {key: draw(p) for key, draw in draws.items()})


def digits(pen: Pen, low: int, high: int) -> str:
    """A string of `low` to `high` digits."""
    return "".join(str(pen.number(0, 9)) for _ in range(pen.number(low, high)))


def coined(pen: Pen) -> str:
    """An invented name in one word or two."""
    first = cap(pen.invented(pen.pick([1, 2, 2, 3])))
    return first if pen.chance(0.75) else f"{first} {cap(pen.invented(pen.number(1, 2)))}"


def _city(pen: Pen) -> str:
    return pen.split_pick(CITIES) if pen.chance(0.55) else coined(pen)


def _person(pen: Pen) -> str:
    first = pen.split_pick(NAMES) if pen.chance(0.75) else cap(pen.invented(2))
    return first if pen.chance(0.65) else f"{first} {cap(pen.invented(pen.number(1, 3)))}"


def _title(pen: Pen) -> str:
    coin, thing = cap(pen.invented()), cap(pen.split_pick(THINGS))
    return pen.pick([f"{coin} {thing}", f"The {thing}", f"{thing} of {coin}", coin,
                     f"{cap(pen.split_pick(ADJECTIVES))} {thing}"])  # fmt: skip


def _code(pen: Pen) -> str:
    letters = "".join(pen.pick("ABCDEFGHJKLMNPQRSTVWXYZ") for _ in range(pen.number(1, 3)))
    number = digits(pen, 2, 5)
    return pen.pick([f"{letters}-{number}", f"{letters}{number}", f"{letters.lower()}_{number}",
                     f"{letters.lower()}-{number}", f"{pen.invented(1)}{digits(pen, 1, 3)}"])  # fmt: skip


def _text(pen: Pen) -> str:
    """A short sentence without its full stop, as one dictates a note."""
    shape = (
        "[I am late|the {t} is {j}|bring {f}|bring {f} and {g}|call me at {h}|meet {n} on {d}"
        "|see you in {c}|the {t} costs {i}|happy birthday {n}|do not forget the {t}"
        "|{n} likes {f}|{v} {w} {x}|{w} the {t}|pay {n} {i} {u}|my {t} is {o}|we need {f} by {d}"
        "|{n} is {p}|thank you for the {t}|the code is {k}|{j} and {o} {t}]"
    )
    return pen.say(
        shape, t=pen.split_pick(THINGS), j=pen.split_pick(ADJECTIVES), f=pen.split_pick(FOODS),
        g=pen.split_pick(FOODS), h=_time(pen), n=pen.split_pick(NAMES), d=pen.pick(DAYS),
        c=pen.split_pick(CITIES), i=pen.number(2, 99), v=pen.invented(), w=pen.invented(), x=pen.invented(), u=pen.pick(CURRENCIES),
        o=pen.split_pick(COLOURS), p=in_place(pen.pick(PLACES)), k=_code(pen),
    )  # fmt: skip


def _time(pen: Pen) -> str:
    return f"{pen.number(0, 23):02}:{pen.pick(['00', '15', '30', '45', f'{pen.number(0, 59):02}'])}"


def _date(pen: Pen) -> str:
    day, month = pen.number(1, 28), pen.number(1, 12)
    return pen.pick([f"20{pen.number(10, 39)}-{month:02}-{day:02}", f"{day} {MONTHS[month - 1]}",
                     f"{MONTHS[month - 1]} {day}"])  # fmt: skip


def _decimal(pen: Pen) -> float:
    part = pen.pick([50, 25, 75, 10, 90, 20, pen.number(1, 99)])
    return round(pen.number(0, 199) + part / 100, 2)


def _amount(pen: Pen) -> float:
    return pen.number(1, 999) if pen.chance(0.6) else _decimal(pen)


def _email(pen: Pen) -> str:
    user = pen.split_pick(NAMES).lower() if pen.chance(0.4) else pen.invented()
    return f"{user}@{pen.invented()}.{pen.pick(['com', 'org', 'net'])}"


def _file(pen: Pen) -> str:
    stem = pen.split_pick(THINGS) if pen.chance(0.4) else pen.invented()
    tail = pen.pick(["", "", f"_{digits(pen, 1, 3)}", f"-{pen.invented(1)}"])
    return f"{stem}{tail}.{pen.pick(['txt', 'pdf', 'csv', 'md', 'json', 'png'])}"


def _large(pen: Pen) -> int:
    return int(pen.pick("123456789") + digits(pen, 0, 8))


def _wide(pen: Pen) -> int:
    return pen.number(0, 99) if pen.chance(0.6) else _large(pen)


def _user(pen: Pen) -> str:
    return pen.invented() + pen.pick(["", "", digits(pen, 1, 3), f"_{pen.invented(1)}"])


def _query(pen: Pen) -> str:
    kinds = [TOPIC_LIST, HOBBIES, FOODS, THINGS]
    if pen.chance(0.5):
        return pen.split_pick(TOPIC_LIST)
    return f"{pen.split_pick(ADJECTIVES)} {pen.split_pick(pen.pick(kinds[1:]))}"


# kind | JSON type, value
DRAWS: dict[str, tuple[str, Draw]] = {
    "city": ("string", _city),
    "person": ("string", _person),
    "name": ("string", lambda p: _person(p) if p.chance(0.3) else coined(p)),
    "title": ("string", _title),
    "thing": ("string", lambda p: p.split_pick(THINGS)),
    "food": ("string", lambda p: p.split_pick(FOODS)),
    "animal": ("string", lambda p: p.split_pick(ANIMALS)),
    "place": ("string", lambda p: p.split_pick(ROOMS)),
    "hobby": ("string", lambda p: p.split_pick(HOBBIES)),
    "job": ("string", lambda p: p.split_pick(JOBS)),
    "colour": ("string", lambda p: p.split_pick(COLOURS)),
    "language": ("string", lambda p: p.split_pick(LANGUAGES)),
    "currency": ("string", lambda p: p.pick(CURRENCIES)),
    "sky": ("string", lambda p: p.pick(WEATHER)),
    "day": ("string", lambda p: p.pick(DAYS)),
    "month": ("string", lambda p: p.pick(MONTHS)),
    "date": ("string", _date),
    "time": ("string", _time),
    "word": ("string", lambda p: p.invented(p.number(1, 3))),
    "query": ("string", _query),
    "text": ("string", _text),
    "code": ("string", _code),
    "user": ("string", _user),
    "email": ("string", _email),
    "phone": ("string", lambda p: f"{digits(p, 2, 3)}-{digits(p, 4, 6)}"),
    "file": ("string", _file),
    "url": ("string", lambda p: f"https://{p.invented()}.{p.pick(['com', 'org', 'net'])}/{p.invented()}"),
    "address": ("string", lambda p: f"{p.number(1, 199)} {cap(p.invented())} {p.pick(['Street', 'Road', 'Lane'])}"),
    "zip": ("string", lambda p: digits(p, 5, 5)),
    "symbol": ("string", lambda p: p.invented(p.number(1, 2))[:4].upper()),
    "flag": ("boolean", lambda p: p.chance(0.5)),
    "few": ("integer", lambda p: p.number(2, 12)),
    "count": ("integer", lambda p: p.number(2, 99)),
    "number": ("integer", lambda p: p.number(1, 9999)),
    "year": ("integer", lambda p: p.number(1900, 2039)),
    "percent": ("integer", lambda p: p.number(0, 100)),
    "wide": ("number", _wide),
    "decimal": ("number", _decimal),
    "amount": ("number", _amount),
    "temp": ("number", lambda p: p.number(-12, 39)),
    "place_number": ("number", lambda p: p.number(-9000, 9000) / 100),
}  # fmt: skip

LISTS = {"foods": "food", "persons": "person", "things": "thing", "words": "word",
         "counts": "count", "colours": "colour", "cities": "city", "codes": "code"}  # fmt: skip

GROUPS = ["width:count height:count", "x:count y:count", "min:few max:number", "street:address city:city",
          "name:person email:email", "date:date time:time", "colour:colour weight:count",
          "width:count height:count depth:count", "city:city day:day", "first:name last:name"]  # fmt: skip

ENUMS = {
    "size": ["small", "medium", "large"],
    "priority": ["low", "normal", "high"],
    "unit": ["celsius", "fahrenheit"],
    "speed": ["slow", "normal", "fast"],
    "format": ["pdf", "csv", "txt", "html"],
    "state": ["on", "off"],
    "class": ["economy", "business", "first"],
    "side": ["left", "right"],
    "order": ["asc", "desc"],
    "status": ["open", "closed", "pending"],
    "season": ["spring", "summer", "autumn", "winter"],
}
