"""What a side-by-side measurement asks of each engine.

Every peer computes with weights made from one folder (``weights.source``), in a process of its
own and, except Understudy itself, in an environment of its own under ``benchmarks/.work/``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Protocol, TypedDict

Precision = Literal["int4", "int8", "bf16"]


@dataclass(frozen=True)
class Work:
    """What one process measures with the engine alone, tokens in and tokens out, greedy.

    ``decode`` holds pairs of sequences at once and tokens of context behind each, ``prefill``
    prompt lengths in tokens, ``steps`` how many decode steps are timed.
    """

    decode: tuple[tuple[int, int], ...]
    prefill: tuple[int, ...]
    steps: int
    threads: int

    def json(self) -> str:
        """The form in which a driver gets it as an argument."""
        return json.dumps(asdict(self))


class Figures(TypedDict):
    """The JSON object that a driver prints as its last line of standard output.

    ``decode`` maps "8@128" (sequences @ context) to tokens per second of all sequences together,
    over all timed steps; ``prefill`` maps "512" to prompt tokens per second, the median of a few.
    ``load_s`` is from the start of loading to a model that can compute. ``rss_mb`` is the peak of
    resident memory, ``steady_mb`` what is resident after the last step, both in MiB.
    """

    decode: Mapping[str, float]
    prefill: Mapping[str, float]
    load_s: float
    rss_mb: float
    steady_mb: float
    version: str


class Peer(Protocol):
    """An engine to measure. ``install`` and ``prepare`` raise PeerUnavailable, with what to do."""

    @property
    def name(self) -> str:
        """Unique: "llama.cpp", "llama.cpp-k", "genai", "genai-ours", "vllm", "transformers",
        "understudy"."""
        ...

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Those it has an equal of."""
        ...

    def format(self, precision: Precision) -> str:
        """What the peer calls its equal of ``precision``: "Q4_0", "int4 group 128", ..."""
        ...

    def install(self) -> None:
        """Make its environment, of pinned versions. Idempotent; may take many minutes."""
        ...

    def prepare(self, precision: Precision) -> None:
        """Convert the random weights. Idempotent; needs ``install``."""
        ...

    def measure(self, precision: Precision, work: Work) -> list[str]:
        """Arguments of a process that prints ``Figures``; run it in the repository's root."""
        ...

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        """Arguments of its HTTP server on 127.0.0.1:``port``, or None if it has none.

        It answers to OpenAI's ``/v1/completions`` and ``/v1/chat/completions``, for ``parallel``
        sequences at once of ``context`` tokens each at most. The model's name in requests is
        ``weights.MODEL``; every server takes ``weights.KEY`` as its bearer key.
        """
        ...


class PeerUnavailable(Exception):
    """The peer cannot be had or used on this machine; the message says why."""
