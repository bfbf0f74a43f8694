"""The verdicts of Cloudflare's validator (npm ``@cloudflare/cabidela`` 0.2.4), in its words.

Clients match on these texts, so they are kept to the letter, quirks included:

* a property that is absent, or has the container type wrong, is "not matched" and only
  ``required`` complains about it; a scalar of the wrong type is a type mismatch;
* a ``oneOf`` or ``anyOf`` below the root that fails is not an error, only "not matched";
* an array of numbers and strings is "binary" and its items are not looked at;
* strings are measured in UTF-16 code units, and 1.0 is an integer.

A schema is compiled once into closures. Keywords that no text-generation schema uses are
refused at compile time rather than ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Path = tuple["Path", str] | None
# The errors that failed alternatives left behind, in order and without repeats.
Errors = dict[str, None]
# How often a value matches; 0 means "not there". Raises Violation.
Check = Callable[[Any, Path, Errors], int]

_MISSING: Any = object()
_ANNOTATIONS = {"$id", "$schema", "contentType", "default", "description", "format", "title"}
_KEYWORDS = _ANNOTATIONS | {
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxLength",
    "maximum",
    "minLength",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "type",
}
_BOUNDS: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("minimum", ">=", lambda value, limit: value < limit),
    ("exclusiveMinimum", ">", lambda value, limit: value <= limit),
    ("maximum", "<=", lambda value, limit: value > limit),
    ("exclusiveMaximum", "<", lambda value, limit: value >= limit),
)


class Violation(Exception):
    """The verdict on a body that does not satisfy its schema."""


class Validator:
    """A compiled schema. Raises ValueError for a schema with a keyword that it does not know."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._check = _compile(schema, root=True)

    def verdict(self, body: Any) -> str | None:
        """None if ``body`` (parsed JSON) is good, else what the service says about it."""
        try:
            self._check(body, None, {})
        except Violation as violation:
            return str(violation)
        return None


def verdict(schema: Mapping[str, Any], body: Any) -> str | None:
    """Compile ``schema`` and judge one body; keep a Validator to judge many."""
    return Validator(schema).verdict(body)


def _compile(
    schema: Mapping[str, Any] | bool, *, root: bool = False, absorbed: bool = False
) -> Check:
    """``absorbed``: inside a list of alternatives, whose owner reports the collected errors."""
    if isinstance(schema, bool):
        return lambda value, path, errors: int(value is not _MISSING)
    if unknown := schema.keys() - _KEYWORDS:
        raise ValueError(f"unknown schema keywords: {', '.join(sorted(unknown))}")
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return _alternatives(schema, keyword, root, absorbed)
    if schema.get("type") == "array":
        return _array(schema, absorbed)
    if schema.get("type") == "object" or schema.get("properties"):
        return _object(schema, absorbed)
    return _scalar(schema, absorbed)


def _alternatives(schema: Mapping[str, Any], keyword: str, root: bool, absorbed: bool) -> Check:
    exactly_one = keyword == "oneOf"
    inherited = {"type": schema["type"]} if "type" in schema else {}
    options = [_compile({**inherited, **option}, absorbed=True) for option in schema[keyword]]

    def check(value: Any, path: Path, errors: Errors) -> int:
        matches = 0
        for option in options:
            try:
                matches += option(value, path, errors)
            except Violation as violation:
                errors[str(violation)] = None
                continue
            # The service stops as soon as the outcome looks settled; so the texts depend on it.
            if (matches != 1) if exactly_one else (matches != 0):
                break
        met = matches == 1 if exactly_one else matches > 0
        if root and not met:
            count = f", {matches} matches" if exactly_one else ""
            _fail(f"{keyword} at '{_pointer(path)}' not met{count}", errors, absorbed)
        return int(met)

    return check


def _array(schema: Mapping[str, Any], absorbed: bool) -> Check:
    scalar = _scalar(schema, absorbed)
    item = _compile(schema["items"], absorbed=absorbed) if "items" in schema else None

    def check(value: Any, path: Path, errors: Errors) -> int:
        if isinstance(value, str) or (isinstance(value, list) and _is_binary(value)):
            return scalar(value, path, errors)
        matches = 0
        for key, entry in _entries(value):
            if item is None:
                _fail(f"No schema for path '{_pointer((path, key))}'", errors, absorbed)
            else:
                matches += item(entry, (path, key), errors)
        return matches

    return check


