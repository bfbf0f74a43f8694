"""The one small tool of a developer's first try, as the guides of hosted APIs have it.

The rows make such tools and list the forms of their first questions, none of which is held out
(``forms``).
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .pen import Doc, Message, Pen
from .tool_families import SEEN
from .tool_offers import Offered, Param
from .values import ENUMS, Kind, kind
from .words import CITIES

# topic ^ names ^ descriptions ^ parameters: keys:types:kind:descriptions ^ questions
_ROWS = """
get_weather ^ get_weather/get_current_weather/getWeather/getCurrentWeather ^ Get the current weather/Get the weather for a city/Get the weather for a location/Get the current weather in a given location ^ location,city:string:city:The city/City name/The city and country ^ What is the weather in {0}?/What's the weather in {0}?/What's the weather like in {0}?/What is the weather like in {0}?/What's the weather like in {0} today?/How is the weather in {0}?
get_time ^ get_time/get_current_time/getTime/getCurrentTime ^ Get the current time/Get the current time in a city/Get the time in a city ^ city,location:string:city:The city/City name ^ What time is it in {0}?/What is the time in {0}?/What's the time in {0}?/What is the current time in {0}?
add ^ add/sum ^ Add two numbers/Add two numbers together/Adds two numbers ^ a:number,integer:wide:The first number/First number;b:number,integer:wide:The second number/Second number ^ What is {0} plus {1}?/What is {0} + {1}?/What's {0} plus {1}?/What's {0} + {1}?/what's {0} plus {1}, use the tool/What is {0} plus {1}? Use the tool./What's {0} plus {1}? Use the tool./Use the tool: what is {0} plus {1}?/Add {0} and {1}/Add {0} and {1}.
multiply ^ multiply ^ Multiply two numbers/Multiplies two numbers ^ a:number,integer:wide:The first number/First number;b:number,integer:wide:The second number/Second number ^ What is {0} times {1}?/What's {0} times {1}?/Multiply {0} by {1}/What is {0} times {1}? Use the tool.
"""
_SYSTEM = "You are a helpful assistant."
_UNITS: dict[str, Any] = {"type": "string", "enum": ENUMS["unit"]}


@dataclass(frozen=True)
class Row:
    """A row of the table, taken apart."""

    topic: str
    names: tuple[str, ...]
    about: tuple[str, ...]
    params: tuple[tuple[str, ...], ...]
    asks: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Row:
        """A row from its form in the table."""
        topic, names, about, params, asks = (part.strip() for part in text.split(" ^ "))
        fields = tuple(tuple(param.split(":")) for param in params.split(";"))
        return cls(
            topic, tuple(names.split("/")), tuple(about.split("/")), fields, tuple(asks.split("/"))
        )

    def shapes(self) -> Iterator[tuple[dict[str, dict[str, Any]], list[str]]]:
        """The properties in every form, and which of them are required."""
        alternatives = [param[0].split(",") for param in self.params]
        for keys in itertools.product(*alternatives):
            for way, told in itertools.product(self.params[0][1].split(","), (0, 1, None)):
                shape = {
                    key: {"type": way} | _described(param[3].split("/"), told)
                    for key, param in zip(keys, self.params, strict=True)
                }
                yield shape, list(keys)
                if self.topic == "get_weather":
                    yield {**shape, "unit": _UNITS}, list(keys)


def _described(descriptions: Sequence[str], which: int | None) -> dict[str, str]:
    return {} if which is None else {"description": descriptions[which]}


ROWS = [Row.parse(text) for text in _ROWS.strip().splitlines()]
_FAMILIES = {family.names[0]: family for family in SEEN}


def first_tool(pen: Pen) -> Offered:
    """One of the tools, with the questions that go with it."""
    row = pen.rng.choices(ROWS, [5, 3, 4, 1])[0]
    shape, required = pen.pick(list(row.shapes()))
    params = [_param(key, schema, place, row) for place, (key, schema) in enumerate(shape.items())]
    family = _FAMILIES[row.topic]
    return Offered(
        _tool(pen.pick(row.names), pen.pick(row.about), shape, required),
        tuple(params),
        f"[{'|'.join(row.asks)}]",
        tuple((pen.pick(field.names), kind(pen, field.kind)) for field in family.results),
        family.answer,
        row.topic,
    )  # fmt: skip


def _param(key: str, schema: dict[str, Any], place: int, row: Row) -> Param:
    optional = place >= len(row.params)
    name = "unit" if optional else row.params[place][2]
    drawn = kind(Pen("any"), name).draw
    return Param(
        key, str(place), Kind(schema, drawn), name, not optional, "in {v}" if optional else ""
    )


def _tool(name: str, about: str, shape: dict[str, Any], required: list[str]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": shape, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": about, "parameters": parameters},
    }


def openings() -> Iterator[Doc]:
    """Tools and first questions, the answer to which is not there yet."""
    system: Message = {"role": "system", "content": _SYSTEM}
    city = CITIES[0]
    for row in ROWS:
        tools = [_tool(name, about, *shape) for name, about, shape
                 in itertools.product(row.names, row.about, row.shapes())]  # fmt: skip
        slots = [(city, city), (f"{city} {city}", city)] if len(row.params) == 1 else [("2", "3")]
        asks = [ask.format(*slot) for ask, slot in itertools.product(row.asks, slots)]
        for tool, ask in itertools.product(tools, asks):
            said: Message = {"role": "user", "content": ask}
            yield Doc("any", [said], [tool])
            yield Doc("any", [system, said], [tool])
