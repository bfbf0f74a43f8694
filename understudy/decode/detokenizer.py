"""Token ids to text, one token at a time, at a cost that does not grow with the answer."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from understudy.prompt.tokenizer import Tokenizer


class Detokenizer:
    """The text of one answer after its prompt. Special and unknown tokens have none.

    The text is what the whole of prompt and answer decodes to, less the prompt's own: a leading
    space is dropped only where the prompt shows no text at all. Half a character is held back;
    bytes that are no UTF-8 become U+FFFD.
    """

    def __init__(self, tokenizer: Tokenizer, prompt: Iterable[int] = ()) -> None:
        self._tokenizer = tokenizer
        self._special = tokenizer.special_ids
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._at_start = not any(token_id not in self._special for token_id in prompt)
        self._to_strip = tokenizer.rules.strip if self._at_start else 0

    def push(self, token_id: int) -> str:
        """The text that is certain after this token."""
        if token_id in self._special:
            return ""
        if self._at_start or self._to_strip:
            piece, self._to_strip = self._opening(token_id)
            self._at_start = self._at_start and self._tokenizer.entry(token_id) is None
            return self._utf8.decode(piece)
        return self._utf8.decode(self._tokenizer.piece(token_id))

    def flush(self) -> str:
        """What was held back, at the end of the answer: U+FFFD for half a character."""
        return self._utf8.decode(b"", final=True)

    def piece(self, token_id: int) -> bytes:
        """The bytes that ``push`` would add for this token, here and now."""
        if token_id in self._special:
            return b""
        if self._at_start or self._to_strip:
            return self._opening(token_id)[0]
        return self._tokenizer.piece(token_id)

    def ahead(self, piece: bytes) -> int:
        """How many characters come before those of ``piece``, if that is what comes next."""
        return ahead(self._utf8, piece)

    @property
    def half(self) -> bool:
        """Whether half a character is held back."""
        return bool(self._utf8.getstate()[0])

    def _opening(self, token_id: int) -> tuple[bytes, int]:
        """A piece at the start of a text, without the space that words carry in front, and how
        many spaces are to be dropped after it."""
        rules, left = self._tokenizer.rules, self._to_strip
        entry = self._tokenizer.entry(token_id)
        if entry is None:
            return b"", left
        piece = rules.first_piece(entry) if self._at_start else rules.piece(entry)
        space = rules.strip_text.encode()
        while left and piece:
            if not piece.startswith(space):
                return piece, 0
            piece = piece.removeprefix(space)
            left -= 1
        return piece, left


def ahead(utf8: codecs.IncrementalDecoder, piece: bytes) -> int:
    """How many characters ``utf8`` gives before those of ``piece``: the half of one that it holds
    becomes U+FFFD where ``piece`` does not go on with it, half a surrogate one for each byte."""
    held = utf8.getstate()[0]
    goes_on = not piece or piece[0] & 0xC0 == 0x80
    return 0 if goes_on else len(held.decode("utf-8", "replace"))
