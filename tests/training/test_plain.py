"""The plainest chats and passages are right, made often, and never kept from training."""

from training.corpus.forms import for_training, is_test_form
from training.corpus.pen import Doc, Pen
from training.corpus.plain import FACTS, TOLD, chat, openings, plain_passage, plain_recall
from training.corpus.recall import recall
from training.corpus.relations import PEOPLE
from training.corpus.told import KINDS, told

ANSWER = {"role": "assistant", "content": "x"}
TRIED = [
    ["My name is Ben.", "Nice to meet you, Ben!", "Who am I?"],
    ["my name is Ben", "Nice to meet you, Ben!", "what is my name"],
    ["My name is Ben. What is my name?"],
    ["I have a dog called Rex.", "Rex is a nice name for a dog.", "What is my dog called?"],
    ["Remember the number 42.", "I will remember 42.", "Which number did I tell you?"],
    ["Which number did I tell you?"],
    ["Anna lives in Oslo. Where does Anna live?"],
    ["Anna lives in Oslo. Ben is a baker.\n\nWho is a baker?"],
    ["Anna lives in Oslo. Ben lives in Rome. Ida lives in Paris. Where does Ben live?"],
]


def test_what_people_try_first_is_always_learnt() -> None:
    for said in TRIED:
        for system in (False, True) if "Anna" not in said[0] else (False,):
            doc = Doc("any", [*chat(said, system), ANSWER])
            assert not is_test_form(doc), said
            assert for_training(doc) == doc, said


def test_no_form_of_an_opening_is_held_out_and_others_like_it_are() -> None:
    assert not any(is_test_form(Doc("any", [*said, ANSWER])) for said in openings())
    assert any(is_test_form(plain_recall(Pen(f"two {i}"))) for i in range(400))


def test_one_thing_told_and_asked_is_a_form_of_an_opening_whatever_its_value() -> None:
    for i in range(600):
        doc = plain_recall(Pen(f"one {i}"))
        if len(doc.messages) <= 4:
            assert for_training(doc) == doc, doc.messages


def test_the_key_is_in_the_last_answer_and_was_said_before() -> None:
    for i in range(400):
        for maker, skill in ((plain_recall, "recall"), (plain_passage, "passage")):
            doc = maker(Pen(f"key {i}", held_out=i % 3 == 0))
            assert doc.skill == skill
            assert doc.key
            assert doc.key in doc.messages[-1]["content"]
            assert all(not set("{}[]|<>") & set(m["content"]) for m in doc.messages)
            said = " ".join(m["content"] for m in doc.messages[:-1]).lower()
            value = doc.key.lower().split()[-1].removesuffix("'s")
            assert value.replace("years", "") in said or "does not say" in doc.key, doc


def test_every_row_belongs_to_something_that_has_an_answer() -> None:
    assert set(TOLD) <= set(KINDS)
    assert set(FACTS) <= {fact.slot for fact in PEOPLE.facts}
    for kind, rows in TOLD.items():
        slots = told(Pen(kind), kind, set())
        assert all("{" not in Pen("x").say(line, **slots) for row in rows for line in row)


def test_recall_is_often_plain() -> None:
    said = {line.split(" {")[0] for says, _ in TOLD.values() for line in says}
    short = [
        doc for doc in (recall(Pen(f"r {i}"), []) for i in range(300)) if len(doc.messages) < 5
    ]
    assert sum(doc.messages[0]["content"].startswith(tuple(said)) for doc in short) > 30
