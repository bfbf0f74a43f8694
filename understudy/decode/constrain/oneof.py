"""Shows that no value satisfies two schemas at once, where that is plain to see."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

Node = dict[str, Any] | bool

_TRIES = 50_000
"""Pairs of schemas that are looked at for one constraint."""

_DEEPEST = 8
_ALL_TYPES = frozenset(["null", "boolean", "number", "string", "array", "object"])


class Disjointness:
    """``resolve`` follows the reference of a schema that is nothing else."""

    def __init__(self, resolve: Callable[[Node], Node]) -> None:
        self._resolve = resolve
        self._tries = 0

    @property
    def gave_up(self) -> bool:
        """Whether there were too many schemas to compare."""
        return self._tries > _TRIES

    def all_certain(self, options: list[Node]) -> bool:
        """Whether no value satisfies two of ``options`` for certain."""
        return self._constants_differ(options) or all(
            self.certain(*pair) for pair in combinations(options, 2)
        )

    def _constants_differ(self, options: list[Node]) -> bool:
        """Whether each holds other constants, or a property that all require does: in one pass,
        as long unions are of these."""
        nodes = [node for node in map(self._resolve, options) if isinstance(node, dict)]
        if len(nodes) < len(options):
            return False
        return _differ(nodes) or any(
            self._differ_in(nodes, name)
            for name in nodes[0].get("required", ())
            if all(name in node.get("required", ()) for node in nodes[1:])
        )

    def _differ_in(self, nodes: list[dict[str, Any]], name: str) -> bool:
        if any(_types(node) != {"object"} for node in nodes):
            return False
        values = [self._resolve(node.get("properties", {}).get(name, True)) for node in nodes]
        found = [value for value in values if isinstance(value, dict)]
        return len(found) == len(nodes) and _differ(found)

    def certain(self, one: Node, other: Node, depth: int = 0) -> bool:
        """Whether no value satisfies both for certain: their types differ, their constants do, or
        they require a property of which the same is certain."""
        one, other = self._resolve(one), self._resolve(other)
        self._tries += 1
        if one is False or other is False:
            return True
        if isinstance(one, bool) or isinstance(other, bool):
            return False
        if depth > _DEEPEST or self._tries > _TRIES:
            return False
        return (
            _types(one).isdisjoint(_types(other))
            or _no_value_in_common(one, other)
            or self._a_property_differs(one, other, depth)
            or self._a_part_differs(one, other, depth)
            or self._a_part_differs(other, one, depth)
        )

    def _a_part_differs(self, one: dict[str, Any], other: Node, depth: int) -> bool:
        """The same of what ``one`` is made of: all of its alternatives, or any of its parts."""
        parts = [*one.get("allOf", ())]
        if "$ref" in one:
            parts.append({"$ref": one["$ref"]})
        return any(self.certain(part, other, depth + 1) for part in parts) or any(
            all(self.certain(option, other, depth + 1) for option in one[keyword])
            for keyword in ("anyOf", "oneOf")
            if keyword in one
        )

    def _a_property_differs(self, one: dict[str, Any], other: dict[str, Any], depth: int) -> bool:
        if _types(one) & _types(other) != {"object"}:
            return False
        ours, theirs = one.get("properties", {}), other.get("properties", {})
        return any(
            name in ours and name in theirs and self.certain(ours[name], theirs[name], depth + 1)
            for name in dict.fromkeys([*one.get("required", ()), *other.get("required", ())])
        )


def _types(node: dict[str, Any]) -> frozenset[str]:
    """The types that values of ``node`` may have."""
    values = _constants(node)
    if values is not None:
        return frozenset(map(_type_of, values))
    named = node.get("type")
    if named is None:
        return _ALL_TYPES
    names = [named] if isinstance(named, str) else named
    return frozenset("number" if name == "integer" else name for name in names)


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _constants(node: dict[str, Any]) -> list[Any] | None:
    if "const" in node:
        return [node["const"]]
    return node.get("enum")


def _no_value_in_common(one: dict[str, Any], other: dict[str, Any]) -> bool:
    ours, theirs = _constants(one), _constants(other)
    if ours is None or theirs is None:
        return False
    return set(map(_known, ours)).isdisjoint(map(_known, theirs))


def _differ(nodes: list[dict[str, Any]]) -> bool:
    """Whether all ``nodes`` have constants, and none in common."""
    seen: set[tuple[str, Any]] = set()
    for node in nodes:
        values = _constants(node)
        if values is None:
            return False
        known = set(map(_known, values))
        if not seen.isdisjoint(known):
            return False
        seen |= known
    return True


def _known(value: Any) -> tuple[str, Any]:
    """What two constants have in common if they are equal; of arrays and objects only the type."""
    kind = _type_of(value)
    return kind, None if kind in ("array", "object") else value
