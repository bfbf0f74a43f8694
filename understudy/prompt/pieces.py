"""What each token stands for, as bytes: the decoder of ``tokenizer.json``, one token at a time.

A whole-text decoder cannot stream: its text for a prefix is not a prefix of its text. Bytes can,
because concatenating the pieces of all tokens and reading them as UTF-8 gives the whole text.
``tokenizers`` has a DecodeStream for this, which does not serve: it decodes a growing window
while nothing is shown, gives up with an error when text changes under it (lone continuation
bytes do that), and never shows the half character or U+FFFD that an answer ends with.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer as Core

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-ins for bytes: the printable ones, then the rest from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(0x100 + number): byte for number, byte in enumerate(others)
    }


_ALPHABET = _byte_alphabet()


@dataclass(frozen=True, slots=True)
class PieceRules:
    """How the text of a vocabulary entry becomes bytes.

    ``replacements`` are applied in order. ``byte_level`` reads the entry in GPT-2's alphabet,
    ``byte_fallback`` reads ``<0x0A>`` as that byte, ``spaced`` puts a space before every entry.
    At the start of a text, ``strip`` leading copies of ``strip_text`` are dropped, or with
    ``strip_first_token`` all copies of that character in the first entry.
    """

    replacements: tuple[tuple[str, str], ...] = ()
    byte_level: bool = False
    byte_fallback: bool = False
    spaced: bool = False
    strip_text: str = ""
    strip: int = 0
    strip_first_token: str = ""

    def piece(self, entry: str) -> bytes:
        """The bytes of a vocabulary entry inside a text."""
        if self.byte_level:
            known = [_ALPHABET.get(char) for char in entry]
            return entry.encode() if None in known else bytes(known)  # type: ignore[arg-type]
        if self.byte_fallback and (match := _BYTE_TOKEN.fullmatch(entry)):
            return bytes.fromhex(match[1])
        for old, new in self.replacements:
            entry = entry.replace(old, new)
        return (" " + entry if self.spaced else entry).encode()

    def first_piece(self, entry: str) -> bytes:
        """The same for the first entry of a text, where ``strip_first_token`` applies."""
        if self.strip_first_token:
            entry = entry.replace(self.strip_first_token, "")
        return self.piece(entry)


def piece_rules(core: Core) -> PieceRules:
    """The rules of ``core``'s decoder. Raises ValueError for one that is not understood."""
    if core.decoder is None:
        return PieceRules(spaced=True, strip_text=" ", strip=1)
    state = json.loads(core.decoder.__getstate__())
    steps = state["decoders"] if state["type"] == "Sequence" else [state]
    rules: dict[str, Any] = {"replacements": ()}
    fused = len(steps) == 1
    for step in steps:
        match step:
            case {"type": "ByteLevel"}:
                rules["byte_level"] = fused = True
            case {"type": "ByteFallback"}:
                rules["byte_fallback"] = True
            case {"type": "Fuse"}:
                fused = True
            case {"type": "Replace", "pattern": {"String": old}, "content": new}:
                rules["replacements"] += ((old, new),)
            case {"type": "Metaspace", "replacement": mark, "prepend_scheme": scheme}:
                rules["replacements"] += ((mark, " "),)
                rules["strip_first_token"] = "" if scheme == "never" else mark
            case {"type": "Strip", "content": text, "start": count, "stop": 0} if fused:
                rules["strip_text"], rules["strip"] = text, count
            case _:
                raise ValueError(f"its decoder has a step {json.dumps(step)}")
    return PieceRules(**rules)
