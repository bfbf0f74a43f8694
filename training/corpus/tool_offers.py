"""A tool as one document offers it, and requests for it: definition, wording, arguments."""

# ruff: noqa: E501 (one wording to a line)

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .numbers import pair_is_held_out
from .pen import Message, Pen, Tool, cap, dumps, is_held_out
from .tool_families import Family, Field
from .values import Kind, kind, told

FIRST = {"add", "sum", "get_current_time", "getUser", "set_timer", "get_price", "book_table"}
"""Names of a developer's first tools, which training knows whatever their hash says."""

LOOSE = {"text", "title", "query", "foods"}
"""Kinds whose end cannot be told when more words follow without a quotation mark between."""


_FRONT = ("with ", "at ", "in ", "on ", "for ", "as ", "from ", "and ", "but ", "to ")
"""How a phrase that stands before its request begins."""


@dataclass(frozen=True)
class Param:
    """A parameter under the key of this document; `phrase` gives it where no `slot` is for it."""

    key: str
    slot: str
    kind: Kind
    name: str
    required: bool
    phrase: str


@dataclass(frozen=True)
class Offered:
    """A tool in one document. `topic` is what no other tool beside it may share.

    `partial` are requests that leave out some of what it needs.
    """

    tool: Tool
    params: tuple[Param, ...]
    asks: str
    results: tuple[tuple[str, Kind], ...]
    answer: str
    topic: str
    partial: str = ""

    @property
    def name(self) -> str:
        return str(self.tool["function"]["name"])


@dataclass(frozen=True)
class Call:
    """A request and the call that it asks for; `slots` are the values by place, as text."""

    ask: str
    name: str
    args: dict[str, Any]
    slots: dict[str, str]

    @property
    def text(self) -> str:
        """The call as the model writes it."""
        return dumps({"name": self.name, "parameters": self.args})


def call_message(calls: Sequence[Call]) -> Message:
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {"type": "function", "function": {"name": call.name, "arguments": call.args}}
            for call in calls
        ],
    }


def param(pen: Pen, field: Field, place: int) -> Param:
    """The parameter with a key of its own and, now and then, another JSON type that fits."""
    chosen = kind(pen, field.kind)
    if chosen.schema["type"] == "integer" and pen.chance(0.2):
        chosen = Kind({"type": "number"}, chosen.draw)
    elif field.kind == "number" and pen.chance(0.15):
        draw = chosen.draw
        chosen = Kind({"type": "string"}, lambda p: str(draw(p)))
    about = pen.say(field.about)
    if chosen.schema["type"] == "string" and "enum" not in chosen.schema and pen.chance(0.06):
        about += f", e.g. {chosen.draw(pen)}"
    schema = dict(chosen.schema)
    if pen.chance(0.8):
        schema["description"] = about
        if "enum" in schema and pen.chance(0.5):  # clients write either first
            schema["enum"] = schema.pop("enum")
    return Param(
        key=pen.pick(field.names),
        slot=str(place),
        kind=Kind(schema, chosen.draw),
        name=field.kind,
        required=not field.optional,
        phrase=field.phrase,
    )


def definition(pen: Pen, name: str, about: str, params: Sequence[Param]) -> Tool:
    """The tool as clients send it, its parameters in any order."""
    listed = list(params)
    if pen.chance(0.25):
        pen.rng.shuffle(listed)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {item.key: item.kind.schema for item in listed},
    }
    required = [item.key for item in listed if item.required]
    if required and pen.chance(0.85):
        schema["required"] = required
    if pen.chance(0.06):
        schema["additionalProperties"] = False
    function = {"name": name, "description": about, "parameters": schema}
    return {"type": "function", "function": function}


def from_family(pen: Pen, family: Family, unseen: bool = False) -> Offered:
    """A tool of the family, under a name of this split unless the whole family is `unseen`."""
    params = tuple(
        param(pen, field, place)
        for place, field in enumerate(family.params)
        if not field.optional or pen.chance(0.4)
    )
    own = [name for name in family.names if unseen or is_test_name(name) == pen.held_out]
    name = pen.pick(own) if own else f"{pen.invented(2)}_{family.names[0]}"
    return Offered(
        definition(pen, decorated(pen, name), worded(pen, pen.say(family.about)), params),
        params,
        family.asks,
        tuple((pen.pick(field.names), kind(pen, field.kind)) for field in family.results),
        family.answer,
        family.names[0],
    )  # fmt: skip


def is_test_name(name: str) -> bool:
    """Whether only tests call a family so."""
    return is_held_out(name, 5) and name not in FIRST


def worded(pen: Pen, about: str) -> str:
    """A description as it is, or after words that say no more."""
    if pen.chance(0.8):
        return about + pen.pick(["", "", "."])
    lead = pen.say(
        "[Use this to|A tool to|Call this to|This function can|Lets one|Helps to|Function to]"
    )
    return f"{lead} {about[0].lower()}{about[1:]}"


