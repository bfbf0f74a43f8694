"""Fields to JSON: a text, a schema in the prompt, and the object that fits both."""

# ruff: noqa: E501 (one wording to a line)

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .facts import fact
from .field_records import Form, fill, form, lines, object_schema
from .pen import Doc, Message, Pen, Turn, a, cap, dumps, join
from .smalltalk import talk
from .values import plural

LIMIT = 280
"""Tokens, roughly, after which no further text is begun."""

HOUSE = "Answer with JSON only, matching this JSON schema:"
"""The sentence that `docs/house-model.md` names; a server may put it before a client's schema."""

_DRAFTS = [
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2020-12/schema",
]
"""What a schema may say that it is."""

_RULE = (
    "[Return|Reply with|Answer with|Respond with|Give me|Write|Output|Produce|Print|Send back] "
    "[JSON|a JSON object|one JSON object|only JSON|valid JSON|nothing but JSON] "
    "[that fits|that matches|that follows|in the form of|according to|for|valid under] "
    "[this schema|this JSON schema|the following schema|the schema below|the following JSON schema"
    "|the schema][:|: |.]"
)
_PREFACE = (
    "[You are a helpful assistant.|You extract data from text.|You turn text into JSON."
    "|You are an API that speaks JSON.|You read texts for a database.|Be exact.|You fill in forms."
    "|Keep to the schema.|You are a parser.|You are a data entry assistant.]"
)
_DO = (
    "[[Extract|Get|Collect|Read|Take|Find|Parse|Note] [the|all] "
    "[data|fields|facts|details|values|information] "
    "[from this text|from this|in this text|of this {n}|in this {n}]"
    "|[Turn|Convert|Change|Put|Make] this [text|{n}|note|message] into JSON]"
)
_LABEL = (
    "[Here is [the|a|one|another|the next] [text|{n}|note]|What does this [say|{n} say]"
    "|[Text|Input|{N}|Message|Next|Now this one|The next one|One more]]"
)


def rule(pen: Pen, schema: dict[str, Any]) -> str:
    """The sentence before a schema; the house's own most often."""
    if pen.chance(0.4):
        return HOUSE
    said = pen.say(_RULE).rstrip()
    if schema["type"] == "object":
        return said
    return said.replace("a JSON object", "JSON").replace("one JSON object", "JSON")


def shown(pen: Pen, schema: dict[str, Any], noun: str) -> str:
    """The schema as clients write it: in one line, indented, fenced, or in OpenAI's envelope."""
    full = described(pen, schema) if pen.chance(0.15) else dict(schema)
    if pen.chance(0.07):
        full = titled(full, cap(noun))
    elif pen.chance(0.1):
        full = {pen.pick(["title", "$id"]): noun, **full}
    if schema["type"] == "object" and pen.chance(0.15):
        full["additionalProperties"] = False
    if pen.chance(0.05):
        full = {"$schema": pen.pick(_DRAFTS), **full}
    if pen.chance(0.06):
        full = {"name": noun, "schema": full}
    style = pen.number(0, 9)
    if style < 5:
        return dumps(full)
    if style < 7:
        return json.dumps(full, ensure_ascii=False, separators=(",", ":"))
    text = json.dumps(full, ensure_ascii=False, indent=2)
    return f"```json\n{text}\n```" if style == 9 else text


def titled(schema: dict[str, Any], title: str) -> dict[str, Any]:
    """The schema as Pydantic writes one: a title everywhere, and `anyOf` for what may be null."""
    full = {**schema, "title": title}
    if isinstance(schema["type"], list):
        full["anyOf"] = [{"type": name} for name in full.pop("type")]
    if "properties" in schema:
        full["properties"] = {
            key: titled(inner, key.replace("_", " ").title())
            for key, inner in schema["properties"].items()
        }
    return dict(sorted(full.items()))


