"""Prompt lookup: drafts for speculation, taken from the text itself.

Answers often repeat what stands in the prompt (a quotation, code being edited, the keys of
earlier JSON) or what they said before. So the longest run of last tokens that occurred earlier
is looked up, and what followed it then is proposed as what follows now. The model decides; a
draft saves time where it is right and costs a little where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence

_SIZES = (4, 3, 2)
_START = 4
_LONGEST = 16
_LONGEST_WAIT = 64
_FORGIVEN_AFTER = 8


class Drafter:
    """Proposes how one sequence goes on, and learns from what became of the proposals.

    Its state decides how fast an answer comes and never what it is. It may be made at any
    point of a sequence, from all tokens so far: that takes about a microsecond a token, and a
    few for each token later; memory is some 500 bytes a token.

    A rejected draft makes it wait, twice as long each time, and then propose one token only;
    accepted ones make drafts longer. Meanwhile it goes on predicting silently, which is free:
    where it would have been right ``_FORGIVEN_AFTER`` times in a row it stops waiting.
    """

    def __init__(self, prompt: Sequence[int]) -> None:
        tokens = self._tokens = list(prompt)
        self._followers = [_followers(tokens, n) for n in _SIZES]
        self._length = _START
        self._wait = 0
        self._backoff = 0
        self._hits = 0
        self._look()

    def extend(self, token: int) -> None:
        """Add a token of the sequence, drafted or not. Costs the same however long it is."""
        tokens = self._tokens
        self._wait -= 1
        self._hits = self._hits + 1 if self._next is not None and tokens[self._next] == token else 0
        if self._wait > 0 and self._hits >= _FORGIVEN_AFTER:
            self._wait = self._backoff = 0
            self._length = max(self._length, 2)
        for key, followers in zip(self._keys, self._followers, strict=True):
            followers[key] = len(tokens)
        tokens.append(token)
        self._look()

    def propose(self, limit: int) -> list[int]:
        """Return at most ``limit`` tokens that may come next, often none."""
        if self._next is None or self._wait > 0:
            return []
        # Text that overlaps its own past repeats itself: go round.
        period = len(self._tokens) - self._next
        count = min(limit, self._length)
        return [self._tokens[self._next + i % period] for i in range(count)]

    def told(self, proposed: int, accepted: int) -> None:
        """Say that the model took the first ``accepted`` of ``proposed`` drafted tokens."""
        if proposed == 0:
            return
        if accepted == 0:
            self._backoff = min(max(1, 2 * self._backoff), _LONGEST_WAIT)
            self._wait = self._backoff
            self._length = 1
            self._hits = 0
            return
        self._wait = self._backoff = 0
        if accepted < proposed:
            self._length = accepted + 1
        elif proposed >= self._length:
            self._length = min(2 * self._length, _LONGEST)

    def _look(self) -> None:
        """Find where the longest n-gram at the end was followed by something before."""
        tokens = self._tokens
        self._keys = [tuple(tokens[-n:]) for n in _SIZES]
        self._next = None
        for key, followers in zip(self._keys, self._followers, strict=True):
            found = followers.get(key)
            if found is not None:
                self._next = found
                return


def _followers(tokens: Sequence[int], n: int) -> dict[tuple[int, ...], int]:
    """Where each n-gram was last followed by something: the index of what followed."""
    grams = zip(*(tokens[first:] for first in range(n)), strict=False)
    return dict(zip(grams, range(n, len(tokens)), strict=False))
