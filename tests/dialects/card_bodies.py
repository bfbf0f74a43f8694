"""Bodies for a card's input schema: good ones, and ones that break a single rule of it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from understudy.catalog.card import ModelCard

Schema = Mapping[str, Any]

SEED = 2026
WORDS = ("a", "be", "cat", "Where?", "señor 🙂", "{}", "word " * 5)
NAMED: Mapping[str, tuple[str, ...]] = {
    "role": ("user", "assistant", "system", "tool", "user", "user", "developer", "parrot"),
    "type": ("object", "object", "string", "function", "function"),
}
"""Texts of fields of which others mean nothing."""
OTHERS: Mapping[str, tuple[Any, ...]] = {
    "string": (1, 1.5, True, {}, [1], {"a": "b"}),
    "boolean": (0, 1, "yes", {}, [True]),
    "integer": ("1", 1.5, True, None, {}, [1]),
    "number": ("1", True, None, {}, [1]),
    "array": (1, True, {"a": 1}),
    "object": ("a", 1, [1], True),
}
LONGEST_WORTH_IT = 10_000
"""Strings at longer limits are tried only once in a while: judging them says little more."""


@dataclass(frozen=True, slots=True)
class Case:
    """``rule`` is the rule that ``body`` breaks, "" where it breaks none."""

    rule: str
    body: dict[str, Any]


def of_cards(cards: Iterable[ModelCard], count: int) -> list[tuple[ModelCard, Case]]:
    """``count`` bodies, shared among ``cards``: the same ones each time."""
    chance = random.Random(SEED)
    cards = list(cards)
    share = -(-count // len(cards))
    found = [(card, case) for card in cards for case in cases(card.input_schema, share, chance)]
    chance.shuffle(found)
    return found[:count]


def cases(schema: Schema, count: int, chance: random.Random) -> Iterator[Case]:
    """``count`` bodies for a schema with alternatives at its root, every other one a good one."""
    for number in range(count):
        option = chance.choice(schema["oneOf"])
        body = _object(option, chance)
        body.update({name: None for name in ("stop", "unheard_of") if chance.random() < 0.1})
        yield Case("", body) if number % 2 else _broken(schema, option, body, chance)


def _value(schema: Schema, chance: random.Random, name: str = "") -> Any:
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "oneOf" in schema:
        return _value({**chance.choice(schema["oneOf"]), "type": schema.get("type")}, chance)
    match schema.get("type"):
        case "object":
            return _object(schema, chance)
        case "array":
            return [_value(schema["items"], chance) for _ in range(chance.randint(1, 3))]
        case "boolean":
            return chance.random() < 0.5
        case "integer":
            return _number(schema, chance, int)
        case "number":
            return _number(schema, chance, float)
        case "string":
            return _text(schema, chance, NAMED.get(name, WORDS))
    return chance.choice([{"type": "object"}, "a", 1])


def _object(schema: Schema, chance: random.Random) -> dict[str, Any]:
    required = schema.get("required", ())
    made = {
        name: _value(sub, chance, name)
        for name, sub in schema.get("properties", {}).items()
        if name in required or chance.random() < 0.2
    }
    if isinstance(others := schema.get("additionalProperties"), dict):
        made |= {name: _value(others, chance) for name in ("town", "day")[: chance.randint(0, 2)]}
    return made


def _number(schema: Schema, chance: random.Random, kind: type[int] | type[float]) -> int | float:
    lowest, highest = schema.get("minimum", 1), schema.get("maximum", 9)
    edges = (lowest, highest, float(highest))
    if chance.random() < 0.4:
        return chance.choice(edges)
    return chance.randint(lowest, highest) if kind is int else chance.uniform(lowest, highest)


def _text(schema: Schema, chance: random.Random, words: tuple[str, ...]) -> str:
    longest = schema.get("maxLength", LONGEST_WORTH_IT)
    if longest < LONGEST_WORTH_IT and chance.random() < 0.03:
        return "😀" * (longest // 2)
    return chance.choice(words)


Mend = Callable[[], None]


def _broken(schema: Schema, option: Schema, body: dict[str, Any], chance: random.Random) -> Case:
    """``body`` with one rule broken, each kind of rule being as likely."""
    spoiled = copy.deepcopy(body)
    sites: dict[str, list[Mend]] = {}
    for rule, mend in _sites(option, spoiled, chance):
        sites.setdefault(rule, []).append(mend)
    sites["alternatives"] = [lambda: _both(schema, option, spoiled)]
    rule = chance.choice(sorted(sites))
    chance.choice(sites[rule])()
    return Case(rule, spoiled)


def _both(schema: Schema, option: Schema, body: dict[str, Any]) -> None:
    """The fields of the other alternatives too."""
    for other in schema["oneOf"]:
        if other is not option:
            chance = random.Random(7)
            body |= {name: _value(other["properties"][name], chance) for name in other["required"]}


def _sites(schema: Schema, value: Any, chance: random.Random) -> Iterator[tuple[str, Mend]]:
    """Every rule about what is inside ``value``, and what breaks it."""
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            yield "required", lambda name=name: value.pop(name, None)
        for name, sub in schema.get("properties", {}).items():
            if name in value:
                yield from _member(sub, value, name, chance)
        if isinstance(others := schema.get("additionalProperties"), dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                yield from _member(others, value, name, chance)
    elif isinstance(value, list) and "items" in schema:
        for place in range(len(value)):
            yield from _member(schema["items"], value, place, chance)


def _member(
    schema: Schema, holder: Any, key: Any, chance: random.Random
) -> Iterator[tuple[str, Mend]]:
    def put(value: Any) -> Mend:
        return lambda: holder.__setitem__(key, value)

    kind = schema.get("type")
    if kind in OTHERS:
        yield "type", put(chance.choice(OTHERS[kind]))
    if "enum" in schema:
        yield "enum", put("neither")
    if "minimum" in schema:
        yield "minimum", put(schema["minimum"] - 1)
    if "maximum" in schema:
        yield "maximum", put(schema["maximum"] + 1)
    if schema.get("minLength"):
        yield "minLength", put("")
    longest = schema.get("maxLength")
    if longest and (longest < LONGEST_WORTH_IT or chance.random() < 0.05):
        yield "maxLength", put("x" * (longest + 1))
    if "oneOf" in schema:
        for option in schema["oneOf"]:
            if isinstance(holder[key], dict) and holder[key].keys() >= set(option["required"]):
                yield from _sites(option, holder[key], chance)
        return
    yield from _sites(schema, holder[key], chance)