def described(pen: Pen, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with a description of each property."""
    form_of = pen.pick(["The {k}", "{k}", "The {k} of the {n}", "What the text says of the {k}"])
    noun = pen.pick(["text", "record", "object"])
    told = {
        key: {**inner, "description": form_of.format(k=key.replace("_", " "), n=noun)}
        for key, inner in schema.get("properties", {}).items()
    }
    if told and pen.chance(0.3):
        schema = {"type": schema["type"], "description": cap(a(noun)), **schema}
    return {**schema, "properties": told} if told else dict(schema)


def asked(pen: Pen, text: str, noun: str, bare: float = 0.4) -> str:
    """The text, with or without words that say what to do with it."""
    if pen.chance(bare):
        return text
    if pen.chance(0.2):
        return f"{text}\n\n{pen.say(_DO, n=noun)}."
    ask = pen.say(pen.pick([_DO, _LABEL]), n=noun, N=cap(noun))
    return f"{ask}:{pen.pick([' ', ' ', chr(10), chr(10) * 2])}{text}"


def _doc(skill: str, messages: list[Message], value: Any, schema: dict[str, Any]) -> Doc:
    return Doc(skill, messages, key=dumps(value), exact=True, schema=schema)


def _answered(user: str, value: Any) -> list[Message]:
    return [{"role": "user", "content": user}, {"role": "assistant", "content": dumps(value)}]


def _opened(pen: Pen, schema: dict[str, Any], noun: str, first: str) -> tuple[list[Message], str]:
    """The schema in a system message, or before or behind the first text."""
    place = pen.rng.random()
    block = f"{rule(pen, schema)}{chr(10) if pen.chance(0.85) else ' '}{shown(pen, schema, noun)}"
    if place < 0.35:
        return [{"role": "system", "content": block}], first
    if place < 0.6:
        return [
            {
                "role": "system",
                "content": f"{pen.say(_PREFACE)}{pen.pick([' ', chr(10) * 2])}{block}",
            }
        ], first
    gap = pen.pick(["\n\n", "\n"])
    return [], f"{first}{gap}{block}" if place < 0.8 else f"{block}{gap}{first}"


def _turns(pen: Pen) -> int:
    """How many texts over one schema: in tests one or two, in training up to seven."""
    return pen.pick([1, 1, 1, 2]) if pen.held_out else pen.pick([1, 2, 3, 4, 5, 6, 7])


def _continued(
    pen: Pen, given: Form, messages: list[Message], value: dict[str, Any]
) -> tuple[list[Message], dict[str, Any]]:
    """More texts over the same form as turns of the chat, and the last object."""
    for _ in range(_turns(pen) - 1):
        if sum(len(part["content"]) for part in messages) / 3 > LIMIT:
            break
        record = fill(pen, given)
        value = record.value
        messages = messages + _answered(asked(pen, record.text, given.noun, bare=0.6), value)
    return messages, value


def by_schema(pen: Pen) -> Doc:
    """Objects by a JSON schema that the prompt shows."""
    given = form(pen, pen.pick([1, 2, 2, 3, 3, 3, 4, 4, 5]))
    may_omit = any(member.absent == "omit" for member in given.slots)
    schema = object_schema(given.slots, required=may_omit or pen.chance(0.8))
    record = fill(pen, given)
    messages, user = _opened(pen, schema, given.noun, asked(pen, record.text, given.noun))
    messages += _answered(user, record.value)
    return _doc("json", *_continued(pen, given, messages, record.value), schema)


def by_keys(pen: Pen) -> Doc:
    """Objects with the keys that the prompt names, without a schema."""
    given = form(pen, pen.pick([1, 2, 3, 3, 4]), plain=True)
    schema = object_schema(given.slots)
    keys = [member.key for member in given.slots]
    record = fill(pen, given)
    way = pen.rng.random()
    if way < 0.6:
        if pen.chance(0.3):
            keys = [f'"{key}"' for key in keys]
        names = join(keys) if pen.chance(0.7) else ", ".join(keys)
        word = "keys" if len(keys) > 1 else "key"
        ask = pen.say(
            "[[Return|Give me|Write|Make|Answer with|Reply with] [a|one] JSON object with [the {w} |]{k}"
            "|[Extract|Get] {k} as JSON|I need {k} as JSON|Answer in JSON with the {w} {k}"
            "|JSON with the {w} {k}, please]", k=names, w=word)  # fmt: skip
    else:
        sample = dumps({member.key: _sample(pen, member.schema()) for member in given.slots})
        ask = pen.say("[Answer in this form|Use this format|Fill this in|Return JSON like this"
                      "|Answer with JSON of this shape]: ") + sample  # fmt: skip
    if pen.chance(0.3):
        messages: list[Message] = [{"role": "system", "content": ask.rstrip(".") + "."}]
        user = asked(pen, record.text, given.noun, bare=0.7)
    elif pen.chance(0.3):
        messages, user = [], f"{record.text}\n\n{ask}."
    else:
        messages, user = (
            [],
            f"{ask}{pen.pick([': ', ':' + chr(10), '. Text: ', '.' + chr(10) * 2])}{record.text}",
        )
    messages += _answered(user, record.value)
    return _doc("json keys", *_continued(pen, given, messages, record.value), schema)


def _sample(pen: Pen, schema: dict[str, Any]) -> Any:
    """What stands for a value where a prompt shows the shape of an object."""
    by_type: dict[str, list[Any]] = {
        "string": ["string", "...", ""],
        "integer": [0, "number", "integer"],
        "number": [0, "number"],
        "boolean": [True, "boolean", "true or false"],
        "array": [[], ["..."], ["string"]],
    }
    return pen.pick(by_type[schema["type"]])


def records(pen: Pen) -> Doc:
    """Several records of one text: a JSON array, or an object with one list."""
    given = form(pen, pen.pick([2, 2, 3]), plain=True)
    item = object_schema(given.slots, required=pen.chance(0.6))
    name = plural(given.noun) if pen.chance(0.5) else pen.pick(["items", "list", "records"])
    listed = {"type": "array", "items": item}
    wrapped = pen.chance(0.5)
    schema = listed
    if wrapped:
        schema = {"type": "object", "properties": {name: listed}, "required": [name]}
    found = [fill(pen, given) for _ in range(pen.pick([2, 2, 3]))]
    values = [record.value for record in found]
    gap = pen.pick(["\n", "\n\n", " "])
    if pen.chance(0.35):
        text = _rows(pen, given, values)
    else:
        text = gap.join(record.text.replace("\n", "; ") for record in found)
    answer = {name: values} if wrapped else values
    messages, user = _opened(pen, schema, name, asked(pen, text, "list"))
    return _doc("json list", [*messages, *_answered(user, answer)], answer, schema)


def _rows(pen: Pen, given: Form, values: list[dict[str, Any]]) -> str:
    """The records as a table with the keys above it, or as one line of labels each."""
    if pen.chance(0.5):
        return "\n".join(lines(pen, list(value.items())).replace("\n", ", ") for value in values)
    mark = pen.pick([" | ", ";", "\t", " - "])
    keys = [member.key for member in given.slots]
    table = [[_cell(value[key]) for key in keys] for value in values]
    return "\n".join(mark.join(row) for row in [keys, *table])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _question(pen: Pen) -> Turn:
    """A question with one right answer, or in training some talk."""
    if not pen.held_out and pen.chance(0.25):
        return talk(pen)
    while (turn := fact(pen)).skill != "fact":
        pass
    return turn


def envelope(pen: Pen) -> Doc:
    """Questions answered in a JSON object: what the chat would say, as the value of one key."""
    key = pen.pick(["answer", "answer", "answer", "response", "reply", "text", "result", "message",
                    "output", pen.invented(2)])  # fmt: skip
    echo = pen.chance(0.25)
    names = pen.pick([["question", key], [key, "question"]]) if echo else [key]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
    }
    turns = [_question(pen) for _ in range(_turns(pen))]
    values = [
        {name: turn.user if name == "question" else turn.answer for name in names} for turn in turns
    ]
    if pen.chance(0.5):
        messages, user = _opened(pen, schema, "answer", turns[0].user)
    else:
        shape = dumps(dict.fromkeys(names, "..."))
        word = pen.say(
            "[Answer|Reply|Respond] [in JSON|with JSON|as JSON][:| like this:| of this form:] "
        )
        messages, user = [{"role": "system", "content": word + shape}], turns[0].user
    messages += _answered(user, values[0])
    for turn, value in zip(turns[1:], values[1:], strict=True):
        messages += _answered(turn.user, value)
    return _doc("json answer", messages, values[-1], schema)


WEIGHTS: dict[Callable[[Pen], Doc], float] = {by_schema: 55, by_keys: 20, records: 15, envelope: 10}


def fields_to_json(pen: Pen) -> Doc:
    """JSON in any of the forms."""
    return pen.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc]] = {
    "json": by_schema,
    "json keys": by_keys,
    "json list": records,
    "json answer": envelope,
}
