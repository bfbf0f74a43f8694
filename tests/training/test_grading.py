"""A right answer is taken for right, and a wrong one for wrong, whatever was asked for."""

from typing import Any

import pytest

from training.corpus.pen import Doc
from training.grading import Answer, Calls, Check, Grade, Json, calls_in, check_from, check_of, same
from training.heldout import people

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
WEATHER = {"name": "get_weather", "parameters": {"city": "Oslo"}}


def right(check: Check, text: str, ended: bool = True) -> bool:
    return check.grade(Answer(text, ended)).right


def check(skill: str, key: str | None, **more: Any) -> Check:
    return check_of(Doc(skill, key=key, **more))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("She lives in Oslo.", True),
        ("oslo", True),
        ("It is OSLO, I think", True),
        ("Oslonia", False),
        ("The text does not say.", False),
        ("", False),
    ],
)
def test_words_that_matter_are_found_as_words(text: str, wanted: bool) -> None:
    assert right(check("passage", "Oslo"), text) is wanted


@pytest.mark.parametrize(("text", "wanted"), [("He is 3.", True), ("He is 31.", False)])
def test_a_number_is_not_found_in_a_longer_one(text: str, wanted: bool) -> None:
    assert right(check("passage", "3"), text) is wanted
    assert right(check_from({"contains": "3"}), text) is wanted


def test_an_exact_answer_is_the_whole_of_it_but_for_white_space_around() -> None:
    copy = check("copying", "blue Lamp 7x", exact=True)
    assert right(copy, " blue Lamp 7x\n")
    for text in ("blue lamp 7x", "blue Lamp 7x.", "blue  Lamp 7x", ""):
        assert not right(copy, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("43", True),
        ("17 + 26 = 43.", True),
        ("17 + 26 = 30 + 13 = 43.", True),
        ("43 apples", True),
        ("17 + 26 = 44.", False),
        ("17 + 43", True),
        ("143", False),
        ("none", False),
        ("", False),
    ],
)
def test_of_a_sum_the_last_number_counts(text: str, wanted: bool) -> None:
    assert right(check("addition", "= 43."), text) is wanted


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ('{"name": "Anna", "age": 31}', Grade(True, valid=True)),
        ('\n{"age": 31.0, "name": "Anna"} ', Grade(True, valid=True)),
        ('{"name": "Anna", "age": 32}', Grade(False, valid=True)),
        ('{"name": "Anna", "age": 31, "city": "Oslo"}', Grade(False, valid=True)),
        ('{"name": "Anna", "age": "31"}', Grade(False, valid=False)),
        ('{"name": "Anna", "age": true}', Grade(False, valid=False)),
        ('{"name": "Anna"}', Grade(False, valid=False)),
        ('{"name": "Anna", "age": 31', Grade(False, valid=False)),
        ('{"name": "Anna", "age": 31} Here it is.', Grade(False, valid=False)),
        ('```json\n{"name": "Anna", "age": 31}\n```', Grade(False, valid=False)),
        ('{"name": "Anna", "age": NaN}', Grade(False, valid=False)),
        ("[" * 100_000, Grade(False, valid=False)),
        ("Anna", Grade(False, valid=False)),
    ],
)
def test_json_is_valid_if_it_fits_the_schema_and_right_if_it_is_equal(
    text: str, grade: Grade
) -> None:
    asked = check("json", '{"name": "Anna", "age": 31}', exact=True, schema=SCHEMA)
    assert asked.grade(Answer(text)) == grade


def test_json_without_a_schema_has_to_be_an_object() -> None:
    asked = check("json", '{"name": "Anna"}', exact=True)
    assert asked.grade(Answer('{"name": "Ben"}')).valid
    assert not asked.grade(Answer('"Anna"')).valid


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ('{"name": "get_weather", "parameters": {"city": "Oslo"}}', Grade(True, tool=True)),
        (' {"parameters":{"city":"Oslo"},"name":"get_weather"}\n', Grade(True, tool=True)),
        ('{"name": "get_weather", "parameters": {"city": "Bergen"}}', Grade(False, tool=True)),
        ('{"name": "get_time", "parameters": {"city": "Oslo"}}', Grade(False, tool=False)),
        ('{"name": "get_weather", "arguments": {"city": "Oslo"}}', Grade(False, tool=False)),
        ('{"name": "get_weather", "parameters": {"city": "Oslo"}', Grade(False, tool=False)),
        ("It is sunny in Oslo.", Grade(False, tool=False)),
    ],
)
def test_the_tool_and_its_arguments_are_graded_apart(text: str, grade: Grade) -> None:
    key = '{"name": "get_weather", "parameters": {"city": "Oslo"}}'
    asked = check("tool call", key, exact=True, tools=[{"type": "function"}])
    assert asked.grade(Answer(text)) == grade


def test_several_calls_stand_in_order_with_semicolons_between() -> None:
    one, two = '{"name": "a", "parameters": {}}', '{"name": "b", "parameters": {}}'
    asked = Calls(calls_in(f"{one}; {two}") or ())
    assert right(asked, f"{one}; {two}")
    assert right(asked, f"{one};\n{two}")
    for text in (f"{two}; {one}", one, f"{one} {two}", f"{one}; {two}; {two}"):
        assert not right(asked, text)


def test_a_question_that_no_tool_answers_is_graded_by_its_words() -> None:
    asked = check("no tool", "Paris", tools=[{"type": "function"}])
    assert right(asked, "The capital of France is Paris.")
    assert not right(asked, '{"name": "get_weather", "parameters": {"city": "Rome"}}')


def test_an_item_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="no key"):
        check("story", None)


@pytest.mark.parametrize(
    ("said", "good", "bad"),
    [
        ({"contains": "Oslo"}, "in oslo", "in Bergen"),
        ({"any": ["n't say", "not mention"]}, "It doesn\u2019t say.", "It says so."),
        ({"equals": "PINK"}, "PINK\n", "pink"),
        ({"json": {"open": False}}, '{"open": false}', '{"open": 0}'),
        (
            {"call": WEATHER},
            '{"name": "get_weather", "parameters": {"city": "Oslo"}}',
            '{"name": "get_weather", "parameters": {}}',
        ),
        ({"no_call": True}, "I can do that.", '{"name": "get_weather", "parameters": {'),
        ({"no_call": True}, "Hello.", " "),
        ({"ends": True}, "Hello.", ""),
    ],
)
def test_checks_of_people(said: dict[str, Any], good: str, bad: str) -> None:
    assert right(check_from(said), good)
    assert not right(check_from(said), bad)


def test_an_answer_that_was_cut_has_not_ended() -> None:
    assert not right(check_from({"ends": True}), "Once upon a", ended=False)


@pytest.mark.parametrize(
    "said", [{}, {"equal": "x"}, {"ends": False}, {"contains": "a", "ends": True}, {"contains": 3}]
)
def test_a_check_that_nobody_knows_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such check"):
        check_from(said)


def test_every_prompt_of_people_has_a_check_that_an_answer_can_fail() -> None:
    found = people()
    assert len(found) == 100
    for doc, asked in found:
        assert doc.messages[-2]["role"] in ("user", "tool")
        assert not right(asked, "", ended=False)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (0, None, False),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": [True]}, {"b": [True], "a": 1}, True),
        ({"a": None}, {}, False),
        ("1", 1, False),
    ],
)
def test_values_are_equal_as_json_has_it(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal
    assert right(Json([one], {}), "[]") is False
