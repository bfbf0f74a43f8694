"""Measure vLLM on the CPU, its engine in this process.

python run_vllm.py FOLDER WORK
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import vllm
from measuring import SPARE, measure, read_work, tokens
from vllm import LLM, SamplingParams

LONGEST = 8192
"""Tokens of context: always the same, for compiled code is kept for one length."""


class Bench:
    def __init__(self, folder: str, steps: int) -> None:
        with open(f"{folder}/config.json") as file:
            self.vocabulary: int = json.load(file)["vocab_size"]
        self.steps = steps
        began = time.perf_counter()
        model = LLM(
            folder,
            skip_tokenizer_init=True,
            dtype="bfloat16",
            max_model_len=LONGEST,
            enable_prefix_caching=True,
        )
        self.engine = model.llm_engine
        self.number = 0
        self.prefill(128)
        self.load_s = time.perf_counter() - began

    def add(self, prompt: list[int], limit: int) -> None:
        self.number += 1
        sampling = SamplingParams(
            temperature=0.0, max_tokens=limit, ignore_eos=True, detokenize=False
        )
        self.engine.add_request(str(self.number), {"prompt_token_ids": prompt}, sampling)

    def step(self, written: dict[str, int]) -> None:
        """Compute one step; ``written`` counts each request's tokens."""
        for output in self.engine.step():
            written[output.request_id] = len(output.outputs[0].token_ids)

    def finish(self) -> None:
        while self.engine.has_unfinished_requests():
            self.engine.step()

    def prefill(self, length: int) -> float:
        prompt = tokens(length, self.vocabulary, 1000 + self.number)
        began = time.perf_counter()
        self.add(prompt, 1)
        self.finish()
        return length / (time.perf_counter() - began)

    def decode(self, count: int, context: int) -> float:
        prompt = tokens(context, self.vocabulary, context)
        self.add(prompt, 1)
        self.finish()
        for _ in range(count):
            self.add(prompt, self.steps + SPARE)
        written: dict[str, int] = {}
        while len(written) < count:
            self.step(written)
        self.step(written)
        before, began = sum(written.values()), time.perf_counter()
        for _ in range(self.steps):
            self.step(written)
        elapsed = time.perf_counter() - began
        made = sum(written.values()) - before
        if not self.engine.has_unfinished_requests() or made != count * self.steps:
            raise SystemExit(f"{made} tokens came of {self.steps} steps of {count} sequences")
        self.engine.abort_request(list(written))
        self.finish()
        return made / elapsed


def main() -> None:
    work: dict[str, Any] = read_work(sys.argv[2])
    bench = Bench(sys.argv[1], work["steps"])
    measure(bench, work, load_s=bench.load_s, version=vllm.__version__)


if __name__ == "__main__":
    main()
