"""The bundled model: its weights, tokenizer, chat template and settings lie in this folder."""

from __future__ import annotations

from pathlib import Path


def path() -> Path:
    """The folder that holds the model's files, in the layout `transformers` reads."""
    return Path(__file__).resolve().parent
