"""Log-probabilities for readers: how their tokens read, and where in the text they stand."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from understudy.backends.base import TokenizedPrompt
from understudy.decode.detokenizer import Detokenizer, ahead
from understudy.events import TextLogprob, TokenLogprob
from understudy.prompt.tokenizer import Tokenizer

_SLACK = 3
"""How much longer, at most, a piece is in the text than as it decodes: a normalizer may have
composed characters that the text spells in parts."""


def read_logprob(
    tokenizer: Tokenizer, before: Detokenizer, told: TokenLogprob, offset: int
) -> TextLogprob:
    """``told`` as it reads after the text ``before``, ``offset`` characters into its choice."""
    piece = before.piece(told.token_id)
    top = _likeliest(tokenizer, before.piece, told, offset)
    return _entry(tokenizer, told.token_id, piece, told.logprob, offset, top)


def read_prompt(
    tokenizer: Tokenizer, prompt: TokenizedPrompt, told: Sequence[TokenLogprob | None]
) -> tuple[TextLogprob, ...]:
    """One entry for each token of ``prompt``; where one begins, the last one's text ends.

    ``told`` has an entry for each token too, None for the first.
    """
    before = Detokenizer(tokenizer)
    pieces, offsets, named = _spelled(tokenizer, prompt)
    # Where the first token, a control token even, is text, nothing after it is at the start.
    piece_of = tokenizer.piece if named else before.piece
    read = []
    for token_id, logprob, piece, offset in zip(
        prompt.token_ids, told, pieces, offsets, strict=True
    ):
        if logprob is None:
            read.append(_entry(tokenizer, token_id, piece, None, offset))
        else:
            top = _likeliest(tokenizer, piece_of, logprob, offset)
            read.append(_entry(tokenizer, token_id, piece, logprob.logprob, offset, top))
        before.push(token_id)
    return tuple(read)


def spread(pieces: Iterable[bytes]) -> tuple[str, list[int]]:
    """The text of ``pieces``, and where in it each begins, in characters.

    A piece that goes on with a character begins where that does. Half a character that is not
    gone on with is U+FFFD, before the next piece.
    """
    utf8 = codecs.getincrementaldecoder("utf-8")("replace")
    texts: list[str] = []
    offsets: list[int] = []
    at = 0
    for piece in pieces:
        offsets.append(at + ahead(utf8, piece))
        texts.append(utf8.decode(piece))
        at += len(texts[-1])
    return "".join(texts) + utf8.decode(b"", final=True), offsets


def _spelled(
    tokenizer: Tokenizer, prompt: TokenizedPrompt
) -> tuple[Sequence[bytes], Sequence[int], bool]:
    """What each token of ``prompt`` reads and where, and whether control tokens are text there.

    They are in the text of token ids; any other shows only those that it was written with.
    """
    pieces = tokenizer.pieces(prompt.token_ids)
    text, offsets = spread(pieces)
    if text == prompt.text:
        return pieces, offsets, True
    before = Detokenizer(tokenizer)
    pieces = []
    for token_id in prompt.token_ids:
        pieces.append(before.piece(token_id))
        before.push(token_id)
    text, offsets = spread(pieces)
    if text != prompt.text:
        both = [
            (_name(tokenizer, token_id, piece), token_id in tokenizer.special_ids)
            for token_id, piece in zip(prompt.token_ids, pieces, strict=True)
        ]
        offsets = prompt_offsets(prompt.text, both)
    return pieces, offsets, False


def prompt_offsets(text: str, pieces: Sequence[tuple[bytes, bool]]) -> list[int]:
    """Where in ``text`` each piece begins, in characters, however it was made into pieces.

    A piece is its bytes and whether it is a control token. ``text`` is what was asked: it need
    not spell a control token that was added to it, nor the space that a vocabulary puts before
    words, and a normalizer may have changed it. What no piece accounts for belongs to the piece
    before, and a character to the piece that completes it.
    """
    data = text.encode()
    offsets: list[int] = []
    at = missed = 0
    counted = characters = 0
    for piece, special in pieces:
        found = _find(data, piece, at, missed)
        if found is not None:
            at, length = found
        start = at
        while 0 < start < len(data) and data[start] & 0xC0 == 0x80:
            start -= 1
        characters += len(data[counted:start].decode())
        counted = start
        offsets.append(characters)
        if found is not None:
            at, missed = at + length, 0
        elif not special:
            missed += len(piece)
    return offsets


def _find(data: bytes, piece: bytes, at: int, missed: int) -> tuple[int, int] | None:
    """Where ``piece`` stands at or soon after ``at``, and how long it is there."""
    bare = piece.lstrip(b" ")
    if data.startswith(piece, at):
        return at, len(piece)
    if data.startswith(bare, at):
        return at, len(bare)
    window = at + _SLACK * missed + len(piece) + 1
    start = data.find(piece, at, window)
    return None if start < 0 else (start, len(piece))


class Held:
    """Tokens whose text may still turn out to be a stop string or a call, and then is none of the
    answer's."""

    def __init__(self) -> None:
        self._tokens: list[tuple[int, int, int, TextLogprob]] = []

    def push(self, start: int, end: int, token_id: int, logprob: TextLogprob) -> None:
        """A token whose text is that from ``start`` to ``end`` in the answer, in characters."""
        self._tokens.append((start, end, token_id, logprob))

    def release(self, shown: int) -> tuple[tuple[int, ...], tuple[TextLogprob, ...]]:
        """The tokens that have part in the first ``shown`` characters."""
        count = sum(1 for start, _, _, _ in self._tokens if start < shown)
        return self._first(count)

    def drop(self, passed: int) -> tuple[int, ...]:
        """The ids of the tokens that begin and end before ``passed`` characters: none of their
        text is shown. One that goes on beyond waits."""
        count = 0
        for start, end, _, _ in self._tokens:
            if start >= passed or end > passed:
                break
            count += 1
        return self._first(count)[0]

    def rest(self) -> tuple[tuple[int, ...], tuple[TextLogprob, ...]]:
        """All that are left."""
        return self._first(len(self._tokens))

    def _first(self, count: int) -> tuple[tuple[int, ...], tuple[TextLogprob, ...]]:
        tokens, self._tokens = self._tokens[:count], self._tokens[count:]
        return tuple(token for _, _, token, _ in tokens), tuple(told for *_, told in tokens)


def shifted(told: TextLogprob, offset: int) -> TextLogprob:
    """``told`` as it reads ``offset`` characters into its choice."""
    top = tuple(replace(one, offset=offset) for one in told.top)
    return replace(told, offset=offset, top=top)


def _likeliest(
    tokenizer: Tokenizer, piece_of: Callable[[int], bytes], told: TokenLogprob, offset: int
) -> tuple[TextLogprob, ...]:
    return tuple(
        _entry(tokenizer, token_id, piece_of(token_id), logprob, offset)
        for token_id, logprob in told.top
    )


def _entry(
    tokenizer: Tokenizer,
    token_id: int,
    piece: bytes,
    logprob: float | None,
    offset: int,
    top: tuple[TextLogprob, ...] = (),
) -> TextLogprob:
    special = token_id in tokenizer.special_ids
    return TextLogprob(token_id, _name(tokenizer, token_id, piece), logprob, special, offset, top)


def _name(tokenizer: Tokenizer, token_id: int, piece: bytes) -> bytes:
    """``piece``, but the name of a control token."""
    named = token_id in tokenizer.special_ids
    return (tokenizer.entry(token_id) or "").encode() if named else piece
