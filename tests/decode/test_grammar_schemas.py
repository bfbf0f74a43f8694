"""What a schema's mask lets through is what the schema means, judged by ``jsonschema``."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decode.constrained import BYTE_LEVEL, MODELS, Model, ids
from tests.decode.schemas import SCHEMAS
from understudy.errors import InvalidInput
from understudy.request import JsonObject, JsonSchema

STYLES: list[dict[str, Any]] = [
    {"separators": (",", ":")},
    {},
    {"indent": 2},
    {"indent": 4},
    {"indent": "\t"},
    {"separators": (" , ", " : ")},
]


def satisfies(value: Any, schema: Any) -> bool:
    validator = jsonschema.Draft202012Validator
    return validator(schema, format_checker=validator.FORMAT_CHECKER).is_valid(value)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_every_answer_under_a_schema_satisfies_it(name: str, model: Model) -> None:
    schema = SCHEMAS[name][0]
    for seed in range(2):
        text = model.walk(JsonSchema(schema), seed)
        assert satisfies(json.loads(text), schema), text


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_whatever_satisfies_a_schema_can_be_answered(name: str, model: Model) -> None:
    """In the tokens that the tokenizer itself would choose, each of them in the mask."""
    schema, good, _ = SCHEMAS[name]
    for value in good:
        assert satisfies(value, schema), value
        for style in STYLES:
            text = json.dumps(value, ensure_ascii=False, **style)
            matcher = model.compile(JsonSchema(schema)).matcher()
            for token in model.tokens(text):
                assert token in ids(matcher), text
                assert matcher.accept(token)
            assert matcher.accept(model.eos[0]), text
            assert matcher.complete


@pytest.mark.parametrize("name", SCHEMAS)
def test_nothing_else_can_be_answered(name: str) -> None:
    schema, _, bad = SCHEMAS[name]
    for value in bad:
        assert not satisfies(value, schema), value
        assert not BYTE_LEVEL.takes(JsonSchema(schema), json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_json_object_may_hold_anything(model: Model) -> None:
    for seed in range(5):
        assert isinstance(json.loads(model.walk(JsonObject(), seed)), dict)
    assert model.takes(JsonObject(), '{"a": [1, "x", {"b": null}]}')
    for text in ("[]", "1", "", "{}{}", '{"a":}', "{'a': 1}"):
        assert not model.takes(JsonObject(), text)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ('{"a": 1}', True),
        ('{\n        "a" : 1\n}', True),
        ('{"a":\n\t1}', True),
        ('{  "a":1}', False),
        ('{"a":1\n\n}', False),
        ('{"a":1 \n}', False),
        (' {"a":1}', False),
        ('{"a":1}\n', False),
        ('{"a":\r\n1}', False),
        ("{" + "\n" + " " * 33 + '"a":1}', False),
    ],
)
def test_blanks_between_the_parts_are_bounded(text: str, taken: bool) -> None:
    assert BYTE_LEVEL.takes(JsonObject(), text) is taken


@pytest.mark.parametrize("text", ['{"\\u0061": "x"}', '{"a": 1, "a": 2}', '{"a": "\\u00e9"}'])
def test_a_property_has_one_spelling_and_comes_once(text: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert not BYTE_LEVEL.takes(JsonSchema(schema), text)


bounds = st.one_of(
    st.integers(-20, 20), st.integers(-200, 200).map(lambda n: n / 8), st.sampled_from([0, 1e-7])
)


@given(st.data())
def test_ranges_of_numbers_are_kept(data: st.DataObject) -> None:
    keywords: dict[str, Any] = data.draw(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["integer", "number"])},
            optional={
                "minimum": bounds,
                "maximum": bounds,
                "exclusiveMinimum": bounds,
                "exclusiveMaximum": bounds,
            },
        )
    )
    near = [bound for name, bound in keywords.items() if name != "type"] or [0]
    steps = st.sampled_from([0, 1, -1, 0.125, -0.125, 0.5, -0.5, 0.001])
    value = data.draw(st.sampled_from(near)) + data.draw(steps)
    text = format(value, ".9f").rstrip("0").rstrip(".")
    try:
        taken = BYTE_LEVEL.takes(JsonSchema(keywords), text)
    except InvalidInput:
        taken = False
    assert not taken or satisfies(json.loads(text), keywords)
