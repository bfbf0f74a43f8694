"""Reads a JSON schema: refuses by name what answers cannot be held to, and keeps the rest.

The grammar library passes over keywords it does not know, and some that it does know mean less
there than in JSON Schema. So nothing reaches it but what this module has put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import lcm
from typing import Any
from urllib.parse import quote, unquote

from understudy.decode.constrain import keywords
from understudy.decode.constrain.instances import escaped, target_of, without_empty
from understudy.decode.constrain.keywords import unsupported, wrong
from understudy.decode.constrain.limits import (
    MAX_DEPTH,
    MAX_LEVELS,
    MAX_MULTIPLE,
    MAX_PATTERNS,
    MAX_PROPERTIES,
    MAX_SCHEMAS,
    refuse,
)
from understudy.decode.constrain.oneof import Disjointness
from understudy.decode.constrain.pattern import check_pattern

Node = dict[str, Any] | bool


def read_schema(schema: Mapping[str, Any] | bool, at: str = "#") -> Node:
    """``schema`` in keywords that the library enforces, meaning the same, to stand at pointer
    ``at`` of a larger one.

    Read as draft 2020-12, whatever ``$schema`` says. Schemas that only an endless value would
    satisfy have become ``false``. ``oneOf`` stands where no value satisfies two of its schemas;
    it may be taken for ``anyOf``. Raises InvalidInput.
    """
    reader = _Reader(at)
    node = reader.read(schema, "", 0)
    reader.check_references()
    reader.check_choices()
    reader.check_multiples()
    return without_empty(node, reader.nodes, at)


class _Reader:
    """``nodes`` has each schema by its pointer below the root, such as ``/properties/name``."""

    def __init__(self, at: str) -> None:
        self.nodes: dict[str, Node] = {}
        self._at = at
        self._references: list[tuple[str, str]] = []
        self._choices: list[str] = []
        self._multiples: set[Decimal] = set()
        self._resolved: dict[str, Node] = {}
        self._patterns = 0
        self._levels: dict[str, int] = {}
        self._deepest = 0

    def read(self, schema: Any, pointer: str, depth: int) -> Node:
        where = f"#{pointer}"
        if len(self.nodes) >= MAX_SCHEMAS:
            raise refuse(f"The JSON schema has more than {MAX_SCHEMAS} schemas in it.")
        if depth > MAX_DEPTH:
            raise refuse(f"The JSON schema is nested more than {MAX_DEPTH} deep.")
        if isinstance(schema, bool):
            self.nodes[pointer] = schema
            return schema
        if not isinstance(schema, Mapping):
            raise refuse(f"The JSON schema at {where} must be an object, true or false.")
        node: dict[str, Any] = {}
        self.nodes[pointer] = node
        outside, self._deepest = self._deepest, depth
        for keyword, value in schema.items():
            if not self._is_metadata(keyword, value, where):
                self._keep(node, keyword, value, pointer, depth)
        _check_least_properties(node, where)
        keywords.close_bounds(node)
        self._levels[pointer] = self._deepest - depth + 1
        self._deepest = max(outside, self._deepest)
        return node

    def check_references(self) -> None:
        """Each ``$ref`` must lead to a schema, and the way through all must have an end."""
        for target, where in self._references:
            if target not in self.nodes:
                raise refuse(f"The $ref at {where} points to '#{target}', where no schema is.")
        targets = {"", *(target for target, _ in self._references)}
        if sum(self._levels.get(target, 1) for target in targets) > MAX_LEVELS:
            raise refuse(
                "The JSON schema refers to too many definitions: together they have over "
                f"{MAX_LEVELS} levels."
            )

    def check_choices(self) -> None:
        """No two schemas of a ``oneOf`` may be satisfied at once, or one would need ``not``."""
        disjoint = Disjointness(self.resolve)
        for pointer in self._choices:
            node = self.nodes[pointer]
            assert isinstance(node, dict)
            if not disjoint.all_certain(node["oneOf"]):
                if disjoint.gave_up:
                    raise unsupported("oneOf", f"#{pointer}", "It has too many schemas to compare.")
                raise unsupported(
                    "oneOf",
                    f"#{pointer}",
                    "Two of its schemas may both hold; give them different types or a required "
                    "property with different constants, or use anyOf.",
                )

    def check_multiples(self) -> None:
        """Counting remainders takes memory in proportion."""
        if not self._multiples:
            return
        scale = min(int(value.as_tuple().exponent) for value in self._multiples)
        if any(value.adjusted() - scale > 20 for value in self._multiples):
            raise refuse(_TOO_FINE)
        if lcm(*(int(value.scaleb(-scale)) for value in self._multiples)) > MAX_MULTIPLE:
            raise refuse(_TOO_FINE)

    def resolve(self, node: Node) -> Node:
        """What ``node`` says, where it says nothing but ``$ref``."""
        first = node
        for _ in self.nodes:
            if not isinstance(node, dict) or set(node) != {"$ref"}:
                break
            node = self._resolved.get(node["$ref"]) or self.nodes[target_of(node, self._at)]
        else:
            node = False
        if node is not first:
            assert isinstance(first, dict)
            self._resolved[first["$ref"]] = node
        return node

    def _is_metadata(self, keyword: str, value: Any, where: str) -> bool:
        if keyword == "$schema":
            if not isinstance(value, str) or value.rstrip("#") not in keywords.DRAFTS:
                raise refuse(f"The $schema {value!r:.80} at {where} is not a known draft.")
            return True
        if keyword in ("$id", "id") and isinstance(value, str):
            # Below the root it would change what references mean.
            return where == "#"
        return keywords.is_annotation(keyword)

    def _keep(
        self, node: dict[str, Any], keyword: str, value: Any, pointer: str, depth: int
    ) -> None:
        where = f"#{pointer}"
        below = f"{pointer}/{keyword}"
        if keyword in keywords.SCHEMA_MAPS:
            node[keyword] = self._map(keyword, value, below, where, depth)
        elif keyword in keywords.SCHEMA_LISTS:
            node[keyword] = self._list(keyword, value, below, where, depth)
            if keyword == "oneOf":
                self._choices.append(pointer)
        elif keyword in keywords.SCHEMAS:
            if keyword == "items" and isinstance(value, list):
                raise unsupported("items", where, "A list of schemas is written 'prefixItems'.")
            node[keyword] = self.read(value, below, depth + 1)
        elif keyword == "$ref":
            target = _target(value, where)
            self._references.append((target, where))
            node["$ref"] = "#" + quote((self._at + target)[1:], safe=_PLAIN)
        else:
            kept = keywords.plain_value(keyword, value, where)
            if kept is not None or keyword == "const":
                node[keyword] = kept
            if keyword == "multipleOf":
                self._multiples.add(Decimal(repr(value)).normalize())

    def _map(
        self, keyword: str, value: Any, pointer: str, where: str, depth: int
    ) -> dict[str, Node]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise wrong(keyword, where, "an object of schemas")
        if keyword == "properties":
            keywords.check_names(value, keyword, where)
        if keyword == "patternProperties":
            self._patterns += len(value)
            if self._patterns > MAX_PATTERNS:
                raise refuse(f"The JSON schema has over {MAX_PATTERNS} 'patternProperties'.")
            for pattern in value:
                check_pattern(pattern, f"A name in 'patternProperties' at {where}", in_json=True)
        return {
            name: self.read(schema, f"{pointer}/{escaped(name)}", depth + 1)
            for name, schema in value.items()
        }

    def _list(self, keyword: str, value: Any, pointer: str, where: str, depth: int) -> list[Node]:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_PROPERTIES:
            raise wrong(keyword, where, f"a list of 1 to {MAX_PROPERTIES} schemas")
        return [
            self.read(schema, f"{pointer}/{number}", depth + 1)
            for number, schema in enumerate(value)
        ]


_PLAIN = "/~$!&'()*+,;=:@?"
"""What a fragment of an address may hold as it is."""

_TOO_FINE = (
    "The values of 'multipleOf' are not supported together: their least common multiple is over "
    f"{MAX_MULTIPLE} in units of the last digit."
)


def _check_least_properties(node: dict[str, Any], where: str) -> None:
    """An answer may name an additional property twice, so that no number of them is sure."""
    if node.get("minProperties", 0) > len(node.get("required", ())) + 1:
        raise unsupported(
            "minProperties", where, "It may exceed the number of required properties by one."
        )


def _target(value: Any, where: str) -> str:
    """The pointer in a reference."""
    if not isinstance(value, str):
        raise wrong("$ref", where, "a string")
    if value == "#":
        return ""
    if not value.startswith("#/"):
        raise unsupported("$ref", where, "Only references of the form '#/...' are followed.")
    return unquote(value[1:])
