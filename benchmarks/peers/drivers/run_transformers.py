"""Measure transformers: one static batch, bfloat16, PyTorch's attention, no compilation.

python run_transformers.py FOLDER WORK
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import torch
import transformers
from measuring import (
    PREFILL_ROUNDS,
    SHARED_CONTEXT,
    case,
    print_figures,
    read_work,
    resident_mb,
    tokens,
)
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

    def prompts(self, count: int, length: int) -> torch.Tensor:
        self.asked += count
        vocabulary = self.model.config.vocab_size
        rows = [tokens(length, vocabulary, self.asked + row) for row in range(count)]
        return torch.tensor(rows)

    def prefill(self, length: int) -> float:
        """Prompt tokens per second up to the first token."""
        ids = self.prompts(1, length)
        began = time.perf_counter()
        self.forward(ids, DynamicCache(config=self.model.config))
        return length / (time.perf_counter() - began)

    def decode(self, count: int, context: int) -> float:
        """Tokens per second of ``count`` sequences, over all timed steps."""
        cache = DynamicCache(config=self.model.config)
        if context >= SHARED_CONTEXT:
            last = self.forward(self.prompts(1, context), cache).repeat(count, 1)
            cache.batch_repeat_interleave(count)
        else:
            last = self.forward(self.prompts(count, context), cache)
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
    short = [pair for pair in work["decode"] if pair[1] < SHARED_CONTEXT]
    long = [pair for pair in work["decode"] if pair[1] >= SHARED_CONTEXT]
    decode = {case(*pair): bench.decode(*pair) for pair in short}
    memory = resident_mb()
    prefill = {
        str(length): statistics.median(bench.prefill(length) for _ in range(PREFILL_ROUNDS))
        for length in work["prefill"]
    }
    decode |= {case(*pair): bench.decode(*pair) for pair in long}
    print_figures(
        decode=decode,
        prefill=prefill,
        load_s=bench.load_s,
        version=f"{transformers.__version__}, torch {torch.__version__}",
        memory=memory,
    )


if __name__ == "__main__":
    main()
