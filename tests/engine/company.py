"""Sequences computed by themselves and then in company, to compare their bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.oracles.running import Logits
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner


@dataclass(frozen=True)
class Company:
    """Prompts, and to each the same number of tokens that follow it, its adapter or None, and
    blocks of its own."""

    prompts: Sequence[Sequence[int]]
    forced: Sequence[Sequence[int]]
    adapters: Sequence[str | None]
    blocks_each: int

    def __len__(self) -> int:
        return len(self.prompts)

    def blocks(self, i: int) -> range:
        return range(i * self.blocks_each, (i + 1) * self.blocks_each)

    def spare(self, count: int) -> range:
        """Blocks that are nobody's."""
        end = self.blocks_each * len(self)
        return range(end, end + count)

    def alone(self, runner: OpenVinoRunner) -> list[Logits]:
        """What each sequence gets by itself."""
        return [self.together(runner, [i])[0] for i in range(len(self))]

    def together(
        self, runner: OpenVinoRunner, indices: Sequence[int], beside: Sequence[Slice] = ()
    ) -> list[Logits]:
        """Logits after each prompt and each forced token: (1 + forced, vocab) for each sequence."""
        prompts = [self._slice(i, self.prompts[i], 0) for i in indices]
        steps = [runner.step([*prompts, *beside]).copy()]
        for n in range(len(self.forced[0])):
            decodes = [
                self._slice(i, [self.forced[i][n]], len(self.prompts[i]) + n) for i in indices
            ]
            steps.append(runner.step([*decodes, *beside]).copy())
        return [np.stack([step[place] for step in steps]) for place in range(len(indices))]

    def assert_as_alone(
        self,
        runner: OpenVinoRunner,
        alone: Sequence[Logits],
        indices: Sequence[int],
        beside: Sequence[Slice] = (),
    ) -> None:
        for i, found in zip(indices, self.together(runner, indices, beside), strict=True):
            np.testing.assert_array_equal(found, alone[i], err_msg=f"{i}, {self.adapters[i]}")

    def chunks(self, i: int, size: int) -> list[Slice]:
        """A prompt in chunks of ``size`` tokens; the last is longer where it would be of one."""
        prompt = self.prompts[i]
        cuts = [*range(0, len(prompt) - 1, size), len(prompt)]
        return [
            self._slice(i, prompt[start:end], start, wanted=end == len(prompt))
            for start, end in pairwise(cuts)
        ]

    def _slice(self, i: int, tokens: Sequence[int], past: int, *, wanted: bool = True) -> Slice:
        return Slice(tokens, past, self.blocks(i), int(wanted), self.adapters[i])
