"""Constraints as the grammar library's own text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from understudy.decode.constrain.instances import escaped
from understudy.decode.constrain.limits import MAX_BYTES, refuse
from understudy.decode.constrain.pattern import check_pattern
from understudy.decode.constrain.schema import Node, read_schema
from understudy.errors import InvalidInput
from understudy.request import (
    CallTools,
    Constraint,
    JsonObject,
    JsonSchema,
    Regex,
    ToolCallForm,
    ToolSpec,
)

WHITESPACE = r"\x20|\n(\x20{0,32}|\t{0,8})"
"""Between the parts of JSON: nothing, one space, or one line break and its indentation. Small
models that may write blanks for ever do."""

_OPTIONS = {
    "whitespace_pattern": WHITESPACE,
    # No \\uXXXX: the library would let it name a property a second time in another spelling.
    "json_allowed_escapes": 'nrbtf\\"',
    # Every oneOf that is left has schemas of which at most one can hold.
    "coerce_one_of": True,
}


_MOST_COUNTED = 1000
"""The sum of all lengths: counting characters takes a lexer state for each."""


def fingerprint(constraint: Constraint) -> bytes:
    """What two constraints share if and only if they are the same. Raises InvalidInput for one
    that is too large or no JSON."""
    match constraint:
        case JsonObject():
            content: Any = None
        case JsonSchema(schema):
            content = schema
        case Regex(pattern):
            content = pattern
        case CallTools(tools, form, calls, otherwise):
            shape = [form.opening, form.closing, form.name_key, form.arguments_key, form.separator]
            content = [shape, calls, [[tool.name, tool.parameters] for tool in tools]]
            if otherwise is not None:
                content.append(_schema_of(otherwise))
    text = _dumped([type(constraint).__name__, content])
    if len(text) > MAX_BYTES:
        raise refuse(f"The constraint is larger than {MAX_BYTES} bytes.")
    return text


_GROWING = frozenset(["pattern", "patternProperties", "multipleOf"])


def may_grow(constraint: Constraint) -> bool:
    """Whether answers may teach the lexer so many states that its limit is near: patterns, counts
    of characters and remainders may; types, formats and a few kilobytes of constants do not."""
    match constraint:
        case JsonObject():
            return False
        case JsonSchema(schema):
            return _grows(schema)
        case Regex():
            return True
        case CallTools(tools, otherwise=otherwise):
            if isinstance(otherwise, JsonSchema) and _grows(otherwise.schema):
                return True
            return any(_grows(tool.parameters) for tool in tools)


def _grows(value: Any) -> bool:
    """Whether ``value`` has keywords that do so. Properties of such names count too, which costs a
    compilation."""
    counted: float = 0
    todo = [value]
    while todo:
        match todo.pop():
            case dict() as mapping:
                if not _GROWING.isdisjoint(mapping):
                    return True
                for name in ("minLength", "maxLength"):
                    count = mapping.get(name)
                    counted += count if isinstance(count, int | float) else 0
                todo += mapping.values()
            case list() as items:
                todo += items
    return counted > _MOST_COUNTED


def counted_properties(constraint: Constraint) -> str:
    """The first ``minProperties`` or ``maxProperties`` beside properties that are not required, by
    name and place; the first of all where there is none, as with parts of an ``allOf``."""
    match constraint:
        case JsonSchema(schema):
            todo: list[tuple[Any, str]] = [(schema, "#")]
        case CallTools(tools, otherwise=otherwise):
            todo = [] if otherwise is None else [(_schema_of(otherwise), "#")]
            todo += [(tool.parameters, f"tool {tool.name!r:.80} #") for tool in reversed(tools)]
        case _:
            todo = []
    found = []
    while todo:
        value, where = todo.pop()
        if isinstance(value, dict):
            for keyword in ("maxProperties", "minProperties"):
                if keyword in value:
                    optional = {*value.get("properties", ())} - {*value.get("required", ())}
                    found.append((not optional, f"{keyword!r} at {where}"))
            todo += [(item, f"{where}/{escaped(name)}") for name, item in value.items()]
        elif isinstance(value, list):
            todo += [(item, f"{where}/{number}") for number, item in enumerate(value)]
    return min(found, key=lambda item: item[0])[1] if found else "'maxProperties'"


def grammar_text(constraint: Constraint) -> str:
    """``constraint`` as the library reads it. Raises InvalidInput."""
    match constraint:
        case JsonObject():
            return _json_grammar({"type": "object"})
        case JsonSchema(schema):
            return _json_grammar(read_schema(schema))
        case Regex(pattern):
            check_pattern(pattern, "The pattern", in_json=False)
            return _regex_grammar(pattern)
        case CallTools():
            return _calls_grammar(constraint)


def _schema_of(constraint: JsonObject | JsonSchema) -> Mapping[str, Any]:
    return constraint.schema if isinstance(constraint, JsonSchema) else {"type": "object"}


def _json_grammar(node: Node) -> str:
    return _dumped({"grammars": [{"json_schema": _with_options(node)}]}).decode()


def _regex_grammar(pattern: str) -> str:
    from llguidance import LLMatcher

    return LLMatcher.grammar_from_regex(pattern)


def _lark_grammar(text: str) -> str:
    return _dumped({"grammars": [{"lark_grammar": text}]}).decode()


def _calls_grammar(constraint: CallTools) -> str:
    tools, form, calls = constraint.tools, constraint.form, constraint.calls
    if not tools or calls < 1:
        raise refuse("There is no tool to call.")
    node = {"anyOf": [_call(tool, form, number) for number, tool in enumerate(tools)]}
    if calls == 1 and not form.opening and not form.closing and constraint.otherwise is None:
        return _json_grammar(node)
    call = f"{_literal(form.opening)} body {_literal(form.closing)}"
    more = f" ({_literal(form.separator)} call){{0,{calls - 1}}}" if calls > 1 else ""
    lines = [f"start: call{more}", f"call: {call}", f"body: {_json_rule(node)}"]
    if constraint.otherwise is not None:
        lines[0] += " | other"
        lines.append(f"other: {_json_rule(read_schema(_schema_of(constraint.otherwise)))}")
    return _lark_grammar("\n".join([*lines, ""]))


def _json_rule(node: Node) -> str:
    return f"%json {_dumped(_with_options(node)).decode()}"


def _call(tool: ToolSpec, form: ToolCallForm, number: int) -> Node:
    """The schema of a call of ``tool``, which is the alternative of this number."""
    schema = {"type": "object", **tool.parameters}
    if schema["type"] != "object":
        raise refuse(f"The parameters of the tool {tool.name!r:.80} must be of type 'object'.")
    at = f"#/anyOf/{number}/properties/{escaped(form.arguments_key)}"
    try:
        arguments = read_schema(schema, at)
        name = read_schema({"const": tool.name})
    except InvalidInput as error:
        raise refuse(f"The tool {tool.name!r:.80}: {error}") from error
    return {
        "type": "object",
        "properties": {form.name_key: name, form.arguments_key: arguments},
        "required": [form.name_key, form.arguments_key],
        "additionalProperties": False,
    }


def _with_options(node: Node) -> dict[str, Any]:
    return {"x-guidance": _OPTIONS, **({} if node is True else node)}  # type: ignore[dict-item]


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if text else ""


def _dumped(value: Any) -> bytes:
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise refuse("The constraint is not JSON.") from error
