"""The frozen test set: written once, committed, and kept apart from everything trained on.

    python -m training.heldout freeze    # writes training/heldout/, once, before the last training
    python -m training.heldout check     # that no training text comes near it

A file for each skill, an item a line: a document of the corpus whose last message is a right
answer. `text.jsonl` holds whole documents, whose likelihood is measured; `people.jsonl` was written
by somebody who has not seen the generator, and is not ours to make.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import itertools
import json
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

from . import corpus
from .corpus.forms import is_test_form, learnt_forms, skeleton
from .corpus.pen import Doc, Message, Pen, Turn
from .grading import Answer, Check, check_from, check_of
from .template import full_text, prompt_text

FOLDER = Path(__file__).parent / "heldout"
SEED = "frozen-1"
REQUIRED = ("passage", "recall", "json", "tool call", "new tool", "copying", "addition")
"""Skills with a figure to reach: each is judged on 500 items."""

MANY, FEW = 500, 100
TEXTS = 500
LONGEST = 4000
"""Characters of a rendered document: well within the context."""

TRIES = 400
"""Documents drawn for each item wanted, at most."""

_OTHERS = ("text", "people")

Maker = Callable[[Pen], Doc | Turn]
Makers = Mapping[str, list[Maker]]


def makers() -> dict[str, list[Maker]]:
    """The makers of every skill, from the ``SKILLS`` of the corpus's modules."""
    found: dict[str, list[Maker]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(corpus.__path__)):
        skills = getattr(importlib.import_module(f"{corpus.__name__}.{module}"), "SKILLS", None)
        for skill, maker in skills.items() if isinstance(skills, dict) else ():
            found.setdefault(skill, []).append(maker)
    return dict(sorted(found.items()))


def wanted(skill: str) -> int:
    """How many items of ``skill`` are frozen."""
    return MANY if skill in REQUIRED else FEW


def draw(skill: str, made_by: list[Maker], count: int) -> list[Doc]:
    """Up to ``count`` items of forms that only the evaluation may use, no two prompts the same.

    Raises ValueError where a maker's own answer would not be graded as right.
    """
    found: dict[str, Doc] = {}
    for number in range(TRIES * count):
        if len(found) == count:
            break
        pen = Pen(f"{SEED}:{skill}:{number}", held_out=True)
        doc = _doc(made_by[number % len(made_by)](pen), skill)
        if is_test_form(doc) and len(full_text(doc)) <= LONGEST:
            if not check_of(doc).grade(Answer(right_answer(doc))).right:
                raise ValueError(f"{skill}: the answer to {prompt_text(doc)!r} has not its own key")
            found.setdefault(prompt_text(doc), doc)
    return list(found.values())


def _doc(made: Doc | Turn, skill: str) -> Doc:
    if isinstance(made, Doc):
        return replace(made, skill=skill)
    messages: list[Message] = [
        {"role": "user", "content": made.user},
        {"role": "assistant", "content": made.answer},
    ]
    return Doc(skill, messages, key=made.key, exact=made.exact)


def right_answer(doc: Doc) -> str:
    """The last message as the model would write it."""
    return full_text(doc).removeprefix(prompt_text(doc)).removesuffix("<|eot_id|>")


def freeze(folder: Path = FOLDER, part: float = 1.0, made_by: Makers | None = None) -> list[str]:
    """Write the test set, or ``part`` of each skill's items. Returns what is lacking."""
    from .corpus.mix import stream  # which itself keeps away from what is frozen

    folder.mkdir(parents=True, exist_ok=True)
    lacking = [f"{skill}: no module makes it" for skill in REQUIRED]
    for skill, own in (makers() if made_by is None else made_by).items():
        count = max(1, round(wanted(skill) * part))
        docs = draw(skill, own, count)
        forms = len({skeleton(doc) for doc in docs})
        print(f"{skill:16} {len(docs):4} items of {forms:4} forms", flush=True)
        lacking = [line for line in lacking if not line.startswith(f"{skill}:")]
        if len(docs) < count:
            lacking.append(f"{skill}: {len(docs)} of {count} items could be drawn")
        _write(folder / f"{_stem(skill)}.jsonl", docs)
    texts = (doc for _, doc in stream(SEED, held_out=True) if len(full_text(doc)) <= LONGEST)
    _write(folder / "text.jsonl", list(islice(texts, max(1, round(TEXTS * part)))))
    return lacking


def _stem(skill: str) -> str:
    return skill.replace(" ", "-")


def _write(file: Path, docs: list[Doc]) -> None:
    lines = (json.dumps(_row(doc), ensure_ascii=False, separators=(",", ":")) for doc in docs)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _row(doc: Doc) -> dict[str, Any]:
    """What is set of a document; the file's name tells the skill, except of texts."""
    row = {item.name: getattr(doc, item.name) for item in fields(doc) if item.name != "skill"}
    return {name: value for name, value in row.items() if value}


def _read(file: Path, skill: str) -> list[Doc]:
    with file.open(encoding="utf-8") as lines:
        return [Doc(skill, **json.loads(line)) for line in lines]


def items(count: int | None = None, folder: Path = FOLDER) -> dict[str, list[Doc]]:
    """The frozen items of every skill, or the first ``count`` of each; empty before the freeze."""
    files = [file for file in sorted(folder.glob("*.jsonl")) if file.stem not in _OTHERS]
    skills = {file.stem.replace("-", " "): file for file in files}
    return {skill: _read(file, skill)[:count] for skill, file in skills.items()}


def texts(count: int | None = None, folder: Path = FOLDER) -> list[Doc]:
    """The frozen documents whose likelihood is measured."""
    file = folder / "text.jsonl"
    return _read(file, "text")[:count] if file.exists() else []


def people(folder: Path = FOLDER) -> list[tuple[Doc, Check]]:
    """The prompts that a person wrote, without an answer, and what a right one would be."""
    file = folder / "people.jsonl"
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines()) if file.exists() else ()
    unanswered: Message = {"role": "assistant", "content": ""}
    return [
        (
            Doc(row["skill"], [*row["messages"], unanswered], row.get("tools")),
            check_from(row["check"]),
        )
        for row in rows
    ]


@functools.cache
def skeletons(folder: Path = FOLDER) -> frozenset[str]:
    """The forms of all frozen items, masked as the corpus masks today."""
    docs = itertools.chain.from_iterable(items(folder=folder).values())
    return frozenset(skeleton(doc) for doc in docs)


def touches(doc: Doc, frozen: frozenset[str] | None = None) -> bool:
    """Whether training on ``doc`` would teach an answer to the form of a frozen item."""
    return not learnt(doc).isdisjoint(skeletons() if frozen is None else frozen)


def learnt(doc: Doc) -> set[str]:
    """The forms of every prompt in ``doc`` that training learns an answer to."""
    return {skeleton(doc)} if doc.raw is not None else {form for _, form in learnt_forms(doc)}


def main() -> int:
    from .apart import check

    parser = argparse.ArgumentParser(prog="python -m training.heldout", description=__doc__)
    parser.add_argument("step", choices=["freeze", "check"])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--part", type=float, default=1.0, help="of the items, for a trial")
    parser.add_argument("--documents", type=int, default=4000, help="training text to look at")
    given = parser.parse_args()
    if given.step == "freeze":
        wrong = freeze(given.folder, given.part)
    else:
        wrong = check(given.folder, given.documents)
    print("\n".join(wrong) or "nothing is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
