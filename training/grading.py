"""Whether an answer is right: what each kind of question asks of the text that came back.

A check holds what a right answer is or contains. `check_of` makes it from a document of the corpus,
`check_from` from a line that a person wrote.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .corpus.pen import Doc

Call = dict[str, Any]

_INTEGER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Answer:
    """What the model said, and whether it ended there by itself."""

    text: str
    ended: bool = True


@dataclass(frozen=True)
class Grade:
    """``valid`` is told of JSON that was asked for, ``tool`` of a call: the names are right."""

    right: bool
    valid: bool | None = None
    tool: bool | None = None


class Check(Protocol):
    """What a right answer is."""

    def grade(self, answer: Answer) -> Grade: ...


@dataclass(frozen=True)
class Exact:
    """The whole answer, but for white space around it."""

    text: str

    def grade(self, answer: Answer) -> Grade:
        return Grade(answer.text.strip() == self.text.strip())


@dataclass(frozen=True)
class Contains:
    """One of ``texts``, in capitals or not. Digits at its ends are not part of a longer number.

    With ``words`` letters at its ends are not part of a longer word either.
    """

    texts: tuple[str, ...]
    words: bool = False

    def grade(self, answer: Answer) -> Grade:
        said = _plain(answer.text)
        return Grade(any(self._pattern(text).search(said) for text in self.texts))

    def _pattern(self, text: str) -> re.Pattern[str]:
        text = _plain(text)
        edge = r"\w" if self.words else r"\d"
        before = rf"(?<!{edge})" if re.match(edge, text) else ""
        after = rf"(?!{edge})" if re.search(rf"{edge}\Z", text) else ""
        return re.compile(before + re.escape(text) + after)


@dataclass(frozen=True)
class Number:
    """The last whole number of the answer."""

    value: int

    def grade(self, answer: Answer) -> Grade:
        return Grade(last_number(answer.text) == self.value)


@dataclass(frozen=True)
class Json:
    """A JSON text and nothing else: valid if it fits ``schema``, right if it is ``value``."""

    value: Any
    schema: Mapping[str, Any] = field(default_factory=dict)

    def grade(self, answer: Answer) -> Grade:
        # Not above: whoever trains reads the frozen set too, and grades nothing.
        from jsonschema import ValidationError
        from jsonschema.validators import validator_for

        try:
            found = json.loads(answer.text, parse_constant=_no_json)
            validator_for(self.schema)(self.schema).validate(found)
        except (ValueError, RecursionError, ValidationError):
            return Grade(False, valid=False)
        return Grade(same(found, self.value), valid=True)


@dataclass(frozen=True)
class Calls:
    """Calls in this order and nothing else. Arguments count only where the tools are right."""

    calls: tuple[Call, ...]

    def grade(self, answer: Answer) -> Grade:
        found = calls_in(answer.text)
        if found is None or _names(found) != _names(self.calls):
            return Grade(False, tool=False)
        return Grade(same(list(found), list(self.calls)), tool=True)


@dataclass(frozen=True)
class NoCall:
    """Words instead of a call."""

    def grade(self, answer: Answer) -> Grade:
        return Grade(bool(answer.text.strip()) and not _begins_call(answer.text))


@dataclass(frozen=True)
class Ends:
    """Any words, which end by themselves."""

    def grade(self, answer: Answer) -> Grade:
        return Grade(answer.ended and bool(answer.text.strip()))


def check_of(doc: Doc) -> Check:
    """What the last answer of ``doc`` has to be. Raises ValueError where it does not say."""
    if doc.key is None:
        raise ValueError(f"an item of {doc.skill!r} has no key")
    if doc.skill == "json" or doc.schema is not None:
        return Json(json.loads(doc.key), doc.schema or {"type": "object"})
    if doc.tools and (calls := calls_in(doc.key)):
        return Calls(calls)
    if doc.skill == "addition" and (number := last_number(doc.key)) is not None:
        return Number(number)
    return Exact(doc.key) if doc.exact else Contains((doc.key,), words=True)


def check_from(said: Mapping[str, Any]) -> Check:
    """The check that a line of ``people.jsonl`` names. Raises ValueError for any other."""
    match dict(said):
        case {"contains": str(text), **rest} if not rest:
            return Contains((text,))
        case {"any": [*texts], **rest} if not rest:
            return Contains(tuple(texts))
        case {"equals": str(text), **rest} if not rest:
            return Exact(text)
        case {"json": value, **rest} if not rest:
            return Json(value)
        case {"call": {"name": str(), "parameters": dict()} as call, **rest} if not rest:
            return Calls((call,))
        case {"no_call": True, **rest} if not rest:
            return NoCall()
        case {"ends": True, **rest} if not rest:
            return Ends()
    raise ValueError(f"no such check: {json.dumps(said)}")


def calls_in(text: str) -> tuple[Call, ...] | None:
    """The calls that ``text`` consists of, parted by semicolons; None where it is anything else."""
    decoder = json.JSONDecoder(parse_constant=_no_json)
    found: list[Call] = []
    rest = text.strip()
    while rest:
        try:
            call, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            return None
        if not _is_call(call):
            return None
        found.append(call)
        rest = rest[end:].lstrip()
        if rest and not rest.startswith(";"):
            return None
        rest = rest.removeprefix(";").lstrip()
    return tuple(found) or None


def last_number(text: str) -> int | None:
    """The last whole number in ``text``."""
    found = _INTEGER.findall(text)
    return int(found[-1]) if found else None


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: numbers by value, and never equal to true or false."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case (bool(), _) | (_, bool()):
            return one is other
        case (int() | float(), int() | float()):
            return one == other or math.isclose(one, other, rel_tol=1e-12)
    return bool(one == other)


def _is_call(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"name", "parameters"}
        and isinstance(value["name"], str)
        and isinstance(value["parameters"], dict)
    )


def _begins_call(text: str) -> bool:
    """Whether a reader would take ``text`` for a call, be it a broken one."""
    return bool(re.match(r'\s*(\{\s*"name"|<\|python_tag\|>)', text))


def _names(calls: tuple[Call, ...]) -> list[str]:
    return [call["name"] for call in calls]


def _plain(text: str) -> str:
    """``text`` without regard to capitals and to the slant of its apostrophes."""
    return text.casefold().replace("\u2019", "'")


def _no_json(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")
