"""Answers under a constraint, drawn at random or given, over tokenizers of every kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import understudy.house
from tests.prompt.tokenizers import KINDS
from understudy.decode.grammar import Grammars
from understudy.engine.grammar import Grammar, Matcher
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import Constraint

EXTRA = 37
"""Ids that the model has and the tokenizer does not."""

_CLOSING = (b'"', b"}", b"]")


class Model:
    """A tokenizer with its grammars; ``eos`` end an answer."""

    def __init__(self, tokenizer: Tokenizer, *eos: str) -> None:
        self.tokenizer = tokenizer
        self.eos = tuple(tokenizer.special_tokens[name] for name in eos)
        self.vocab_size = tokenizer.vocab_size + EXTRA
        self.grammars = Grammars(tokenizer, self.eos, self.vocab_size)
        self.plain = [
            token
            for token in range(tokenizer.vocab_size)
            if token not in tokenizer.special_ids and tokenizer.piece(token)
        ]
        self.by_byte = {
            tokenizer.piece(token): token
            for token in reversed(self.plain)
            if len(tokenizer.piece(token)) == 1
        }

    def compile(self, constraint: Constraint) -> Grammar:
        return self.grammars.compile(constraint)

    def text(self, tokens: Sequence[int]) -> str:
        return b"".join(map(self.tokenizer.piece, tokens)).decode()

    def tokens(self, text: str) -> list[int]:
        """The tokens of ``text`` inside a longer one."""
        lead = self.tokenizer.encode_plain("\n")
        tokens = self.tokenizer.encode_plain("\n" + text)
        assert tokens[: len(lead)] == lead
        return tokens[len(lead) :]

    def takes(self, constraint: Constraint, text: str) -> bool:
        """Whether ``text`` is an answer, byte by byte."""
        matcher = self.compile(constraint).matcher()
        return all(
            matcher.accept(self.by_byte[bytes([byte])]) for byte in text.encode()
        ) and matcher.accept(self.eos[0])

    def walk(self, constraint: Constraint, seed: int, length: int = 40, most: int = 2000) -> str:
        """An answer of tokens drawn evenly under the mask, which soon heads for its end."""
        draw = random.Random(seed)
        matcher = self.compile(constraint).matcher()
        closing = [self.by_byte[piece] for piece in _CLOSING]
        tokens: list[int] = []
        while not matcher.complete:
            allowed = ids(matcher)
            may_end = not set(self.eos).isdisjoint(allowed)
            if may_end and (len(tokens) > length or draw.random() < 0.3):
                break
            choices = [token for token in allowed if token not in self.eos]
            closers = [token for token in closing if token in choices]
            hurry = len(tokens) > length and closers and draw.random() < 0.7
            token = closers[0] if hurry else draw.choice(choices)
            assert matcher.accept(token)
            tokens.append(token)
            assert len(tokens) < most, f"no end: ...{self.text(tokens[-60:])}"
        assert matcher.accept(draw.choice(self.eos))
        return self.text(tokens)


def mask_of(matcher: Matcher) -> npt.NDArray[np.uint32]:
    """Its mask, where it does not let every token come."""
    mask = matcher.mask()
    assert mask is not None
    return mask


def ids(matcher: Matcher) -> list[int]:
    """The tokens that the mask lets come next."""
    mask = mask_of(matcher)
    assert mask.dtype == np.uint32
    return [int(i) for i in np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little"))]


@cache
def house() -> Model:
    folder = Path(understudy.house.__file__).parent
    tokenizer = Tokenizer.from_folder(folder)
    assert tokenizer.eos_token is not None
    return Model(tokenizer, tokenizer.eos_token)


BYTE_LEVEL = Model(KINDS["byte-level"], "<|eot_id|>", "<|end_of_text|>")
METASPACE = Model(KINDS["metaspace by normalizer"], "</s>")
MODELS = {
    "byte-level": BYTE_LEVEL,
    "metaspace by normalizer": METASPACE,
    "metaspace first": Model(KINDS["metaspace first"], "</s>"),
    "metaspace always": Model(KINDS["metaspace always"], "</s>"),
    "house": house(),
}