def decorated(pen: Pen, name: str) -> str:
    """Now and then a name that cannot be guessed from what the tool does."""
    if pen.chance(0.85):
        return name
    word = pen.invented(pen.number(1, 2))
    return pen.pick([f"{name}_{word}", f"{word}_{name}", f"{name}_v{pen.number(2, 9)}", f"my_{name}",
                     f"{word}-{name}", f"fn_{word}", f"tool_{pen.number(1, 99)}", word])  # fmt: skip


def request(pen: Pen, offered: Offered, frame: bool = True, left_out: Collection[str] = ()) -> Call:
    """A request for the tool and the call it asks for, arguments in the order of the definition.

    Parameters `left_out` are not given.
    """
    asks = pen.say(offered.asks)
    values: dict[str, Any] = {}
    slots: dict[str, str] = {}
    phrases: list[str] = []
    loose = False
    for item in offered.params:
        slot = f"{{{item.slot}}}"
        if item.key in left_out:
            continue
        if not item.required and slot not in asks and pen.chance(0.5):
            continue
        value = values[item.key] = item.kind.draw(pen)
        slots[item.slot] = told(pen, value)
        if slot in asks:
            loose |= item.name in LOOSE and asks.rstrip("?").endswith(slot)
        else:
            phrases.append(_phrase(item, value, slots[item.slot]))
    ask = joined(pen, pen.say(asks, **slots) if slots else asks, phrases, loose)
    order = offered.tool["function"]["parameters"]["properties"]
    args = {key: values[key] for key in order if key in values}
    if offered.topic == "add" and len(args) > 1 and pair_is_held_out(*args.values()):
        return request(pen, offered, frame, left_out)  # tests add these
    said = {item.slot: plain(values[item.key]) for item in offered.params if item.key in values}
    if frame:
        ask = framed(pen, ask, loose)
        if not loose and pen.chance(0.05):
            ask = by_tool(pen, ask, offered.name)
    return Call(ask, offered.name, args, said)


def by_tool(pen: Pen, ask: str, name: str) -> str:
    """The request with the wish that the tool be used."""
    wish = pen.pick(["use the tool", "use a tool", "use the function", f"use {name}", f"call {name}",
                     "please use the tool"])  # fmt: skip
    if pen.chance(0.3):
        return f"{cap(wish)}: {ask}"
    if ask.endswith(("?", ".")):
        return f"{ask} {cap(wish)}" + pen.pick([".", ".", ""])
    return f"{ask}, {wish}"


def _phrase(item: Param, value: Any, text: str) -> str:
    if isinstance(value, bool):
        yes, no = item.phrase.split("~")
        return yes if value else no
    return item.phrase.replace("{v}", text)


def plain(value: Any) -> str:
    """A value as answers have it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def joined(pen: Pen, ask: str, phrases: list[str], front: bool) -> str:
    """The request with the phrases behind it, or before it where they would run into its end."""
    if not phrases:
        return ask
    pen.rng.shuffle(phrases)
    extra = " ".join(phrases)
    if front:
        return f"{extra}, {ask}"
    return f"{ask[:-1]} {extra}?" if ask.endswith("?") else f"{ask} {extra}"


def framed(pen: Pen, ask: str, loose: bool = False) -> str:
    """The request as somebody types it: bare, polite, after a greeting, in small letters.

    Behind a `loose` end no more words may follow.
    """
    if ask.endswith("?"):
        return pen.pick([
            cap(ask), cap(ask), cap(ask), cap(ask), cap(ask[:-1]), ask,
            pen.say("[Hi|Hello|Hey|Please|OK|Next|Also|Now|And|So|Good morning|Excuse me], ") + ask,
            pen.say("[Quick question|One more thing|Please tell me|My question]: ") + ask,
        ])  # fmt: skip
    if ask.startswith(("I ", *_FRONT)) or not ask[0].islower():
        return pen.pick([cap(ask), cap(ask) + ".", ask])
    if not loose and pen.chance(0.1):
        return cap(ask) + pen.say("[, please|, thanks| for me|, if you can]") + pen.pick([".", ""])
    return pen.pick([
        cap(ask), cap(ask), cap(ask), cap(ask) + ".", cap(ask) + ".", ask,
        pen.say("[Please|Now|Next,|Then|Hi, please|OK, now|Go ahead and|Also] ") + ask + pen.pick([".", ""]),
        pen.say("[Can|Could|Would|Will] you [please |]") + ask + pen.pick(["?", "?", ""]),
        pen.say("I [want|need|would like] you to ") + ask + pen.pick([".", ""]),
    ])  # fmt: skip
