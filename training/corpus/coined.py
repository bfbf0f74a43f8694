"""Words that stand in for those of the lists, so that no slot can be filled from memory.

A list of a hundred names is soon known by heart, and a model that knows them all has no need to
copy: it then fails on the first name that the list lacks. So late in training most values of
what is to be looked up and copied are words that were never seen and will not come again.
"""

from __future__ import annotations

import functools

from . import words
from .pen import RUDE, Pen, is_held_out

ENDINGS = ("ing", "ies", "s")
"""What tells the reader that a word is an activity or several things, and therefore stays."""

LONGEST = 11
SHORTEST = 3


@functools.cache
def _lists() -> tuple[list[str], frozenset[str]]:
    """All single words that training may see, in small letters, and those it may not."""
    every = {
        word.lower()
        for value in vars(words).values()
        if isinstance(value, list)
        for item in value
        for word in item.split()
        if word.isalpha()
    }
    # NOTE: held out is the whole item, as the lists spell it.
    kept_back = {
        item.lower()
        for value in vars(words).values()
        if isinstance(value, list)
        for item in value
        if is_held_out(item)
    }
    return sorted(every - kept_back), frozenset(kept_back)


@functools.cache
def _taken() -> frozenset[str]:
    """What a coined word must not be: held out, or a word of a template."""
    from .forms import template_words  # which reads the whole package

    return _lists()[1] | template_words()


def spliced(pen: Pen) -> str:
    """The beginning of one known word and the end of another: `crimson`, `parsnips`: `crinips`."""
    known = _lists()[0]
    head, tail = pen.pick(known), pen.pick(known)
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
                and stem not in _taken()
                and word not in _taken()
                and not RUDE.search(word)
            ):
                return " ".join([*before, word.capitalize() if last[:1].isupper() else word])
