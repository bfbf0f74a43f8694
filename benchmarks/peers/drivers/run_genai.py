"""Measure OpenVINO GenAI's ContinuousBatchingPipeline.

    python run_genai.py FOLDER WORK SETTINGS

SETTINGS is a JSON object: ``properties`` of the plugin and ``scheduler``, fields of
SchedulerConfig. No tokenizer takes part.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import openvino as ov
import openvino_genai as genai
from measuring import SPARE, measure, read_work, tokens

BLOCK = 32


class Pipeline:
    def __init__(self, folder: str, settings: dict[str, Any], work: dict[str, Any]):
        with open(f"{folder}/config.json") as file:
            self.vocabulary: int = json.load(file)["vocab_size"]
        self.steps: int = work["steps"]
        config = genai.SchedulerConfig()
        config.num_kv_blocks = self._blocks(work)
        # NOTE: off by default; it lets sequences share the prompt that they all have.
        config.enable_prefix_caching = True
        for name, value in settings["scheduler"].items():
            setattr(config, name, value)
        began = time.perf_counter()
        self.pipe = genai.ContinuousBatchingPipeline(folder, config, "CPU", settings["properties"])
        self.number = 0
        self.prefill(128)
        self.load_s = time.perf_counter() - began

    def _blocks(self, work: dict[str, Any]) -> int:
        spans = [(n, length + self.steps + SPARE) for n, length in work["decode"]]
        spans += [(1, length) for length in work["prefill"]]
        return max(n * (-(-length // BLOCK) + 2) for n, length in spans) + 8

    def add(self, prompt: list[int], limit: int) -> Any:
        config = genai.GenerationConfig()
        config.set_eos_token_id(1)
        config.max_new_tokens, config.ignore_eos, config.do_sample = limit, True, False
        self.number += 1
        ids = ov.Tensor(np.array([prompt], np.int64))
        return self.pipe.add_request(self.number, ids, config)

    def finish(self) -> None:
        while self.pipe.has_non_finished_requests():
            self.pipe.step()

    def prefill(self, length: int) -> float:
        handle = self.add(tokens(length, self.vocabulary, 1000 + self.number), 1)
        began = time.perf_counter()
        self.finish()
        rate = length / (time.perf_counter() - began)
        handle.read_all()
        return rate

    def decode(self, count: int, context: int) -> float:
        prompt = tokens(context, self.vocabulary, context)
        self.add(prompt, 1)
        self.finish()
        handles = [self.add(prompt, self.steps + SPARE) for _ in range(count)]
        waiting = list(handles)
        while waiting:
            self.pipe.step()
            waiting = [handle for handle in waiting if not handle.can_read()]
        self.pipe.step()
        began = time.perf_counter()
        for _ in range(self.steps):
            self.pipe.step()
        elapsed = time.perf_counter() - began
        # NOTE: read_all would wait for the end of the sequence.
        if min(map(unread, handles)) < self.steps + 1:
            raise SystemExit("sequences ended while they were timed")
        for handle in handles:
            handle.cancel()
        self.finish()
        return count * self.steps / elapsed


def unread(handle: Any) -> int:
    """Tokens written and not read yet."""
    count = 0
    while handle.can_read():
        count += sum(len(output.generated_ids) for output in handle.read().values())
    return count


def main() -> None:
    folder, work, settings = sys.argv[1], read_work(sys.argv[2]), json.loads(sys.argv[3])
    bench = Pipeline(folder, settings, work)
    measure(bench, work, load_s=bench.load_s, version=genai.__version__)


if __name__ == "__main__":
    main()
