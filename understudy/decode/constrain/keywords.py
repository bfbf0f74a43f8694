"""The JSON schema keywords that answers can be held to, and the form each must have."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from understudy.decode.constrain.limits import (
    MAX_BOUND,
    MAX_COUNT,
    MAX_PROPERTIES,
    MAX_TEXT,
    refuse,
)
from understudy.decode.constrain.pattern import check_pattern, unwritable

TYPES = frozenset(["null", "boolean", "integer", "number", "string", "array", "object"])
FORMATS = frozenset(
    [
        "date-time",
        "time",
        "date",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uuid",
        "uri",
    ]
)
DRAFTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-04/schema",
)
ANNOTATIONS = frozenset(
    [
        "$comment",
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
    ]
)
"""Say something about a value and demand nothing of it. ``discriminator`` is OpenAPI's hint beside
``oneOf``; names that begin with ``x-`` count too."""

_LARGEST = sys.float_info.max

SCHEMA_MAPS = ("$defs", "definitions", "properties", "patternProperties")
SCHEMA_LISTS = ("prefixItems", "anyOf", "oneOf", "allOf")
SCHEMAS = ("items", "additionalProperties")
COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def unsupported(keyword: str, where: str, hint: str = "") -> Exception:
    """The error for a keyword that answers cannot be held to."""
    advice = f" {hint}" if hint else ""
    return refuse(f"The JSON schema keyword {keyword!r} at {where} is not supported.{advice}")


def wrong(keyword: str, where: str, must: str) -> Exception:
    """The error for a keyword whose value has the wrong form."""
    return refuse(f"The JSON schema keyword {keyword!r} at {where} must be {must}.")


def is_annotation(keyword: str) -> bool:
    return keyword in ANNOTATIONS or (keyword.startswith("x-") and keyword != "x-guidance")


def plain_value(keyword: str, value: Any, where: str) -> Any:
    """``value`` of a keyword that holds no schemas, checked and in the library's spelling.

    Returns None where the keyword asks for nothing. Raises InvalidInput.
    """
    if keyword in COUNTS:
        return _count(keyword, value, where)
    if keyword in BOUNDS:
        return _bound(keyword, value, where)
    match keyword:
        case "type":
            return _type(value, where)
        case "enum" | "const":
            return _values(keyword, value, where)
        case "required":
            return _required(value, where)
        case "multipleOf":
            if not _is_number(value) or not 0 < value <= MAX_BOUND:
                raise wrong(keyword, where, "a number above 0 and at most 2**53")
            return value
        case "pattern":
            if not isinstance(value, str):
                raise wrong(keyword, where, "a string")
            check_pattern(value, f"The pattern at {where}", in_json=True)
            return value
        case "format":
            if not isinstance(value, str) or value not in FORMATS:
                raise refuse(
                    f"The format {value!r:.60} at {where} is not supported. "
                    f"Known formats are {', '.join(sorted(FORMATS))}."
                )
            return value
        case "uniqueItems" if value is False:
            return None
    raise unsupported(keyword, where)


def check_names(names: Any, keyword: str, where: str) -> None:
    """Refuse property names that no answer can spell, and too many of them."""
    if len(names) > MAX_PROPERTIES:
        raise refuse(f"{keyword!r} at {where} has more than {MAX_PROPERTIES} entries.")
    if any(len(name.encode()) > MAX_TEXT for name in names):
        raise refuse(f"A name in {keyword!r} at {where} is longer than {MAX_TEXT} bytes.")
    if any(unwritable(name) for name in names):
        raise refuse(
            f"A name in {keyword!r} at {where} has a control character, "
            "which answers cannot contain."
        )


def close_bounds(node: dict[str, Any]) -> None:
    """Put a whole exclusive bound as an inclusive one a billionth further from zero.

    llguidance 1.9 lets 3 pass above an exclusive 3 where the other bound is below 4, and the same
    below zero.
    """
    for exclusive, inclusive, inward, inner in (
        ("exclusiveMinimum", "minimum", 1, max),
        ("exclusiveMaximum", "maximum", -1, min),
    ):
        bound = node.get(exclusive)
        if bound is not None and bound * inward >= 0 and bound == int(bound):
            del node[exclusive]
            closed = bound + inward * max(1e-9, math.ulp(bound))
            node[inclusive] = inner(closed, node.get(inclusive, closed))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != math.inf


def _count(keyword: str, value: Any, where: str) -> int:
    if not _is_number(value) or value < 0 or value != int(value):
        raise wrong(keyword, where, "a whole number, 0 or above")
    if value > MAX_COUNT:
        raise wrong(keyword, where, f"at most {MAX_COUNT}")
    return int(value)


def _bound(keyword: str, value: Any, where: str) -> int | float:
    """A bound beyond what floating-point numbers tell apart is drawn in to where they do."""
    if not _is_number(value):
        raise wrong(keyword, where, "a number")
    lower = keyword in ("minimum", "exclusiveMinimum")
    if value > MAX_BOUND if lower else value < -MAX_BOUND:
        raise refuse(f"{keyword!r} at {where} leaves only numbers beyond 2**53.")
    bounded: int | float = max(value, -MAX_BOUND) if lower else min(value, MAX_BOUND)
    return bounded


def _type(value: Any, where: str) -> Any:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name in TYPES for name in names):
        raise wrong("type", where, "one of " + ", ".join(sorted(TYPES)) + ", or a list of them")
    return value


def _values(keyword: str, value: Any, where: str) -> Any:
    if keyword == "enum" and (not isinstance(value, list) or not value):
        raise wrong(keyword, where, "a list of one or more values")
    for one in value if keyword == "enum" else [value]:
        if len(json.dumps(one, ensure_ascii=False).encode()) > MAX_TEXT:
            raise refuse(f"{keyword!r} at {where} has a value longer than {MAX_TEXT} bytes.")
    leaves = _leaves(value)
    if any(isinstance(leaf, str) and unwritable(leaf) for leaf in leaves):
        raise refuse(
            f"{keyword!r} at {where} has a control character, which answers cannot contain."
        )
    if any(isinstance(leaf, int) and abs(leaf) > _LARGEST for leaf in leaves):
        raise refuse(f"{keyword!r} at {where} has a number beyond {_LARGEST:.1e}.")
    return value


def _leaves(value: Any) -> list[str | int]:
    """The texts and whole numbers in ``value``, names among them."""
    found: list[str | int] = []
    todo = [value]
    while todo:
        match todo.pop():
            case str() | int() as leaf:
                found.append(leaf)
            case dict() as mapping:
                todo += [*mapping, *mapping.values()]
            case list() as items:
                todo += items
    return found


def _required(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise wrong("required", where, "a list of strings")
    names = list(dict.fromkeys(value))
    check_names(names, "required", where)
    return names
