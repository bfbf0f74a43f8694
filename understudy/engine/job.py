"""What one request asks of the engine, and each of its choices alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from understudy.engine.grammar import Grammar
from understudy.request import SamplingParams


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One request, told apart by identity: one prompt, and ``choices`` answers to it.

    ``max_tokens`` bounds each of them; 0 computes the prompt and nothing else. ``eos_token_ids``
    end an answer where ``sampling`` does not ignore them. ``grammar`` gives each a matcher of its
    own. ``logprobs`` and ``prompt_logprobs`` are how many of the likeliest tokens to tell beside
    each token of the answers, and of the prompt; None tells none. ``adapter`` is the key of a
    loaded one. Blocks are shared under equal ``namespace`` and ``adapter`` only. Tenants take
    turns in proportion to ``weight``. Raises ValueError for a weight that is none.
    """

    prompt: Sequence[int]
    sampling: SamplingParams
    max_tokens: int
    eos_token_ids: frozenset[int] = frozenset()
    namespace: str = ""
    choices: int = 1
    logprobs: int | None = None
    prompt_logprobs: int | None = None
    grammar: Grammar | None = None
    adapter: str | None = None
    tenant: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError(f"a weight of {self.weight} is no share of anything")
