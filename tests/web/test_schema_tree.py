"""A schema as people read it: nothing of what binds a value is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.web.schema_tree import Field, field, forms


def within(fields: list[Field] | tuple[Field, ...]) -> Iterator[Field]:
    for one in fields:
        yield one
        yield from within(one.children)


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every property at any depth, in order."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for name, child in value.items():
                    yield name, child
                    yield from properties(child)
            elif key in ("items", "additionalProperties"):
                yield from properties(value)
            elif key in ("oneOf", "anyOf", "allOf"):
                for form in value:
                    yield from properties(form)


@pytest.mark.parametrize("card", Catalog.load(), ids=lambda card: card.name)
def test_every_property_of_a_card_is_shown(card: ModelCard) -> None:
    for schema in (card.input_schema, card.output_schema):
        shown = list(within(forms(schema)))
        for name, child in properties(schema):
            found = [one for one in shown if one.name == name]
            assert any(one.description == child.get("description", "") for one in found), name
            if "default" in child:
                assert any(any(f.startswith("default ") for f in one.facts) for one in found)


@pytest.mark.parametrize("card", Catalog.load(), ids=lambda card: card.name)
def test_forms_are_called_by_what_one_sends(card: ModelCard) -> None:
    assert [form.name for form in forms(card.input_schema)] == ["Prompt object", "Messages object"]


@pytest.mark.parametrize(
    ("schema", "kind", "facts"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 50}, "integer", ("1 to 50",)),
        ({"type": "integer", "minimum": 0}, "integer", ("at least 0",)),
        ({"type": "number", "exclusiveMinimum": 0}, "number", ("above 0",)),
        ({"type": "string", "minLength": 1, "maxLength": 9}, "string", ("1 to 9 characters",)),
        ({"type": ["string", "null"], "default": None}, "string or null", ("default null",)),
        ({"enum": ["a", 1]}, "value", ('one of "a", 1',)),
        ({"const": True}, "value", ("always true",)),
        ({"properties": {}}, "object", ()),
        ({}, "any", ()),
        (True, "any", ()),
        ({"$ref": "#/components/schemas/Thing"}, "Thing", ()),
    ],
)
def test_bounds_are_in_words(schema: Any, kind: str, facts: tuple[str, ...]) -> None:
    shown = field("x", schema)
    assert (shown.type, shown.facts) == (kind, facts)
