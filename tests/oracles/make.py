"""What ``transformers`` answers for the tiny models, stored for machines without it.

    python -m tests.oracles.make

writes ``answers/NAME.npz``: the prompt, 64 greedy tokens, the logits before some of them, and a
digest of the weights they belong to. float32, one forward pass over the whole text per token.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.oracles.models import TINY, write_tiny
from understudy.models.checkpoint import source_digest

ANSWERS = Path(__file__).parent / "answers"
PROMPT_TOKENS = 40
TOKENS = 64
KEPT_LOGITS = (0, 1, 21, 42, 63)
"""Steps whose logits are stored: before the first token, the second, and so on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``logits`` has a row for each of ``KEPT_LOGITS``."""

    prompt: list[int]
    tokens: list[int]
    logits: npt.NDArray[np.float32]


def prompt_for(name: str) -> list[int]:
    rng = np.random.default_rng(len(name))
    return [int(token) for token in rng.integers(0, TINY[name]["vocab_size"], PROMPT_TOKENS)]


def transformers_answer(folder: Path, prompt: list[int]) -> Answer:
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    tokens: list[int] = []
    kept = []
    with torch.inference_mode():
        for step in range(TOKENS):
            logits = model(torch.tensor([prompt + tokens]), use_cache=False).logits[0, -1].numpy()
            if step in KEPT_LOGITS:
                kept.append(logits)
            tokens.append(int(logits.argmax()))
    return Answer(prompt, tokens, np.stack(kept))


def stored_answer(name: str) -> tuple[Answer, str]:
    """The stored answer, and the digest of the weights it belongs to."""
    with np.load(ANSWERS / f"{name}.npz") as stored:
        prompt, tokens = stored["prompt"].tolist(), stored["tokens"].tolist()
        return Answer(prompt, tokens, stored["logits"]), str(stored["digest"])


def main() -> None:
    ANSWERS.mkdir(exist_ok=True)
    for name in TINY:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_tiny(name, folder)
            answer = transformers_answer(folder, prompt_for(name))
            np.savez_compressed(
                ANSWERS / f"{name}.npz",
                prompt=np.asarray(answer.prompt, np.int32),
                tokens=np.asarray(answer.tokens, np.int32),
                logits=answer.logits,
                digest=np.asarray(source_digest(folder)),
            )


if __name__ == "__main__":
    main()
