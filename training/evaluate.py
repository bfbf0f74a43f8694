"""Every skill on the frozen test set, through the real server, at each precision.

    python -m training.evaluate              # what `make evaluate` runs; writes the card
    python -m training.evaluate --items 40 --model-folder training/.work/trial

Answers and grades go to `training/.work/evaluation/`, a file for each precision. The card is
written by a whole run over the bundled model; any other run only prints it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import card, heldout
from .card import Scores, Tally
from .corpus.pen import Doc
from .grading import Answer, Check, Grade, check_of
from .served import Loss, Served, at_once, serving

PRECISIONS = ("bf16", "int8", "int4")
ANSWERS = Path(__file__).parent / ".work" / "evaluation"

Question = tuple[Doc, Check]
Outcome = tuple[Doc, Answer, Grade]


def questions(given: argparse.Namespace) -> list[Question]:
    """The frozen items that were asked for, each with its check."""
    found = heldout.items(given.items, given.frozen)
    return [
        (doc, check_of(doc))
        for skill, docs in found.items()
        if not given.skills or skill in given.skills
        for doc in docs
    ]


def ask(served: Served, asked: Sequence[Question]) -> list[Outcome]:
    """Answers and their grades, in order."""
    answers = at_once(served.answer, [doc for doc, _ in asked])
    return [
        (doc, answer, check.grade(answer))
        for (doc, check), answer in zip(asked, answers, strict=True)
    ]


def tally(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """Counts by skill."""
    found: dict[str, Tally] = {}
    for doc, answer, grade in outcomes:
        found.setdefault(doc.skill, Tally()).count(answer, grade)
    return found


def perplexity(served: Served, docs: Sequence[Doc]) -> tuple[float, int]:
    """Of what the model should say in ``docs``, by token; and how many tokens that is."""
    loss = sum(at_once(served.loss, docs), Loss())
    return (math.exp(loss.nats / loss.tokens) if loss.tokens else math.nan), loss.tokens


def evaluate(precision: str, given: argparse.Namespace) -> tuple[Scores, list[Outcome]]:
    """All that is measured of the model at one precision."""
    asked = questions(given)
    people = [] if given.skills else heldout.people()
    texts = [] if given.skills else heldout.texts(given.items, given.frozen)
    with serving(precision, given.model_folder) as served:
        outcomes = ask(served, asked)
        by_people = ask(served, people)
        likelihood, tokens = perplexity(served, texts)
    scores = Scores(precision, tally(outcomes), tally(by_people), likelihood, tokens)
    return scores, [*outcomes, *by_people]


def keep(outcomes: Sequence[Outcome], file: Path) -> None:
    """Write what was asked, said and found, a line each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        for outcome in outcomes:
            lines.write(json.dumps(_row(*outcome), ensure_ascii=False) + "\n")


def _row(doc: Doc, answer: Answer, grade: Grade) -> dict[str, Any]:
    asked = doc.messages[:-1]
    return {"skill": doc.skill, "asked": asked, "key": doc.key, **asdict(answer), **asdict(grade)}


def show(scores: Scores) -> None:
    """The counts by skill."""
    for of, tallies in (("", scores.skills), ("people: ", scores.people)):
        for skill, found in sorted(tallies.items()):
            counts = f"right {found.right:4}, ended {found.ended:4} of {found.items:4}"
            print(f"{scores.precision} {of + skill:24} {counts}")
    print(f"{scores.precision} perplexity {scores.perplexity:.4f} of {scores.tokens} tokens\n")


def show_wrong(outcomes: Sequence[Outcome], count: int) -> None:
    """The first ``count`` wrong answers of each skill."""
    left: dict[str, int] = {}
    for doc, answer, grade in outcomes:
        seen = left[doc.skill] = left.get(doc.skill, 0) + (not grade.right)
        if not grade.right and seen <= count:
            print(f"[{doc.skill}] {doc.messages[-2].get('content')!r:.300}\n"
                  f"    want {doc.key!r}\n    got  {answer.text!r}")  # fmt: skip


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--items", type=int, help="of each skill, instead of all")
    parser.add_argument(
        "--skills", type=lambda text: text.split(","), default=[], help="only these"
    )
    parser.add_argument("--precisions", type=lambda text: text.split(","), default=PRECISIONS)
    parser.add_argument("--model-folder", type=Path, help="another exported model")
    parser.add_argument("--frozen", type=Path, default=heldout.FOLDER, help="another test set")
    parser.add_argument("--show-wrong", type=int, default=0, help="of each skill, at the first")
    parser.add_argument("--card", type=Path, help="write the tables between this file's marks")
    given = parser.parse_args(words)
    other = given.model_folder or given.frozen != heldout.FOLDER
    narrowed = given.items or given.skills or given.precisions != PRECISIONS
    if given.card is None and not (narrowed or other):
        given.card = card.CARD
    return given


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def main(words: Sequence[str] | None = None) -> None:
    given = arguments(words)
    if not heldout.items(1, given.frozen):
        raise SystemExit("Nothing is frozen yet: python -m training.heldout freeze")
    results: list[Scores] = []
    for precision in given.precisions:
        scores, outcomes = evaluate(precision, given)
        keep(outcomes, ANSWERS / f"{precision}.jsonl")
        show(scores)
        if not results:
            show_wrong(outcomes, given.show_wrong)
        results.append(scores)
    tables = card.render(results)
    if given.card:
        card.write(tables, given.card)
        print(f"wrote the tables of {given.card}")
    else:
        print(tables)
    print("\n".join(["", *card.verdicts(results)]))


if __name__ == "__main__":
    main()
