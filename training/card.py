"""What an evaluation found, as the tables of the model card and as figures met or missed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .grading import Answer, Grade

CARD = Path(__file__).parents[1] / "docs" / "house-model.md"
BEGIN = "<!-- make evaluate: begin -->"
END = "<!-- make evaluate: end -->"
ENOUGH = 500
"""Items that a figure is judged on, at least."""

KEPT = 0.99
"""Of the right answers at bf16, the share that int8 must give too."""

Part = Literal["right", "ended", "valid", "tool"]


@dataclass
class Tally:
    """Counts over the items of a skill."""

    items: int = 0
    right: int = 0
    ended: int = 0
    valid: int = 0
    tool: int = 0

    def count(self, answer: Answer, grade: Grade) -> None:
        self.items += 1
        self.right += grade.right
        self.ended += answer.ended
        self.valid += grade.valid is True
        self.tool += grade.tool is True


@dataclass
class Scores:
    """What the model did at one precision. ``perplexity`` is by token, of ``tokens`` tokens."""

    precision: str
    skills: dict[str, Tally] = field(default_factory=dict)
    people: dict[str, Tally] = field(default_factory=dict)
    perplexity: float = math.nan
    tokens: int = 0


@dataclass(frozen=True)
class Figure:
    """A share that the model should reach. Without a skill it is of all items together."""

    what: str
    asked: float
    part: Part
    skill: str | None = None

    def of(self, scores: Scores) -> tuple[int, int]:
        """How many, and of how many."""
        tally = total(scores.skills) if self.skill is None else scores.skills.get(self.skill)
        return (getattr(tally, self.part), tally.items) if tally else (0, 0)

    def verdict(self, scores: Scores) -> str:
        count, items = self.of(scores)
        if items < ENOUGH:
            return f"too few items ({items})"
        return "met" if count >= self.asked * items else "missed"


FIGURES = (
    Figure("ends by itself", 0.99, "ended"),
    Figure("answer from a passage", 0.90, "right", "passage"),
    Figure("multi-turn recall", 0.95, "right", "recall"),
    Figure("JSON valid: parses and fits the schema", 0.97, "valid", "json"),
    Figure("JSON right", 0.85, "right", "json"),
    Figure("right tool", 0.95, "tool", "tool call"),
    Figure("right tool and arguments", 0.90, "right", "tool call"),
    Figure("unseen tools: right tool and arguments", 0.75, "right", "new tool"),
    Figure("copying 30 characters exactly", 0.95, "right", "copying"),
    Figure("addition of two digits, unseen pairs", 0.90, "right", "addition"),
)


def total(tallies: Mapping[str, Tally]) -> Tally:
    """All skills together."""
    parts = ("items", "right", "ended", "valid", "tool")
    return Tally(*(sum(getattr(tally, part) for tally in tallies.values()) for part in parts))


def verdicts(results: Sequence[Scores]) -> list[str]:
    """A line for each figure that was asked for, at every precision."""
    lines = []
    for figure in FIGURES:
        found = (f"{s.precision} {_share(*figure.of(s))} {figure.verdict(s)}" for s in results)
        lines.append(f"{figure.what}, {figure.asked:.0%} asked: {'; '.join(found)}")
    return [*lines, *_int8_kept(results)]


def _int8_kept(results: Sequence[Scores]) -> list[str]:
    by_name = {scores.precision: total(scores.skills).right for scores in results}
    if not by_name.get("bf16") or "int8" not in by_name:
        return []
    kept = by_name["int8"] / by_name["bf16"]
    verdict = "met" if kept >= KEPT else "missed"
    return [f"right answers at int8 per right one at bf16, {KEPT:.0%} asked: {kept:.2%} {verdict}"]


def render(results: Sequence[Scores]) -> str:
    """The tables as Markdown. ``results`` are of the same items, one for each precision."""
    names = [scores.precision for scores in results]
    counts = total(results[0].skills)
    people = total(results[0].people)
    parts = [
        f"{counts.items} frozen items (`training/heldout/`), asked through the server by "
        "`make evaluate`, greedily and unconstrained. Verdicts are of the served default, int8.",
        _table(["figure", "asked", *names, "verdict"], _figure_rows(results)),
        *_int8_kept(results),
        _table(["skill, right answers", "items", *names], _skill_rows(results, "skills")),
        _table(["all items", *names], _whole_rows(results)),
        f"{people.items} prompts written by somebody who has not seen the generator, "
        "right answers:",
        _table(["skill", "items", *names], _skill_rows(results, "people")),
    ]
    return "\n\n".join(parts)


def _figure_rows(results: Sequence[Scores]) -> Iterable[list[str]]:
    judged = next((scores for scores in results if scores.precision == "int8"), results[0])
    for figure in FIGURES:
        shares = [_share(*figure.of(scores)) for scores in results]
        yield [figure.what, f"{figure.asked:.0%}", *shares, figure.verdict(judged)]


def _skill_rows(results: Sequence[Scores], of: Literal["skills", "people"]) -> Iterable[list[str]]:
    found: list[dict[str, Tally]] = [getattr(scores, of) for scores in results]
    for skill, tally in sorted(found[0].items()):
        yield [skill, str(tally.items), *(str(tallies[skill].right) for tallies in found)]
    if found[0]:
        together = [total(tallies) for tallies in found]
        yield ["all", str(together[0].items), *(_share(t.right, t.items) for t in together)]


def _whole_rows(results: Sequence[Scores]) -> Iterable[list[str]]:
    ends = [total(scores.skills) for scores in results]
    yield ["end by themselves", *(_share(tally.ended, tally.items) for tally in ends)]
    shown = [f"{scores.perplexity:.4f}" for scores in results]
    yield [f"perplexity of held-out text ({results[0].tokens} tokens)", *shown]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(count: int, items: int) -> str:
    """A count and its share, which is cut and not rounded, so that it never says too much."""
    if not items:
        return "none asked"
    return f"{count} of {items} ({math.floor(1000 * count / items) / 10:.1f} %)"


def write(text: str, path: Path = CARD) -> None:
    """Put ``text`` between the marks of the card. Raises ValueError where it has none."""
    card = path.read_text(encoding="utf-8")
    before, begin, rest = card.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no line {BEGIN} followed by {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
