"""Tool conversations can be served as they are, and what tests ask is kept out of training."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from jsonschema.validators import validator_for

from training.corpus.forms import skeleton
from training.corpus.numbers import spell
from training.corpus.pen import Doc, Pen
from training.corpus.smalltalk import talk
from training.corpus.tool_composed import composed
from training.corpus.tool_families import SEEN, UNSEEN, Family
from training.corpus.tool_first import openings
from training.corpus.tool_offers import from_family, is_test_name, request
from training.corpus.tools import DECLINE, SKILLS, offers, tool_chat, tool_doc, unseen
from training.template import full_text

Call = dict[str, Any]


def made(skill: str, held_out: bool = False, count: int = 120) -> list[Doc]:
    return [SKILLS[skill](Pen(f"{skill}{i}", held_out)) for i in range(count)]


def chats(count: int = 150) -> list[Doc]:
    return [tool_chat(Pen(f"chat{i}")) for i in range(count)]


def calls_of(doc: Doc) -> list[tuple[str, Call]]:
    """Every call of the document with what the user said for it, be it in two messages."""
    found: list[tuple[str, Call]] = []
    asks: list[str] = []
    for before, message in pairwise(doc.messages):
        if before["role"] == "user":
            asks.append(before["content"])
        if calls := message.get("tool_calls", []):
            found += [("\n".join(asks), call["function"]) for call in calls]
        if not message["content"].startswith("Please tell me: "):
            asks = asks if message["role"] == "user" else []
    return found


def parameters(doc: Doc) -> dict[str, dict[str, Any]]:
    tools = [tool["function"] for tool in doc.tools or []]
    return {tool["name"]: tool["parameters"] for tool in tools}


def said(ask: str, value: Any) -> bool:
    """Whether the words of the request hold the value."""
    if isinstance(value, bool):
        return True
    if isinstance(value, list):
        return all(said(ask, item) for item in value)
    if isinstance(value, dict):
        return all(said(ask, item) for item in value.values())
    small = isinstance(value, int) and 2 <= value <= 12
    return str(value) in ask or (small and spell(value) in ask.lower())


def everything() -> list[Doc]:
    docs = chats()
    for skill in SKILLS:
        docs += made(skill, count=60) + made(skill, held_out=True, count=60)
    return docs


def test_every_call_names_an_offered_tool_and_fits_its_schema() -> None:
    for doc in everything():
        if doc.tools is None:
            continue
        known = parameters(doc)
        for _, call in calls_of(doc):
            schema = known[call["name"]]
            validator_for(schema)(schema).validate(call["arguments"])
            assert set(call["arguments"]) <= set(schema["properties"])


def test_every_argument_stands_in_the_request() -> None:
    for doc in everything():
        for ask, call in calls_of(doc):
            for value in call["arguments"].values():
                assert said(ask, value), (ask, call)


def test_arguments_come_in_the_order_of_the_definition() -> None:
    for doc in everything():
        for _, call in calls_of(doc) if doc.tools else []:
            order = list(parameters(doc)[call["name"]]["properties"])
            places = [order.index(key) for key in call["arguments"]]
            assert places == sorted(places)


def test_the_tools_of_a_document_have_names_of_their_own() -> None:
    for doc in everything():
        names = [tool["function"]["name"] for tool in doc.tools or []]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names)


def test_the_tool_that_is_asked_for_stands_in_any_place() -> None:
    places = set()
    for doc in made("tool call", count=200):
        names = [tool["function"]["name"] for tool in doc.tools or []]
        if len(names) == 3 and doc.key:
            places.add(names.index(json.loads(doc.key)["name"]))
    assert places == {0, 1, 2}


@pytest.mark.parametrize("skill", ["tool call", "new tool"])
def test_the_key_of_a_call_is_the_call(skill: str) -> None:
    for doc in made(skill, held_out=True):
        (call,) = doc.messages[-1]["tool_calls"]
        assert doc.exact
        assert doc.key
        key = {"name": call["function"]["name"], "parameters": call["function"]["arguments"]}
        assert json.loads(doc.key) == key
        assert full_text(doc).removesuffix("<|eot_id|>").endswith(doc.key)


def test_several_calls_are_rendered_as_their_key_says() -> None:
    several = [doc for doc in chats(400) if len(doc.messages[-1].get("tool_calls", [])) == 2]
    assert several
    for doc in several:
        assert doc.key
        assert full_text(doc).removesuffix("<|eot_id|>").endswith(doc.key)


def test_an_answer_follows_the_result_it_is_from() -> None:
    for doc in made("tool result") + made("tool result", held_out=True):
        assert doc.messages[-2]["role"] == "tool"
        assert doc.messages[-1]["content"] == doc.key


def test_a_result_that_is_json_holds_what_the_answer_says() -> None:
    for doc in made("tool result", count=300):
        for before, after in pairwise(doc.messages):
            if before["role"] == "tool" and '"value":' in before["content"].replace(" ", ""):
                value = re.findall(r'"value": ?"?([^",}\n]+)', before["content"])[0]
                assert value in after["content"]


def test_where_no_tool_fits_nothing_is_called() -> None:
    docs = made("no tool") + made("no tool", held_out=True)
    assert {doc.key == DECLINE for doc in docs} == {True, False}
    for doc in docs:
        assert doc.tools
        assert doc.messages[-1]["content"]
        assert "tool_calls" not in doc.messages[-1]
        assert doc.key
        assert doc.key in doc.messages[-1]["content"]


def test_what_a_request_leaves_out_is_asked_for_by_its_names() -> None:
    asked = 0
    for doc in made("asking back") + made("asking back", held_out=True):
        known = parameters(doc)
        said_last = [m["content"] for m in doc.messages if m["role"] == "assistant"]
        questions = [text for text in said_last if text.startswith("Please tell me: ")]
        names = questions[-1].removeprefix("Please tell me: ").removesuffix(".").split(", ")
        assert any(names == [key for key in schema["properties"] if key in names]
                   and set(names) <= set(schema["required"])
                   for schema in known.values() if "required" in schema)  # fmt: skip
        asked += doc.key == questions[-1]
    assert 90 < asked < 150


def test_what_was_asked_for_stands_in_the_call_that_follows() -> None:
    followed = [doc for doc in made("asking back", count=200) if '"parameters"' in (doc.key or "")]
    assert len(followed) > 50
    for doc in followed:
        names = doc.messages[-3]["content"].removeprefix("Please tell me: ").rstrip(".").split(", ")
        (call,) = doc.messages[-1]["tool_calls"]
        assert set(names) <= set(call["function"]["arguments"])


def test_parameters_are_of_every_type() -> None:
    tools = [tool for doc in chats(600) for tool in doc.tools or []]
    text = json.dumps([tool["function"]["parameters"]["properties"] for tool in tools])
    for name in ("string", "integer", "number", "boolean", "array", "object"):
        assert text.count(f'"type": "{name}"') > 5, name
    assert text.count('"enum"') > 5


def test_the_tools_of_a_first_try_are_among_what_is_learnt() -> None:
    listed = {skeleton(Doc("any", [*doc.messages, {"role": "assistant"}], doc.tools))
              for doc in openings()}  # fmt: skip
    first = [doc for doc in chats(1500) if doc.tools and doc.messages[0]["role"] == "user"]
    opened = [skeleton(Doc("any", doc.messages[:2], doc.tools)) in listed for doc in first]
    assert sum(opened) > 30


def test_one_request_may_ask_for_a_call_each() -> None:
    both = [calls for doc in chats(500) for m in doc.messages
            if len(calls := m.get("tool_calls", [])) > 1]  # fmt: skip
    same = [calls for calls in both if len({call["function"]["name"] for call in calls}) == 1]
    assert len(both) > len(same) > 5


def test_the_same_text_comes_from_the_same_seed() -> None:
    assert [tool_doc(Pen(f"x{i}"), talk(Pen("t"))) for i in range(40)] == [
        tool_doc(Pen(f"x{i}"), talk(Pen("t"))) for i in range(40)
    ]


def test_held_out_names_of_families_are_not_in_training() -> None:
    held = {name for family in SEEN for name in family.names if is_test_name(name)}
    for doc in chats(300):
        for tool in doc.tools or []:
            assert tool["function"]["name"] not in held


def test_tests_call_families_by_names_that_training_lacks() -> None:
    trained = {name for f in SEEN for name in f.names if not is_test_name(name)}
    for doc in made("tool call", held_out=True):
        for tool in doc.tools or []:
            assert tool["function"]["name"] not in trained


def test_training_never_composes_what_tests_compose() -> None:
    trained = {composed(Pen(f"a{i}")).topic for i in range(800)}
    tested = {composed(Pen(f"b{i}", held_out=True)).topic for i in range(400)}
    assert len(tested) > 100
    assert not trained & tested


def test_unseen_families_are_offered_by_tests_alone() -> None:
    about = {re.sub(r"[\[\]|].*", "", family.about).strip() for family in UNSEEN} - {""}
    text = " ".join(full_text(doc) for doc in chats(200) + made("new tool"))
    assert not any(f'"description": "{start}' in text for start in about if len(start) > 8)
    topics = {unseen(Pen(f"u{i}", held_out=True)).topic for i in range(200)}
    assert topics >= {family.names[0] for family in UNSEEN}


@pytest.mark.parametrize("family", SEEN + UNSEEN, ids=lambda family: family.names[0])
def test_a_family_fills_every_slot_of_its_requests(family: Family) -> None:
    for i in range(25):
        pen = Pen(f"{family.names[0]}{i}")
        call = request(pen, from_family(pen, family, unseen=True))
        assert not set("{}[]|~") & set(call.ask), call.ask
    slots = set(re.findall(r"\{(\d)\}", family.answer))
    assert all(not family.params[int(slot)].optional for slot in slots)


def test_no_two_offered_tools_share_a_topic() -> None:
    for i in range(100):
        topics = [offered.topic for offered in offers(Pen(f"o{i}"), 4)]
        assert len(set(topics)) == len(topics) == 4


@pytest.mark.parametrize("skill", SKILLS)
def test_a_skill_has_hundreds_of_forms(skill: str) -> None:
    forms = {skeleton(doc) for doc in made(skill, held_out=True, count=150)}
    assert len(forms) > 140
