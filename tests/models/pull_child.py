"""A pull in a process of its own, to be killed: ``python -m tests.models.pull_child HOME``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.models.cards import make_card
from understudy.config import Settings
from understudy.models.fetch import pull

NAME = "@cf/someone/small"
ARCHITECTURE = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 2048,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}
CARD = make_card(NAME, architecture=ARCHITECTURE)

if __name__ == "__main__":
    print(pull(CARD, Settings(home=Path(sys.argv[1]))))
