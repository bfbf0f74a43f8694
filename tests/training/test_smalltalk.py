"""Small talk whose answer can be graded says the same words each time."""

from training.corpus.forms import is_test_form
from training.corpus.mix import chat
from training.corpus.pen import Pen, Turn
from training.corpus.smalltalk import SKILLS, TALK, literal, talk


def test_the_key_is_what_stands_outside_all_choices() -> None:
    assert literal("[Yes|No]. I am a small [model|one [of many|of few]].") == "I am a small"
    assert literal("[Hello|Hi]!") is None


def test_most_questions_have_answers_that_can_be_graded() -> None:
    assert sum(literal(answer) is not None for _, answer in TALK) > len(TALK) / 2


def test_answers_hold_their_key_and_no_marks() -> None:
    for i in range(500):
        turn = talk(Pen(f"talk {i}"))
        assert turn.key is None or turn.key in turn.answer
        assert not set("{}[]|$") & set(turn.user + turn.answer), turn


def test_there_are_forms_for_the_evaluation() -> None:
    turns = [SKILLS["smalltalk"](Pen(f"s{i}")) for i in range(400)]
    docs = [chat(Pen("x"), [turn]) for turn in turns if isinstance(turn, Turn)]
    assert sum(map(is_test_form, docs)) > 5
