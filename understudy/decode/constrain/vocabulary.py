"""A model's tokens as the grammar library wants them: bytes, and a way to spell text in tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from llguidance import LLTokenizer

from understudy.prompt.tokenizer import Tokenizer

_LEADS = ("", "\n", "\x02")
_PROBES = ('{"', "a", " a", "1", "\n", "}")
_LONGEST = 64
"""Bytes of the longest token that is tried where the tokenizer itself gives no answer."""
_WINDOW = 256
_SURE = 160
"""Characters of a text to spell that are looked at, as the library asks anew at every token; and
bytes of them whose tokens are given. Where the window ends a word is cut, and its tokens may be
others."""


class Vocabulary:
    """The tokens of a model of ``vocab_size`` ids, of which ``eos_token_ids`` end an answer.

    Special tokens stand for no text, and so do ids that the tokenizer does not have. Takes a
    third of a second for a large vocabulary; thread-safe.
    """

    def __init__(
        self, tokenizer: Tokenizer, eos_token_ids: Collection[int], vocab_size: int
    ) -> None:
        self.size = vocab_size
        self.eos = tuple(sorted({token for token in eos_token_ids if 0 <= token < vocab_size}))
        if not self.eos:
            raise ValueError("a constrained answer needs a token that ends it")
        special = {token for token in tokenizer.special_ids if token < vocab_size} | {*self.eos}
        known = min(vocab_size, tokenizer.vocab_size)
        pieces = [tokenizer.piece(token) for token in range(known)] + [b""] * (vocab_size - known)
        spelling = _Spelling(tokenizer, pieces, special, self.eos[0])
        self.native = LLTokenizer(spelling, eos_token=list(self.eos))  # type: ignore[arg-type]
        self._pieces = pieces
        self._special = special

    def text(self, token: int) -> bytes:
        """What ``token`` adds to an answer; nothing if it is special or unknown."""
        return b"" if token in self._special else self._pieces[token]

    @cached_property
    def single_bytes(self) -> Mapping[bytes, int]:
        """Tokens of one byte each, by that byte."""
        return {
            piece: token
            for token, piece in enumerate(self._pieces)
            if len(piece) == 1 and token not in self._special
        }


class _Spelling:
    """The library asks it for the pieces, and for the tokens of text that must come next.

    Those are the tokens that the model's own tokenizer would make of the text inside an answer.
    Whatever is not certain is spelt in the longest tokens that fit: ``__call__`` never raises,
    and its tokens always give the text asked for, or its beginning if it is long.
    """

    is_tokenizer_wrapper = True

    def __init__(
        self, tokenizer: Tokenizer, pieces: list[bytes], special: set[int], eos: int
    ) -> None:
        self.eos_token_id = eos
        self.bos_token_id = tokenizer.bos_id
        self.tokens = pieces
        self.special_token_ids = sorted(special)
        self._tokenizer = tokenizer
        self._special = special
        self._by_piece: dict[bytes, int] | None = None
        self._lead = next((lead for lead in _LEADS if self._leads(lead)), None)

    def __call__(self, text: str | bytes) -> list[int]:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        window = text[:_WINDOW]
        tokens = None if self._lead is None else self._continued(self._lead, window)
        if tokens is None:
            tokens = self._longest_first(window)
        return tokens if len(window) == len(text) else self._first(tokens)

    def _first(self, tokens: list[int]) -> list[int]:
        """Those of ``tokens`` that begin in the first bytes, one at least."""
        length = 0
        for count, token in enumerate(tokens):
            if length >= _SURE:
                return tokens[:count]
            length += len(self.tokens[token])
        return tokens

    def _leads(self, lead: str) -> bool:
        return all(self._continued(lead, probe) is not None for probe in _PROBES)

    def _continued(self, lead: str, text: str) -> list[int] | None:
        """The tokens of ``text`` after ``lead``, None where they cannot be told apart.

        At the start of a text many tokenizers put a space, which does not belong to an answer.
        """
        try:
            before = self._tokenizer.encode_plain(lead)
            tokens = self._tokenizer.encode_plain(lead + text)
        except UnicodeEncodeError:
            return None
        ours = tokens[len(before) :]
        if tokens[: len(before)] != before or not self._special.isdisjoint(ours):
            return None
        if any(token >= len(self.tokens) for token in ours):
            return None
        spelled = b"".join(self.tokens[token] for token in ours)
        return ours if spelled == text.encode() else None

    def _longest_first(self, text: str) -> list[int]:
        by_piece = self._pieces()
        rest = text.encode("utf-8", "surrogateescape")
        tokens: list[int] = []
        while rest:
            for end in range(min(len(rest), _LONGEST), 0, -1):
                token = by_piece.get(rest[:end])
                if token is not None:
                    tokens.append(token)
                    rest = rest[end:]
                    break
            else:
                return tokens  # no token spells what comes next: what is sure so far
        return tokens

    def _pieces(self) -> dict[bytes, int]:
        if self._by_piece is None:  # seldom needed, and large
            self._by_piece = {
                piece: token
                for token, piece in enumerate(self.tokens)
                if piece and token not in self._special
            }
        return self._by_piece
