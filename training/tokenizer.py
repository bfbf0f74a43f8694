"""The tokenizer: byte-level BPE with Llama 3's marks, trained on our own rendered text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from .corpus import words
from .corpus.mix import stream
from .corpus.numbers import spell
from .template import TEMPLATE, full_text

SPECIAL = [
    "<|begin_of_text|>", "<|end_of_text|>", "<|finetune_right_pad_id|>", "<|start_header_id|>",
    "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
]  # fmt: skip
BOS, EOS, PAD, START, END, EOM, EOT, PYTHON = range(len(SPECIAL))

# Llama 3's pattern, but digits stand alone: a small model adds better digit by digit.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _texts(documents: int) -> Iterator[str]:
    """Rendered documents, and every listed word a few times so that rare ones get tokens."""
    for _, doc in stream("tokenizer"):
        text = full_text(doc)
        for mark in SPECIAL:  # the marks are tokens of their own, not matter for merges
            text = text.replace(mark, "\n")
        yield text
        documents -= 1
        if documents <= 0:
            break
    lists = [words.NAMES, words.CITIES, words.ANIMALS, words.THINGS, words.TOPIC_LIST]
    for items in lists:
        yield from (f"{item} {item}." for item in items for _ in range(3))
    yield from (spell(n) for n in range(100))


def train(vocab_size: int, documents: int = 40_000) -> Tokenizer:
    """A tokenizer whose 256 byte tokens make any UTF-8 text round-trip."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(documents), trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{SPECIAL[BOS]} $A",
                pair=f"{SPECIAL[BOS]} $A {SPECIAL[BOS]} $B:1",
                special_tokens=[(SPECIAL[BOS], BOS)],
            ),
        ]
    )
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """The files `transformers.AutoTokenizer` looks for."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "added_tokens_decoder": {
            str(i): {
                "content": mark, "lstrip": False, "normalized": False, "rstrip": False,
                "single_word": False, "special": True,
            }
            for i, mark in enumerate(SPECIAL)
        },
        "bos_token": SPECIAL[BOS],
        "eos_token": SPECIAL[EOT],
        "pad_token": SPECIAL[PAD],
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": 2048,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": TEMPLATE,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    marks = {"bos_token": SPECIAL[BOS], "eos_token": SPECIAL[EOT], "pad_token": SPECIAL[PAD]}
    (folder / "special_tokens_map.json").write_text(json.dumps(marks, indent=2) + "\n")


def load(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
