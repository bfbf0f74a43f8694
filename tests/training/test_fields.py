"""JSON answers fit the schema that the prompt shows, and hold what the text tells."""

import json
import re
from typing import Any

import pytest
from jsonschema.validators import validator_for

from training.corpus.field_domains import DOMAINS, Domain
from training.corpus.field_records import fill, form, object_schema
from training.corpus.fields import HOUSE, SKILLS, fields_to_json
from training.corpus.forms import skeleton
from training.corpus.numbers import spell
from training.corpus.pen import Doc, Pen
from training.corpus.values import kind
from training.template import full_text


def made(skill: str, held_out: bool = False, count: int = 120) -> list[Doc]:
    return [SKILLS[skill](Pen(f"{skill}{i}", held_out)) for i in range(count)]


def prompts(doc: Doc) -> str:
    return "\n".join(part["content"] for part in doc.messages[:-1])


def leaves(value: Any) -> list[Any]:
    """The plain values inside objects and lists."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def stands_in(value: Any, text: str) -> bool:
    if value is None or isinstance(value, bool):
        return True
    small = isinstance(value, int) and 2 <= value <= 12
    return str(value) in text or (small and spell(value) in text.lower())


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("skill", SKILLS)
def test_every_answer_is_compact_json_that_fits_the_schema(skill: str, held_out: bool) -> None:
    for doc in made(skill, held_out):
        assert doc.skill == skill
        assert doc.exact
        assert doc.schema is not None
        assert doc.key == doc.messages[-1]["content"]
        check = validator_for(doc.schema)(doc.schema)
        for part in doc.messages:
            if part["role"] == "assistant":
                value = json.loads(part["content"])
                check.validate(value)
                assert json.dumps(value, ensure_ascii=False) == part["content"]


@pytest.mark.parametrize("skill", ["json", "json keys", "json list"])
def test_every_value_stands_in_the_text_before_it(skill: str) -> None:
    for doc in made(skill) + made(skill, held_out=True):
        text = ""
        for part in doc.messages:
            if part["role"] == "assistant":
                missing = [v for v in leaves(json.loads(part["content"])) if not stands_in(v, text)]
                assert not missing, (missing, text)
                text = ""
            else:
                text += part["content"]


def test_members_come_in_the_order_of_the_schema() -> None:
    for doc in made("json", count=200):
        assert doc.schema is not None
        assert doc.key is not None
        order = list(doc.schema["properties"])
        found = [order.index(key) for key in json.loads(doc.key)]
        assert found == sorted(found)


def test_the_prompt_shows_every_key_that_the_answer_has() -> None:
    for skill in ("json", "json keys", "json list"):
        for doc in made(skill):
            shown = prompts(doc)
            for key in re.findall(r'"([^"]+)":', doc.key or ""):
                assert key in shown


def test_what_the_text_leaves_out_is_null_or_not_there() -> None:
    nulls = omitted = 0
    for i in range(600):
        pen = Pen(f"absent{i}")
        given = form(pen, 4)
        record = fill(pen, given)
        validator_for(object_schema(given.slots))(object_schema(given.slots)).validate(record.value)
        for member in given.slots:
            if member.key not in record.value:
                assert member.absent == "omit"
                omitted += 1
            elif record.value[member.key] is None:
                assert member.absent == "null"
                nulls += 1
    assert nulls > 10
    assert omitted > 10


def test_schemas_have_nested_objects_lists_enums_and_all_types() -> None:
    shown = json.dumps([doc.schema for doc in made("json", count=400)])
    kinds = ["string", "integer", "number", "boolean", "array"]
    assert all(f'"type": "{name}"' in shown for name in kinds)
    assert '"enum"' in shown
    assert '"null"' in shown
    assert shown.count('"type": "object"') > 400


def test_the_sentence_of_the_house_is_the_most_frequent() -> None:
    docs = made("json", count=200)
    assert 0.3 < sum(HOUSE in prompts(doc) for doc in docs) / len(docs) < 0.5


def test_schemas_stand_in_system_and_in_user_messages() -> None:
    roles = {next(p["role"] for p in doc.messages if "schema" in p["content"])
             for doc in made("json") if "schema" in prompts(doc)}  # fmt: skip
    assert roles == {"system", "user"}


def test_an_envelope_asks_what_has_one_right_answer_when_tested() -> None:
    for doc in made("json answer", held_out=True):
        answers = [part["content"] for part in doc.messages if part["role"] == "assistant"]
        assert all(json.loads(answer) for answer in answers)
        again = json.loads(doc.key or "")
        assert again.get("question", doc.messages[-2]["content"]) in doc.messages[-2]["content"]


def test_the_same_text_comes_from_the_same_seed() -> None:
    first = [fields_to_json(Pen(f"x{i}")) for i in range(40)]
    assert first == [fields_to_json(Pen(f"x{i}")) for i in range(40)]


def test_no_marks_of_templates_are_left() -> None:
    for doc in made("json", count=200):
        for part in doc.messages:
            if part["role"] == "user" and "schema" not in part["content"]:
                assert not re.search(r"\{[nvkN]\}|~|\|", part["content"]), part["content"]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.names[0])
def test_a_domain_tells_each_field_in_its_own_words(domain: Domain) -> None:
    pen = Pen("domain")
    rows = [domain.head, *(row for row in domain.rows if not row.inner)]
    said = [one for row in rows for one in row.sentences.split("|")]
    assert len(set(said)) == len(said)
    inner = [part for row in domain.rows for part in row.inner]
    for row in [*rows, *inner]:
        schema = kind(pen, row.kind).schema
        marks = (
            row.sentences.split("~") if schema["type"] == "boolean" else row.sentences.split("|")
        )
        if schema["type"] == "boolean":
            assert len(marks) == 2
        else:
            assert all("{v}" in mark for mark in marks)


@pytest.mark.parametrize("skill", SKILLS)
def test_a_skill_has_hundreds_of_forms(skill: str) -> None:
    forms = {skeleton(doc) for doc in made(skill, held_out=True, count=300)}
    assert len(forms) > 200


def test_documents_fit_rows() -> None:
    """Characters stand in for tokens: about three make one."""
    long = sum(len(full_text(doc)) > 1900 for doc in made("json", count=200))
    assert long < 30
