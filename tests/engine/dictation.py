"""A grammar that leaves no choice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt


@dataclass
class Dictation:
    """A grammar of one text, and its matcher: every token is a draft that comes true."""

    tokens: list[int]
    vocab_size: int
    said: int = 0
    exhausted = False

    def matcher(self) -> Dictation:
        return replace(self)

    fork = matcher

    @property
    def complete(self) -> bool:
        return self.said == len(self.tokens)

    def mask(self) -> npt.NDArray[np.uint32]:
        words = np.zeros(-(-self.vocab_size // 32), np.uint32)
        token = self.tokens[self.said]
        words[token // 32] = 1 << token % 32
        return words

    def forced(self) -> list[int]:
        return self.tokens[self.said :]

    def accept(self, token: int) -> bool:
        self.said += 1
        return token == self.tokens[self.said - 1]
