"""That nothing trained on comes near the frozen test set: forms, names, sums, tools, answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .corpus.pen import Doc, is_held_out
from .corpus.words import NAMES
from .grading import Answer, check_of
from .heldout import FOLDER, items, learnt, right_answer, skeletons, texts
from .template import full_text, prompt_text

STREAM = "apart-1"
SHOWN = 5
"""Examples of each kind of trouble."""

LONG_KEY = 12
"""Characters from which an answer could not well be the same by chance."""

COMPOSED = ("json", "tool call", "new tool", "copying")
"""Skills whose answers are made up for each item."""

ALSO_WORDS = frozenset({"Will"})
"""Names that are words of any text."""

_SUM = re.compile(r"(?<![\d./:+-])(\d+) ?(?:\+|plus|and) ?(\d+)(?![\d./:+-]\d)")
_ADDED = re.compile(r"(?<![\d./:+-])(\d+) ?(?:\+|plus) ?(\d+)(?![\d./:+-]\d)")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass
class Values:
    """What occurs in the frozen items that training must not have seen."""

    sums: set[frozenset[int]] = field(default_factory=set)
    tools: set[tuple[str, str]] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    names: frozenset[str] = frozenset(filter(is_held_out, NAMES)) - ALSO_WORDS

    @classmethod
    def of(cls, docs: Iterable[Doc]) -> Values:
        found, answers = cls(), Counter[str]()
        for doc in docs:
            if doc.skill == "addition":
                found.sums |= sums(full_text(doc).rsplit("<|start_header_id|>user", 1)[1], _SUM)
            if doc.skill == "new tool":
                found.tools |= set(described(doc))
            if doc.exact and doc.skill in COMPOSED and len(doc.key or "") >= LONG_KEY:
                answers[right_answer(doc)] += 1
        # What answers several items ("The text does not say.") is made up for none of them.
        found.answers = {answer for answer, times in answers.items() if times == 1}
        found.sums = {pair for pair in found.sums if min(pair) >= 10}
        return found


def sums(text: str, pattern: re.Pattern[str] = _ADDED) -> set[frozenset[int]]:
    """Pairs of numbers that ``text`` adds, in either order."""
    return {frozenset(map(int, match.groups())) for match in pattern.finditer(text)}


def described(doc: Doc) -> Iterator[tuple[str, str]]:
    """Name and description of every tool: a name alone ("set_level") may be of several."""
    for tool in doc.tools or ():
        function = tool.get("function", tool)
        yield function["name"], function.get("description", "")


def check(folder: Path = FOLDER, documents: int = 4000) -> list[str]:
    """What is wrong with the frozen set, or with stretches of the training stream beside it."""
    from .corpus.mix import excerpts

    frozen = [doc for docs in items(folder=folder).values() for doc in docs]
    if not frozen:
        return [f"nothing is frozen in {folder}"]
    trained = list(excerpts(STREAM, documents))
    return [*in_themselves(frozen), *apart(frozen, texts(folder=folder), trained, folder)]


def in_themselves(frozen: Iterable[Doc]) -> list[str]:
    """Items that are there twice, or whose own answer would not be graded as right."""
    seen: Counter[str] = Counter()
    wrong = []
    for doc in frozen:
        seen[doc.skill + prompt_text(doc)] += 1
        if not check_of(doc).grade(Answer(right_answer(doc))).right:
            wrong.append(f"{doc.skill}: the key is not in the answer {right_answer(doc)!r}")
    twice = [f"twice: {prompt!r}" for prompt, times in seen.items() if times > 1]
    return [*wrong[:SHOWN], *twice[:SHOWN]]


def apart(
    frozen: list[Doc], held_texts: list[Doc], trained: list[Doc], folder: Path = FOLDER
) -> list[str]:
    """Where ``trained`` comes near what is frozen, with a few examples of each kind."""
    forms = skeletons(folder)
    values = Values.of(frozen)
    test_texts = {full_text(doc) for doc in held_texts}
    found: dict[str, list[str]] = {}
    for doc in trained:
        text = full_text(doc)
        said = right_answer(doc) if doc.raw is None else ""
        for kind, hits in (
            ("a form", forms & learnt(doc)),
            ("a name", values.names.intersection(_WORD.findall(text))),
            ("a sum", values.sums & sums(text)),
            ("a new tool", values.tools.intersection(described(doc))),
            ("an answer", values.answers & {said}),
            ("a whole text", test_texts & {text}),
        ):
            found.setdefault(kind, []).extend(f"{hit!r:.300}" for hit in hits)
    return [
        f"training text has {kind} of the test set ({len(hits)} times): {', '.join(hits[:SHOWN])}"
        for kind, hits in found.items()
        if hits
    ]
