"""Our validator against Cloudflare's own, under Node, on generated bodies for every card."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.card_bodies import of_cards
from tests.requires import need_packages
from understudy.catalog.registry import Catalog
from understudy.dialects.cabidela import Validator

NODE = Path(__file__).parents[1] / "node"
CASES = 6000

MESSAGE = {"role": "user", "content": "a"}
FUNCTION = {
    "name": "weather",
    "description": "Says what it is like outside.",
    "parameters": {
        "type": "object",
        "properties": {"town": {"type": "string", "description": "Where."}},
        "required": ["town"],
    },
}
GOOD: dict[str, Any] = {
    "prompt": "a",
    "messages": [MESSAGE],
    "raw": False,
    "stream": True,
    "max_tokens": 5,
    "temperature": 1,
    "top_p": 0.5,
    "top_k": 3,
    "seed": 7,
    "repetition_penalty": 1.5,
    "frequency_penalty": 0,
    "presence_penalty": 2,
    "lora": "mine",
    "functions": [{"name": "a", "code": "b"}],
    "tools": [FUNCTION, {"type": "function", "function": FUNCTION}],
    "response_format": {"type": "json_object"},
    "stop": None,
}
ODD: list[Any] = [
    *(None, True, False, 0, 1, 1.0, 1.5, -1, 2.01, 5.5, 50, 51, 1e10, 1e11, 1e300),
    *("", "a", "true", "x" * 4097, "x" * 6145, "😀" * 2048, "😀" * 2049, "x" * 131073),
    *([], {}, [1], ["a"], [None], [[]], [{}], [True], [1, None, {}], {"10": "a", "9": 1}),
    *({"b": 1}, {"messages": []}, {"prompt": "a"}),
]
EXTRA_KEYS = ["a/b", "name", "type", "function", "length", "7", "unknown"]


@pytest.fixture(scope="module")
def real_validator() -> Path:
    """The pinned npm package, installed into a folder that git ignores."""
    need_packages(NODE, fetch=True)
    return NODE / "cabidela.mjs"


def test_verdicts_equal_those_of_the_real_validator(real_validator: Path) -> None:
    chance = random.Random(20)
    schemas = [card.input_schema for card in Catalog.load()]
    validators = [Validator(schema) for schema in schemas]
    cases = [(chance.randrange(len(schemas)), _body(chance)) for _ in range(CASES)]

    expected = _judged(real_validator, [(schemas[which], body) for which, body in cases])

    # Both outcomes are well represented, else the comparison says little.
    assert min(expected.count(None), CASES - expected.count(None)) > CASES / 5
    differing = [
        (body, theirs, ours)
        for (which, body), theirs in zip(cases, expected, strict=True)
        if (ours := validators[which].verdict(body)) != theirs
    ]
    assert differing == []


def test_verdicts_on_bodies_that_break_one_rule_equal_those_of_the_real_validator(
    real_validator: Path,
) -> None:
    cases = of_cards(Catalog.load(), CASES)
    expected = _judged(real_validator, [(card.input_schema, case.body) for card, case in cases])
    validators = {card.name: Validator(card.input_schema) for card in Catalog.load()}
    differing = [
        (case, theirs, ours)
        for (card, case), theirs in zip(cases, expected, strict=True)
        if (ours := validators[card.name].verdict(case.body)) != theirs
    ]
    assert differing == []
    # A nested list of alternatives that fails is no error there: what tools break may pass.
    rules = {case.rule for (_, case), text in zip(cases, expected, strict=True) if text is None}
    assert rules <= {"", "type", "required"}
    good = [text for (_, case), text in zip(cases, expected, strict=True) if not case.rule]
    assert set(good) == {None}


def _judged(real_validator: Path, pairs: list[tuple[Any, Any]]) -> list[str | None]:
    """The verdict on each pair of a schema and a body; each schema is sent once."""
    schemas = list({id(schema): schema for schema, _ in pairs}.values())
    place = {id(schema): number for number, schema in enumerate(schemas)}
    cases = [[place[id(schema)], body] for schema, body in pairs]
    done = subprocess.run(
        ["node", str(real_validator)],
        input=json.dumps({"schemas": schemas, "cases": cases}),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _body(chance: random.Random) -> Any:
    if chance.random() < 0.03:
        return chance.choice(ODD)
    names = {
        chance.choice(["prompt", "messages"]),
        *chance.sample(list(GOOD), chance.randint(0, 4)),
    }
    body = {name: GOOD[name] for name in sorted(names)}
    return _spoiled(body, chance) if chance.random() < 0.9 else body


def _spoiled(value: Any, chance: random.Random) -> Any:
    """``value`` with some parts replaced, dropped, doubled or added."""
    if chance.random() < 0.1:
        return chance.choice(ODD)
    if isinstance(value, dict):
        kept = {k: _spoiled(v, chance) for k, v in value.items() if chance.random() > 0.06}
        if chance.random() < 0.1:
            kept[chance.choice(EXTRA_KEYS)] = chance.choice(ODD)
        return kept
    if isinstance(value, list):
        doubled = [item for item in value for _ in range(chance.choice([1, 1, 2]))]
        spoiled = [_spoiled(item, chance) for item in doubled]
        return [*spoiled, chance.choice(ODD)] if chance.random() < 0.1 else spoiled
    return value
