"""A byte-level BPE tokenizer of any vocabulary size, for models with random weights.

It reads and writes any text. Its merges are not learnt: they are letter pairs, then pairs with a
letter, then pairs of pairs, as many as the vocabulary has room for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers, processors
from tokenizers.models import BPE

_LETTERS = ("Ġ", *"abcdefghijklmnopqrstuvwxyz")
"""A space, as byte-level BPE spells it, and the letters that merges are made of."""


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """Tokens that text cannot spell: their ids, which one begins a text, and which end one."""

    ids: Mapping[str, int]
    bos: str
    eos: tuple[str, ...]

    @property
    def bos_id(self) -> int:
        return self.ids[self.bos]

    @property
    def eos_ids(self) -> list[int]:
        return [self.ids[token] for token in self.eos]


LLAMA_2 = SpecialTokens({"<unk>": 0, "<s>": 1, "</s>": 2}, "<s>", ("</s>",))
END_OF_TURN = SpecialTokens(
    {**LLAMA_2.ids, "<|end_of_turn|>": 32000, "<|pad_0|>": 32001}, "<s>", ("<|end_of_turn|>",)
)
LLAMA_3_NAMES = {
    128000: "<|begin_of_text|>",
    128001: "<|end_of_text|>",
    128004: "<|finetune_right_pad_id|>",
    128006: "<|start_header_id|>",
    128007: "<|end_header_id|>",
    128008: "<|eom_id|>",
    128009: "<|eot_id|>",
    128010: "<|python_tag|>",
}
LLAMA_3 = SpecialTokens(
    {
        LLAMA_3_NAMES.get(number, f"<|reserved_special_token_{number - 128000}|>"): number
        for number in range(128000, 128256)
    },
    "<|begin_of_text|>",
    ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
)


def special_tokens_for(vocab_size: int) -> SpecialTokens:
    """The special tokens usual for a vocabulary of this size."""
    if vocab_size >= 128256:
        return LLAMA_3
    return END_OF_TURN if vocab_size >= 32002 else LLAMA_2


def write_tokenizer(folder: Path, vocab_size: int, special: SpecialTokens) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``. It puts ``special.bos`` before a
    text unless told to add no special tokens.

    Raises ValueError when the vocabulary has no room for all bytes and the special tokens.
    """
    vocabulary, merges = _vocabulary(vocab_size, special)
    tokenizer = Tokenizer(BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{special.bos} $A", special_tokens=[(special.bos, special.bos_id)]
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in special.ids]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": special.bos,
        "eos_token": special.eos[-1],
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def _vocabulary(
    vocab_size: int, special: SpecialTokens
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    taken = set(special.ids.values())
    free = [number for number in range(vocab_size) if number not in taken]
    if max(taken) >= vocab_size or len(free) < len(alphabet):
        raise ValueError(
            f"a vocabulary of {vocab_size} has no room for {len(alphabet)} bytes "
            f"and {len(taken)} special tokens"
        )
    merges = list(islice(_merges(), len(free) - len(alphabet)))
    if len(merges) < len(free) - len(alphabet):
        raise ValueError(f"a vocabulary of {vocab_size} is larger than the merges reach")
    tokens = alphabet + [left + right for left, right in merges]
    return {**special.ids, **dict(zip(tokens, free, strict=True))}, merges


def _merges() -> Iterator[tuple[str, str]]:
    pairs = [left + right for left, right in product(_LETTERS, repeat=2)]
    yield from product(_LETTERS, repeat=2)
    yield from product(pairs, _LETTERS)
    yield from product(pairs, repeat=2)