def _object(schema: Mapping[str, Any], absorbed: bool) -> Check:
    properties = [
        (name, _compile(sub, absorbed=absorbed))
        for name, sub in schema.get("properties", {}).items()
    ]
    required = tuple(schema.get("required", ()))
    others = schema.get("additionalProperties", True)
    forbidden = others is False
    other = None if isinstance(others, bool) else _compile(others)
    complaint = f"are '{','.join(required)}'"

    def check(value: Any, path: Path, errors: Errors) -> int:
        fields = value if isinstance(value, dict) else {}
        matched = {
            name
            for name, sub in properties
            if sub(fields.get(name, _MISSING), (path, name), errors) > 0
        }
        count = len(matched)
        if forbidden or other:
            rest = [name for name in _keys(fields) if name not in matched]
            if forbidden and rest:
                names = ", ".join(_pointer((path, name)) for name in rest)
                _fail(
                    f"Additional or unevaluated properties '{names}' at "
                    f"'{_pointer(path)}' not allowed",
                    errors,
                    absorbed,
                )
            elif other:
                count += _other_properties(fields, rest, other)
        if not matched.issuperset(required):
            _fail(f"required properties at '{_pointer(path)}' {complaint}", errors, absorbed)
        return int(count > 0)

    return check


def _other_properties(fields: Mapping[str, Any], names: Iterable[str], check: Check) -> int:
    """How many of ``names`` match; the service counts their paths from here, not from the root."""
    count = 0
    for name in names:
        last = name.rsplit("/", 1)[-1]
        count += check(fields.get(last, _MISSING), (None, last), {}) > 0
    return count


def _scalar(schema: Mapping[str, Any], absorbed: bool) -> Check:
    kind = schema.get("type")
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    bounds = [(symbol, schema[word], broken) for word, symbol, broken in _BOUNDS if word in schema]
    longest, shortest = schema.get("maxLength"), schema.get("minLength")

    def problem(value: Any, path: Path) -> str | None:
        if choices is not None and not any(_same(value, choice) for choice in choices):
            if "const" in schema:
                return f"const {_js(value)} doesn't match {_js(choices[0])} at '{_pointer(path)}'"
            return f"enum {_js(value)} not in {','.join(map(_js, choices))} at '{_pointer(path)}'"
        if kind is not None and kind not in (types := _types(value)):
            names = ",".join(f"'{name}'" for name in types)
            return f"Type mismatch of '{_pointer(path)}', '{kind}' not in {names}"
        if kind == "string":
            if longest is not None and _longer_than(value, longest):
                return f"Length of '{_pointer(path)}' must be <= {longest}"
            if shortest is not None and not _longer_than(value, shortest - 1):
                return f"Length of '{_pointer(path)}' must be >= {shortest} not met"
        elif kind in ("number", "integer"):
            for symbol, limit, broken in bounds:
                if broken(value, limit):
                    return f"'{_pointer(path)}' must be {symbol} {_js(limit)}"
        return None

    def check(value: Any, path: Path, errors: Errors) -> int:
        if value is _MISSING:
            return 0
        if text := problem(value, path):
            _fail(text, errors, absorbed)
        return 1

    return check


def _fail(message: str, errors: Errors, absorbed: bool) -> None:
    if errors and not absorbed:
        message = f"{message}: {', '.join(errors)}"
    raise Violation(message)


def _pointer(path: Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, name = path
        parts.append(f"/{name}")
    return "".join(reversed(parts)) or "/"


def _entries(value: Any) -> Iterable[tuple[str, Any]]:
    """What JavaScript's ``for … in`` visits."""
    if isinstance(value, list):
        return ((str(index), entry) for index, entry in enumerate(value))
    if isinstance(value, dict):
        return ((key, value[key]) for key in _keys(value))
    return ()


def _keys(value: Mapping[str, Any]) -> Iterable[str]:
    """Keys as JavaScript orders them: those that look like an index first."""
    indices = sorted(filter(_is_index, value), key=int)
    return [*indices, *(key for key in value if not _is_index(key))] if indices else value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and str(int(key[:11])) == key and int(key) < 2**32 - 1


def _is_binary(value: list[Any]) -> bool:
    """No items but numbers and strings, or the first other item is null (as the service tests)."""
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int | float | str):
            return item is None
    return True


def _types(value: Any) -> tuple[str, ...]:
    match value:
        case None:
            return ("null",)
        case bool():
            return ("boolean",)
        case str():
            return ("string",)
        case int() | float():
            return ("number", "integer") if _is_integer(value) else ("number",)
        case list():
            return ("array", "binary") if _is_binary(value) else ("array",)
        case _:
            return ("object",)


def _is_integer(value: int | float) -> bool:
    try:
        return float(value).is_integer()
    except OverflowError:  # an integer beyond a double is Infinity in JavaScript
        return False


def _longer_than(text: str, limit: int) -> bool:
    """Whether ``text`` has more than ``limit`` UTF-16 code units."""
    if len(text) > limit or len(text) * 2 <= limit:
        return len(text) > limit
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 > limit


def _same(value: Any, other: Any) -> bool:
    """JavaScript's ``===``, for which objects of a body never equal those of a schema."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, list | dict):
        return False
    return bool(value == other)


def _js(value: Any) -> str:
    """A JSON value put into text as JavaScript does it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join("" if item is None else _js(item) for item in value)
        case dict():
            return "[object Object]"
        case float() if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        case _:
            return str(value)
