"""Small tokenizers of the two kinds that Llama and Mistral models use."""

from __future__ import annotations

from functools import cache

from tokenizers import (
    AddedToken,
    Regex,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers import Tokenizer as Core

from understudy.prompt.tokenizer import Tokenizer

TEXTS = [
    "The quick brown fox jumps over the lazy dog. It is a warm day, and the dog sleeps.",
    "Hello there! How are you today? I am well, thank you. What is your name?",
    "Zürich, Genève, 東京 and 🦙🦙: naïve café — “quoted” words, e.g. x = y + 1;\n\tnew line\n\n",
    "one two three four five six seven eight nine ten, and then one two three again",
]
CONTROL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"]
SPLIT = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+"


@cache
def byte_level_core() -> Core:
    """Llama 3's kind: byte-level BPE, special tokens past the vocabulary, BOS by post-processor."""
    core = Core(models.BPE(ignore_merges=True))
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(TEXTS * 4, trainer)
    core.add_special_tokens([*CONTROL, "<|eot_id|>"])
    core.add_tokens([AddedToken("<tool>", normalized=False, special=False)])
    bos = (CONTROL[0], core.token_to_id(CONTROL[0]))
    core.post_processor = processors.TemplateProcessing(
        single=f"{CONTROL[0]} $A", pair=f"{CONTROL[0]} $A {CONTROL[0]} $B", special_tokens=[bos]
    )
    return core


@cache
def metaspace_core(*, prepend_scheme: str | None = None) -> Core:
    """Llama 2's kind: BPE over text with U+2581 for spaces, and bytes to fall back on.

    With ``prepend_scheme`` the space comes from a Metaspace pre-tokenizer, as in newer files;
    without, from a normalizer, as in the original ones.
    """
    words = sorted({word for text in TEXTS for word in text.split()})
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2} | {f"<0x{b:02X}>": 3 + b for b in range(256)}
    merges: list[tuple[str, str]] = []
    for char in sorted({*"".join(TEXTS[:2]), "▁"} - {" "}):
        vocab.setdefault(char, len(vocab))
    for word in (f"▁{word}" for word in words if word.isascii()):
        for end in range(2, len(word) + 1):
            left, right = word[: end - 1], word[end - 1]
            if left in vocab and right in vocab and word[:end] not in vocab:
                vocab[word[:end]] = len(vocab)
                merges.append((left, right))
    core = Core(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if prepend_scheme is None:
        core.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
        core.decoder = decoders.Sequence(
            [
                decoders.Replace("▁", " "),
                decoders.ByteFallback(),
                decoders.Fuse(),
                decoders.Strip(" ", 1, 0),
            ]
        )
    else:
        core.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme, split=False)
        core.decoder = decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace("▁", prepend_scheme)]
        )
    core.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return core


def byte_level() -> Tokenizer:
    return Tokenizer(byte_level_core(), bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")


def metaspace(prepend_scheme: str | None = None) -> Tokenizer:
    core = metaspace_core(prepend_scheme=prepend_scheme)
    return Tokenizer(core, bos_token="<s>", eos_token="</s>")


KINDS = {
    "byte-level": byte_level(),
    "metaspace by normalizer": metaspace(),
    "metaspace first": metaspace("first"),
    "metaspace always": metaspace("always"),
}
