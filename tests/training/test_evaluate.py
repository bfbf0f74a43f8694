"""Items are asked through a real server, and what is counted becomes the card."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import card, evaluate
from training.card import Figure, Scores, Tally
from training.corpus.pen import Doc
from training.grading import Answer, Contains, Grade, check_from, check_of
from training.served import TRIAL, Loss, Served, serving, spoken
from training.template import full_text
from understudy import house

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
WHO = {"role": "user", "content": "Who are you?"}
HELLO = Doc("smalltalk", [WHO, {"role": "assistant", "content": "I am Prompter."}], key="Prompter")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server that has the bundled model, and the same files as a model of another folder."""
    with serving("bf16", house.path()) as served:
        yield served


def test_a_model_of_another_folder_is_served(served: Served) -> None:
    assert served.model == TRIAL
    bundled = Served(served.client)
    assert served.answer(HELLO) == bundled.answer(HELLO)
    assert served.answer(HELLO).text


def test_raw_text_reaches_the_model_as_the_chat_does(served: Served) -> None:
    """The server's template is the trained one, and marks in raw text count as such."""
    raw = full_text(HELLO).split("I am Prompter.")[0]
    assert served.continuation(raw) == served.answer(HELLO)


def test_tools_and_their_results_are_put_in_the_models_own_form(served: Served) -> None:
    call = {"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Oslo"}}}
    messages = [
        {"role": "user", "content": "How is the weather in Oslo?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": '{"sky": "sunny"}'},
        {"role": "assistant", "content": "It is sunny in Oslo."},
    ]
    asked = Doc("tool result", messages, [TOOL])
    shown = full_text(asked).split("It is sunny")[0]
    assert served.answer(asked) == served.continuation(shown)


def test_an_answer_that_is_cut_has_not_ended_by_itself(served: Served) -> None:
    whole, cut = served.answer(HELLO), served.answer(HELLO, limit=2)
    assert whole.ended
    assert not cut.ended
    assert whole.text.startswith(cut.text)


def test_the_likelihood_is_of_what_the_model_says_alone(served: Served) -> None:
    said = served.answer(HELLO).text
    likely = Doc("x", [HELLO.messages[0], {"role": "assistant", "content": said}])
    unlikely = Doc("x", [HELLO.messages[0], {"role": "assistant", "content": said[::-1]}])
    longer = Doc(
        "x", [{"role": "user", "content": "Well then, who are you?"}, *likely.messages[1:]]
    )
    loss = served.loss(likely)
    # Greedy, so that each token is the likeliest there is.
    assert 0 < loss.nats < loss.tokens * math.log(2)
    assert served.loss(unlikely).nats > 10 * loss.nats
    assert served.loss(longer).tokens == loss.tokens
    value, tokens = evaluate.perplexity(served, [likely, likely])
    assert tokens == 2 * loss.tokens
    assert value == pytest.approx(math.exp(loss.nats / loss.tokens), rel=1e-3)


def test_a_refusal_of_the_server_ends_the_run(served: Served) -> None:
    with pytest.raises(RuntimeError, match="400"):
        served.continuation("x" * 20000)


def test_answers_are_graded_and_counted(served: Served) -> None:
    wrong = (HELLO, Contains(("no such words",)))
    outcomes = evaluate.ask(served, [(HELLO, check_of(HELLO)), wrong])
    assert evaluate.tally(outcomes) == {"smalltalk": Tally(items=2, right=1, ended=2)}


def test_what_the_model_speaks_is_found_between_its_marks() -> None:
    text = full_text(HELLO)
    assert [text[start:end] for start, end in spoken(HELLO, text)] == ["I am Prompter.<|eot_id|>"]
    assert spoken(Doc("x", raw="abc"), "abc") == [(0, 3)]


def test_losses_add_up() -> None:
    assert Loss(1.0, 2) + Loss(0.5, 1) == Loss(1.5, 3)


def counted(right: int, items: int = 500) -> Tally:
    found = Tally()
    for number in range(items):
        good = number < right
        found.count(Answer("x", ended=good), Grade(good, valid=good, tool=good))
    return found


def scores(precision: str, right: int, items: int = 500) -> Scores:
    skills = {figure.skill: counted(right, items) for figure in card.FIGURES if figure.skill}
    people = {"passage": counted(1, 2)}
    return Scores(precision, skills, people, 1.5, 1000)


@pytest.mark.parametrize(
    ("right", "items", "verdict"),
    [(450, 500, "met"), (449, 500, "missed"), (499, 499, "too few items (499)")],
)
def test_a_figure_is_met_by_its_share_of_enough_items(right: int, items: int, verdict: str) -> None:
    figure = Figure("passages", 0.90, "right", "passage")
    assert figure.verdict(scores("int8", right, items)) == verdict


def test_a_skill_that_was_not_asked_meets_nothing() -> None:
    assert Figure("x", 0.5, "right", "juggling").verdict(scores("int8", 500)) == (
        "too few items (0)"
    )


def test_every_figure_is_judged_at_every_precision() -> None:
    lines = card.verdicts([scores("bf16", 500), scores("int8", 460)])
    assert len(lines) == len(card.FIGURES) + 1
    assert lines[1] == (
        "answer from a passage, 90% asked: bf16 500 of 500 (100.0 %) met; "
        "int8 460 of 500 (92.0 %) met"
    )
    assert lines[2].endswith("int8 460 of 500 (92.0 %) missed")
    assert lines[-1].endswith("92.00% missed")


def test_the_tables_hold_counts_of_every_precision() -> None:
    text = card.render([scores("bf16", 500), scores("int8", 460), scores("int4", 3)])
    assert "| recall | 500 | 500 | 460 | 3 |" in text
    assert "| multi-turn recall | 95% | 500 of 500 (100.0 %) | 460 of 500 (92.0 %) |" in text
    assert "| passage | 2 | 1 | 1 | 1 |" in text
    assert "perplexity of held-out text (1000 tokens) | 1.5000 |" in text


def test_a_share_never_says_too_much() -> None:
    assert card._share(1999, 2000) == "1999 of 2000 (99.9 %)"


def test_the_card_is_written_between_its_marks_and_only_there(tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    file.write_text(f"before\n{card.BEGIN}\nold\n{card.END}\nafter\n")
    card.write("new", file)
    card.write("newer", file)
    assert file.read_text() == f"before\n{card.BEGIN}\nnewer\n{card.END}\nafter\n"


def test_a_card_without_marks_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "card.md"
    file.write_text("nothing")
    with pytest.raises(ValueError, match="no line"):
        card.write("new", file)
    assert file.read_text() == "nothing"


def test_the_shipped_card_has_marks() -> None:
    text = card.CARD.read_text(encoding="utf-8")
    assert text.index(card.BEGIN) < text.index(card.END)


@pytest.mark.parametrize("limit", ["--items=3", "--skills=json", "--model-folder=x",
                                   "--precisions=bf16", "--frozen=x"])  # fmt: skip
def test_only_a_whole_run_over_the_bundled_model_writes_the_card(limit: str) -> None:
    assert evaluate.arguments([limit]).card is None
    assert evaluate.arguments([]).card == card.CARD
    assert evaluate.arguments([limit, "--card=mine.md"]).card == Path("mine.md")


def test_what_people_asked_goes_with_a_check() -> None:
    asked = check_from({"contains": "Oslo"})
    assert asked.grade(Answer("In Oslo.")) == Grade(True)
