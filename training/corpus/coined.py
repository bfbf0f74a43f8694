"""Words that stand in for those of the lists, so that no slot can be filled from memory.

A list of a hundred names is soon known by heart, and a model that knows them all has no need to
copy: it then fails on the first name that the list lacks. So late in training most values of
what is to be looked up and copied are words that were never seen and will not come again.
"""

from __future__ import annotations

import functools

from . import words
from .forms import template_words, value_words
from .pen import RUDE, Pen, is_held_out

SHARES = [0.0, 0.5, 0.9]
"""How many values are coined: each conversation has one of these."""

ENDINGS = ("ing", "ies", "s")
"""What tells the reader that a word is an activity or several things, and therefore stays."""

LONGEST = 11
SHORTEST = 3


@functools.cache
def _held_out() -> frozenset[str]:
    """Items of the lists that only the evaluation may use, in small letters."""
    lists = (value for value in vars(words).values() if isinstance(value, list))
    return frozenset(item.lower() for items in lists for item in items if is_held_out(item))


@functools.cache
def _known() -> list[str]:
    """Words of the lists that training may see, in small letters."""
    return sorted(value_words() - _held_out())


def _taken(word: str) -> bool:
    """Whether a coined word may not be this one: held out, or a word of a template."""
    return word in _held_out() or word in template_words()


def spliced(pen: Pen) -> str:
    """The beginning of one known word and the end of another: `crimson`, `parsnips`: `crinips`."""
    head, tail = pen.pick(_known()), pen.pick(_known())
    return head[: pen.number(1, 4)] + tail[-pen.number(2, 5) :]


class Coiner:
    """Swaps a `share` of list values for coined ones of the same look."""

    def __init__(self, pen: Pen, share: float) -> None:
        self.pen, self.share = pen, share

    def __call__(self, value: str) -> str:
        """A word like `value`: as many words, capital letter and ending kept."""
        if not self.pen.chance(self.share):
            return value
        *before, last = value.split(" ")
        ending = next((end for end in ENDINGS if last.endswith(end) and len(last) > 4), "")
        while True:
            stem = spliced(self.pen) if self.pen.chance(0.6) else self.pen.invented()
            word = stem + ending
            if (
                SHORTEST <= len(word) <= LONGEST
                and not _taken(stem)
                and not _taken(word)
                and not RUDE.search(word)
            ):
                return " ".join([*before, word.capitalize() if last[:1].isupper() else word])


def coin_some(pen: Pen) -> None:
    """From here on `pen` coins a share of what it draws from the lists."""
    pen.swap = Coiner(pen, pen.pick(SHARES))
