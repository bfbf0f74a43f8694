"""Measure transformers: one static batch, bfloat16, PyTorch's attention, no compilation.

python run_transformers.py FOLDER WORK
"""

from __future__ import annotations

import sys
import time
from typing import Any

import torch
import transformers
from measuring import measure, read_work, tokens
from transformers import AutoModelForCausalLM, DynamicCache


class Bench:
    def __init__(self, folder: str, steps: int) -> None:
        began = time.perf_counter()
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
        self.model.eval()
        self.steps, self.asked = steps, 0
        self.prefill(128)
        self.load_s = time.perf_counter() - began

    def forward(self, ids: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        """The likeliest next token of each row, shape (rows, 1)."""
        done = self.model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return done.logits[:, -1:].argmax(-1)

    def prompt(self, length: int) -> torch.Tensor:
        self.asked += 1
        return torch.tensor([tokens(length, self.model.config.vocab_size, self.asked)])

    def prefill(self, length: int) -> float:
        ids = self.prompt(length)
        began = time.perf_counter()
        self.forward(ids, DynamicCache(config=self.model.config))
        return length / (time.perf_counter() - began)

    def decode(self, count: int, context: int) -> float:
        cache = DynamicCache(config=self.model.config)
        last = self.forward(self.prompt(context), cache).repeat(count, 1)
        cache.batch_repeat_interleave(count)
        last = self.forward(last, cache)
        began = time.perf_counter()
        for _ in range(self.steps):
            last = self.forward(last, cache)
        return count * self.steps / (time.perf_counter() - began)


@torch.inference_mode()
def main() -> None:
    work: dict[str, Any] = read_work(sys.argv[2])
    torch.set_num_threads(work["threads"])
    bench = Bench(sys.argv[1], work["steps"])
    version = f"{transformers.__version__}, torch {torch.__version__}"
    measure(bench, work, load_s=bench.load_s, version=version)


if __name__ == "__main__":
    main()
