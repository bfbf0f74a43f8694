"""Sentences are changed by rule, and an item's answer is the changed text and nothing else."""

from dataclasses import replace
from datetime import datetime

import pytest

from training.corpus.forms import ONE_IN, is_test_form, skeleton
from training.corpus.mix import chat
from training.corpus.pen import Doc, Pen, Turn
from training.corpus.rewriting import (
    SKILLS,
    chain,
    dates,
    deed,
    drill,
    listing,
    opened,
    sought,
    tone,
)
from training.corpus.sentences import PRONOUNS, VERBS, Sentence, Verb, sentence

PAST = {verb.base: verb.past for verb, _ in VERBS}


def docs(skill: str, count: int = 200) -> list[Doc]:
    made = [SKILLS[skill](Pen(f"{skill} {i}", held_out=i % 3 == 0)) for i in range(count)]
    return [chat(Pen("x"), [item]) if isinstance(item, Turn) else item for item in made]


@pytest.mark.parametrize(
    ("verb", "third", "past", "ing"),
    [
        ("walk", "walks", "walked", "walking"), ("carry", "carries", "carried", "carrying"),
        ("play", "plays", "played", "playing"), ("go", "goes", "went", "going"),
        ("watch", "watches", "watched", "watching"), ("make", "makes", "made", "making"),
        ("see", "sees", "saw", "seeing"), ("run", "runs", "ran", "running"),
        ("plan", "plans", "planned", "planning"), ("study", "studies", "studied", "studying"),
    ],
)  # fmt: skip
def test_verbs_have_their_forms(verb: str, third: str, past: str, ing: str) -> None:
    made = Verb(verb, PAST[verb])
    assert (made.third, made.past, made.ing) == (third, past, ing)


def test_a_sentence_is_written_in_every_tense_person_and_kind() -> None:
    plain = Sentence(PRONOUNS["she"], Verb("go", "went"), "to the lake with {my} aunt")
    assert plain.text() == "She goes to the lake with her aunt."
    assert replace(plain, tense="past").text() == "She went to the lake with her aunt."
    assert replace(plain, tense="future").text() == "She will go to the lake with her aunt."
    assert replace(plain, tense="now").text() == "She is going to the lake with her aunt."
    assert replace(plain, negative=True).text() == "She does not go to the lake with her aunt."
    assert replace(plain, question=True).text() == "Does she go to the lake with her aunt?"
    past = replace(plain, tense="past", negative=True, question=True)
    assert past.text() == "Did she not go to the lake with her aunt?"
    assert replace(plain, who=PRONOUNS["I"]).text() == "I go to the lake with my aunt."
    they = replace(plain, who=PRONOUNS["they"], tense="now")
    assert they.text() == "They are going to the lake with their aunt."


def test_the_subject_is_not_named_again_as_someone_else() -> None:
    for i in range(300):
        made = sentence(Pen(f"s{i}"))
        assert made.who.word not in made.tail.split(), made


@pytest.mark.parametrize("skill", list(SKILLS))
def test_items_have_their_skill_and_the_whole_answer_as_key(skill: str) -> None:
    for doc in docs(skill):
        assert doc.skill == skill
        assert doc.exact
        assert doc.key == doc.messages[-1]["content"]
        for message in doc.messages:
            assert not set("{}[]|@") & set(message["content"]), message


@pytest.mark.parametrize("skill", list(SKILLS))
def test_there_are_many_forms_and_some_are_for_the_evaluation_alone(skill: str) -> None:
    forms = {skeleton(doc): is_test_form(doc) for doc in docs(skill, 400)}
    assert len(forms) > 150
    assert 0.3 < ONE_IN * sum(forms.values()) / len(forms) < 1.9


def test_a_list_holds_the_items_of_the_sentence_in_order() -> None:
    for i in range(200):
        made = listing(Pen(f"l{i}"))
        if made.answer.startswith("I have"):
            continue
        lines = made.answer.replace(", ", "\n").split("\n")
        items = [line.lstrip("-0123456789. ") for line in lines]
        places = [made.user.find(item) for item in items]
        assert -1 not in places
        assert places == sorted(places)


def test_times_and_dates_are_the_same_in_both_forms() -> None:
    checked = 0
    for i in range(200):
        made = dates(Pen(f"d{i}"))
        if made.answer.endswith(("am", "pm")):
            time = datetime.strptime(made.answer.upper(), "%I:%M %p").strftime("%H:%M")
            assert time in made.user
            checked += 1
        elif "-" in made.answer:
            day = datetime.strptime(made.answer, "%Y-%m-%d")
            assert f"{day:%B}" in made.user
            assert str(day.day) in made.user
            assert str(day.year) in made.user
            checked += 1
    assert checked > 50


def test_a_polite_request_and_an_order_say_the_same() -> None:
    seen = 0
    for i in range(100):
        made = tone(Pen(f"t{i}"))
        if made.answer.startswith("Could you please "):
            order = made.answer.removeprefix("Could you please ").rstrip("?")
            assert order[1:] in made.user
            seen += 1
    assert seen


def test_a_summary_of_a_deed_says_who_did_or_did_not_do_it() -> None:
    failures = 0
    for i in range(200):
        made = deed(Pen(f"deed {i}", held_out=i % 2 == 0))
        who, said = made.answer.rstrip(".").split(" ", 1)
        assert who in made.user
        if said.startswith("could not "):
            assert said.removeprefix("could not ") in made.user
            failures += 1
        else:
            verb, *tail = said.split(" ")
            base = next(base for base, past in PAST.items() if past == verb)
            assert " ".join([base, *tail]) in made.user
    assert 40 < failures < 120


def test_a_summary_of_a_search_names_who_looked_and_for_what() -> None:
    for i in range(100):
        made = sought(Pen(f"sought {i}"))
        who, goal = made.answer.rstrip(".").split(" looked for ")
        assert who.split(" ")[-1] in made.user
        assert goal in made.user


def test_a_text_without_a_deed_is_summed_up_by_its_first_sentence() -> None:
    for i in range(100):
        made = opened(Pen(f"sum{i}"))
        assert made.answer in made.user
        assert made.answer.count(". ") == 0


def test_a_chain_goes_on_from_the_last_answer_and_never_back() -> None:
    for i in range(100):
        answers = [m["content"] for m in chain(Pen(f"c{i}")).messages if m["role"] == "assistant"]
        assert len(answers) >= 3
        assert len(set(answers)) == len(answers)


def test_a_drill_applies_one_change_to_sentence_after_sentence() -> None:
    for i in range(100):
        doc = drill(Pen(f"drill {i}"))
        answers = [m["content"] for m in doc.messages if m["role"] == "assistant"]
        if doc.skill == "denying and asking":
            asked = [answer.endswith("?") for answer in answers]
            assert all(asked) or not any(asked)
