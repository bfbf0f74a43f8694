"""Stories, poems and letters keep to what they were asked to be about."""

import pytest

from training.corpus.pen import Pen, Turn
from training.corpus.stories import SKILLS


@pytest.mark.parametrize("skill", list(SKILLS))
def test_the_text_is_about_what_was_asked_for(skill: str) -> None:
    for i in range(200):
        turn = SKILLS[skill](Pen(f"{skill} {i}", held_out=i % 2 == 0))
        assert isinstance(turn, Turn)
        assert turn.skill == skill
        assert turn.key
        assert turn.key.lower() in turn.answer.lower()
        assert not set("{}[]|") & set(turn.user + turn.answer), turn


def test_a_letter_is_to_the_one_it_was_asked_for() -> None:
    for i in range(100):
        turn = SKILLS["letter"](Pen(f"to {i}"))
        assert isinstance(turn, Turn)
        name = str(turn.key).removeprefix("Dear ").rstrip(",")
        assert name in turn.user
