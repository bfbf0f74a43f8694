"""A model's tokenizer: ``tokenizer.json`` through the ``tokenizers`` library.

BOS is put on here and nowhere else, never by the file's own post-processor, so it cannot come
twice: it is added if the tokenizer's own rule adds one and the text did not bring it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tokenizers import AddedToken
from tokenizers import Tokenizer as Core

from understudy.errors import ModelFolderInvalid, TemplateRejected
from understudy.prompt.folder import read_json, special_token
from understudy.prompt.hidden import Hidden
from understudy.prompt.pieces import PieceRules, piece_rules


class Tokenizer:
    """Text to token ids and back. Thread-safe; long texts release the GIL.

    ``adds_bos`` is the tokenizer's own rule: ``add_bos_token`` in ``tokenizer_config.json``, or
    else whether the post-processor of ``tokenizer.json`` puts BOS first. Raises ValueError for a
    decoder that is not understood.
    """

    def __init__(
        self,
        core: Core,
        *,
        bos_token: str | None = None,
        eos_token: str | None = None,
        add_bos: bool | None = None,
    ) -> None:
        core.no_truncation()
        core.no_padding()
        self._core = core
        added = core.get_added_tokens_decoder()
        self.special_tokens = {
            token.content: token_id for token_id, token in added.items() if token.special
        }
        self.special_ids = frozenset(self.special_tokens.values())
        opening = core.encode("", add_special_tokens=True).ids[:1]
        if bos_token is None and opening:
            bos_token = core.id_to_token(opening[0])
        self.bos_id: int | None = None if bos_token is None else core.token_to_id(bos_token)
        self.bos_token = bos_token if self.bos_id is not None else None
        self.eos_token = eos_token
        self.adds_bos = self.bos_id is not None and (
            opening == [self.bos_id] if add_bos is None else add_bos
        )
        self.vocab_size = 1 + max(core.get_vocab(with_added_tokens=True).values(), default=-1)
        self.rules: PieceRules = piece_rules(core)
        self.spelling = _any_of(self.special_tokens)
        self._pieces: dict[int, bytes] = {}
        self._plain = _PlainCore(core)

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """Read ``tokenizer.json`` and, where there is one, ``tokenizer_config.json``.

        Raises ModelFolderInvalid.
        """
        config = read_json(folder, "tokenizer_config.json", required=False)
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise ModelFolderInvalid(str(folder), f"There is no tokenizer.json in {folder}.")
        add_bos = config.get("add_bos_token")
        try:
            return cls(
                Core.from_file(str(file)),
                bos_token=special_token(config, "bos_token"),
                eos_token=special_token(config, "eos_token"),
                add_bos=add_bos if isinstance(add_bos, bool) else None,
            )
        except Exception as error:  # the library raises bare Exception for a damaged file
            message = f"{file} cannot be used: {error}"
            raise ModelFolderInvalid(str(folder), message) from error

    def encode(self, text: str, add_bos: bool = True) -> list[int]:
        """Token ids of ``text``, in which special tokens count as such.

        With ``add_bos``, BOS comes first if ``adds_bos`` and the text has not brought it.
        Raises UnicodeEncodeError for text with lone surrogates.
        """
        return self._opened(_ids(self._core, text), add_bos)

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of ``text``, in which nothing counts as a special token; never with BOS.

        Raises UnicodeEncodeError for text with lone surrogates.
        """
        return _ids(self._plain.core, text)

    def encode_hidden(self, text: str, hidden: Hidden, add_bos: bool = True) -> list[int]:
        """Token ids of a text rendered with ``hidden`` spellings, which count as plain text.

        Raises TemplateRejected where the tokenizer makes a special token of plain text.
        """
        plain = self._plain
        marked = self.spelling.sub(lambda match: plain.aliases[match[0]], text)
        ids = _ids(plain.core, hidden.reveal(marked))
        for token_id in ids:
            if token_id in self.special_ids:
                raise TemplateRejected(
                    f"A message spells {self.token_text(token_id)!r}, which this model reads as "
                    "a control token even in plain text."
                )
        return self._opened([plain.meant.get(token_id, token_id) for token_id in ids], add_bos)

    def decode(self, token_ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The whole text of ``token_ids``; ids that the tokenizer does not have are left out."""
        return self._core.decode(token_ids, skip_special_tokens=skip_special_tokens)

    def entry(self, token_id: int) -> str | None:
        """The vocabulary's own spelling of a token, None where there is none."""
        return None if token_id < 0 else self._core.id_to_token(token_id)

    def piece(self, token_id: int) -> bytes:
        """The bytes that a token adds inside a text; empty for an unknown id."""
        piece = self._pieces.get(token_id)
        if piece is None:
            entry = self.entry(token_id)
            piece = b"" if entry is None else self.rules.piece(entry)
            self._pieces[token_id] = piece
        return piece

    def pieces(self, token_ids: Sequence[int]) -> list[bytes]:
        """What each of ``token_ids`` adds to the text of all of them, control tokens their names.

        Joined and read as UTF-8 this is the whole text. ``decode`` says the same but for bytes
        that are no text: of a run of byte tokens with half a character it gives up all.
        """
        rules, to_strip = self.rules, self.rules.strip
        space = rules.strip_text.encode()
        read, pieces = rules.first_piece, list[bytes]()
        for token_id in token_ids:
            entry = self.entry(token_id)
            if entry is None:
                pieces.append(b"")
                continue
            piece, read = read(entry), rules.piece
            while to_strip and piece.startswith(space):
                piece = piece.removeprefix(space)
                to_strip -= 1
            to_strip = 0 if piece else to_strip
            pieces.append(piece)
        return pieces

    def token_text(self, token_id: int) -> str:
        """A token on its own, for display: U+FFFD where it is only part of a character."""
        if token_id in self.special_ids:
            return self.entry(token_id) or ""
        return self.piece(token_id).decode("utf-8", "replace")

    def _opened(self, ids: list[int], add_bos: bool) -> list[int]:
        if add_bos and self.adds_bos and self.bos_id is not None and ids[:1] != [self.bos_id]:
            ids.insert(0, self.bos_id)
        return ids


class _PlainCore:
    """A copy that takes special tokens for plain text, and knows them under secret aliases.

    Made when the tokenizer is: it takes a third of a second for a large vocabulary, which no
    request should have to wait for. Encoding the pieces between special tokens one by one would
    not do: many tokenizers treat the start of a text differently. The aliases stand between
    noncharacters, apart from the private-use characters of ``Hidden``.
    """

    def __init__(self, core: Core) -> None:
        self.core = Core.from_str(core.to_str())
        self.core.no_truncation()
        self.core.no_padding()
        self.core.encode_special_tokens = True
        self.aliases: dict[str, str] = {}
        self.meant: dict[int, int] = {}
        secret = secrets.token_hex(8)
        for token_id, token in core.get_added_tokens_decoder().items():
            if not token.special:
                continue
            alias = f"\ufdd0{secret}{token_id}\ufdd1"
            stand_in = AddedToken(
                alias,
                single_word=token.single_word,
                lstrip=token.lstrip,
                rstrip=token.rstrip,
                normalized=token.normalized,
                special=False,
            )
            self.core.add_tokens([stand_in])
            self.aliases[token.content] = alias
            self.meant[cast(int, self.core.token_to_id(alias))] = token_id


def _ids(core: Core, text: str) -> list[int]:
    text.encode()  # the library's complaint about lone surrogates is a bare TypeError
    return list(core.encode(text, add_special_tokens=False).ids)


def _any_of(spellings: Sequence[str] | dict[str, int]) -> re.Pattern[str]:
    """Matches any of ``spellings``, the longest first; nothing where there is none."""
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
