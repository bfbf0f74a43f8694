"""A grammar small enough to see through: it tests what the engine does with any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

VOCAB = 50
EOS = 49
LONGEST = 14


class ParityMatcher:
    """Even and odd tokens by turns; every fifth is given; may end after three, must after 14."""

    exhausted = False

    def __init__(self, tokens: tuple[int, ...] = ()) -> None:
        self.tokens = tokens

    @property
    def complete(self) -> bool:
        return len(self.tokens) >= LONGEST

    def mask(self) -> npt.NDArray[np.uint32]:
        words = np.zeros(2, np.uint32)
        for token in self.allowed():
            words[token // 32] |= np.uint32(1 << token % 32)
        return words

    def allowed(self) -> list[int]:
        count = len(self.tokens)
        if count % 5 == 4:
            return [7 * count % (VOCAB - 1)]
        ends = [EOS] if count >= 3 else []
        return [token for token in range(EOS) if token % 2 == count % 2] + ends

    def forced(self) -> list[int]:
        allowed = self.allowed()
        return allowed if len(allowed) == 1 else []

    def accept(self, token: int) -> bool:
        good = token in self.allowed() and not self.complete
        self.tokens = (*self.tokens, token)
        return good

    def fork(self) -> ParityMatcher:
        return ParityMatcher(self.tokens)


class ParityGrammar:
    """See ``ParityMatcher``."""

    def matcher(self) -> ParityMatcher:
        return ParityMatcher()
