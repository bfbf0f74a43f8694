"""A runner around another that remembers the exact logits of every sequence it has seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from understudy.engine.batch import Adapter, ModelRunner, Slice


class Recorder:
    """A ModelRunner that compares: equal tokens must give equal bits, however they came about.

    ``different`` holds a line for each row of logits that differed from what the same tokens
    gave before: in another batch, another chunking, or out of the prefix cache. ``keep_open``
    lets one engine after another use the runner.
    """

    keep_open = False

    def __init__(self, runner: ModelRunner) -> None:
        self.block_size = runner.block_size
        self.num_blocks = runner.num_blocks
        self.vocab_size = runner.vocab_size
        self.context_length = runner.context_length
        self.takes_adapters = runner.takes_adapters
        self.different: list[str] = []
        self.compared = 0
        self._runner = runner
        self._store = np.full((runner.num_blocks, runner.block_size), -1, np.int64)
        self._known: dict[bytes, tuple[npt.NDArray[np.float32], str]] = {}

    def step(self, batch: Sequence[Slice]) -> npt.NDArray[np.float32]:
        logits = self._runner.step(batch)
        shape = "+".join(f"{len(part.tokens)}@{part.past}" for part in batch)
        row = 0
        for part in batch:
            self._write(part)
            for behind in range(part.logits - 1, -1, -1):
                how = f"{len(part.tokens)}@{part.past} in {shape}"
                self._compare(part, behind, logits[row], how)
                row += 1
        return logits

    def copy_block(self, source: int, target: int) -> None:
        self._runner.copy_block(source, target)
        self._store[target] = self._store[source]

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        self._runner.load_adapter(key, adapter)

    def unload_adapter(self, key: str) -> None:
        self._runner.unload_adapter(key)

    def close(self) -> None:
        if not self.keep_open:
            self._runner.close()

    def _write(self, part: Slice) -> None:
        places = np.arange(part.past, part.past + len(part.tokens))
        blocks = np.asarray(part.blocks)[places // self.block_size]
        self._store[blocks, places % self.block_size] = part.tokens

    def _compare(self, part: Slice, behind: int, logits: npt.NDArray[np.float32], how: str) -> None:
        end = part.past + len(part.tokens) - behind
        tokens = self._store[list(part.blocks)].reshape(-1)[:end]
        key = hashlib.blake2b(tokens.tobytes() + (part.adapter or "").encode()).digest()
        if key not in self._known:
            self._known[key] = (logits.copy(), how)
            return
        before, how_before = self._known[key]
        self.compared += 1
        if before.tobytes() != logits.tobytes():
            difference = float(np.abs(before - logits).max())
            self.different.append(f"{difference:.2g}: {how} against {how_before}")
