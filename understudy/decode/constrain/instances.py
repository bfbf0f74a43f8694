"""Finds schemas that only an endless value would satisfy, such as an object that must contain
another of its kind. The grammar library would let an answer walk into one and never out."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import unquote

from understudy.decode.constrain.limits import refuse

Node = dict[str, Any] | bool

_SCALARS = frozenset(["null", "boolean", "integer", "number", "string"])


def escaped(name: str) -> str:
    """``name`` as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def target_of(node: dict[str, Any], at: str) -> str:
    """The pointer that the ``$ref`` of ``node`` leads to, below a root that stands at ``at``."""
    return unquote(node["$ref"]).removeprefix(at)


def without_empty(root: Node, nodes: dict[str, Node], at: str) -> Node:
    """``root`` with ``false`` in place of every schema that no finite value satisfies.

    ``nodes`` has each schema by its pointer, references begin with ``at``. Raises InvalidInput
    if nothing satisfies ``root`` itself.
    """
    finite = _finite(nodes, at)
    if "" not in finite:
        raise refuse(
            "Nothing satisfies the JSON schema: what it requires is false, or refers to itself "
            "without an end."
        )
    if len(finite) == len(nodes):
        return root
    return _pruned(root, "", finite)


def _finite(nodes: dict[str, Node], at: str) -> set[str]:
    """Pointers of the schemas that some finite value may satisfy: the least set that follows."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for pointer, node in nodes.items():
        for needed in _parts(node, pointer, at):
            waiting[needed].append(pointer)
    finite: set[str] = set()
    todo = list(nodes)
    while todo:
        pointer = todo.pop()
        if pointer not in finite and _is_finite(nodes[pointer], pointer, at, finite):
            finite.add(pointer)
            todo += waiting[pointer]
    return finite


def _parts(node: Node, pointer: str, at: str) -> list[str]:
    """Pointers of the schemas that decide whether ``node`` is finite."""
    if isinstance(node, bool):
        return []
    parts = [
        f"{pointer}/{keyword}/{number}"
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems")
        for number in range(len(node.get(keyword, ())))
    ]
    if "$ref" in node:
        parts.append(target_of(node, at))
    if "items" in node:
        parts.append(f"{pointer}/items")
    return parts + _required(node, pointer)


def _required(node: dict[str, Any], pointer: str) -> list[str]:
    """Pointers of the schemas that required properties must satisfy by name."""
    properties = node.get("properties", {})
    found = []
    for name in node.get("required", ()):
        if name in properties:
            found.append(f"{pointer}/properties/{escaped(name)}")
        elif "additionalProperties" in node and "patternProperties" not in node:
            found.append(f"{pointer}/additionalProperties")
    return found


def _is_finite(node: Node, pointer: str, at: str, finite: set[str]) -> bool:
    if isinstance(node, bool):
        return node
    if "$ref" in node and target_of(node, at) not in finite:
        return False
    for keyword, enough in (("anyOf", any), ("oneOf", any), ("allOf", all)):
        if keyword in node and not enough(
            f"{pointer}/{keyword}/{number}" in finite for number in range(len(node[keyword]))
        ):
            return False
    if "const" in node or "enum" in node:
        return True
    named = node.get("type")
    types = {named} if isinstance(named, str) else set(named or _SCALARS)
    return (
        not types.isdisjoint(_SCALARS)
        or ("object" in types and all(part in finite for part in _required(node, pointer)))
        or ("array" in types and _array_is_finite(node, pointer, finite))
    )


def _array_is_finite(node: dict[str, Any], pointer: str, finite: set[str]) -> bool:
    least = node.get("minItems", 0)
    first = len(node.get("prefixItems", ()))
    needed = [f"{pointer}/prefixItems/{number}" for number in range(min(first, least))]
    if least > first and "items" in node:
        needed.append(f"{pointer}/items")
    return all(part in finite for part in needed)


def _pruned(node: Any, pointer: str, finite: set[str]) -> Node:
    if pointer not in finite:
        return False
    if isinstance(node, bool):
        return node
    out: dict[str, Any] = {}
    for keyword, value in node.items():
        below = f"{pointer}/{keyword}"
        if keyword in ("$defs", "definitions", "properties", "patternProperties"):
            out[keyword] = {
                name: _pruned(item, f"{below}/{escaped(name)}", finite)
                for name, item in value.items()
            }
        elif keyword in ("prefixItems", "anyOf", "oneOf", "allOf"):
            out[keyword] = [
                _pruned(item, f"{below}/{number}", finite) for number, item in enumerate(value)
            ]
        elif keyword in ("items", "additionalProperties"):
            out[keyword] = _pruned(value, below, finite)
        else:
            out[keyword] = value
    return out
