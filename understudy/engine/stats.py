"""The engine's figures, for metrics, health and the tests that nothing leaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineStats:
    """A moment of the engine. Blocks are free, cached or used, and those make the total.

    ``live`` answers are all that have not ended, several of a request with several choices:
    ``running`` ones hold blocks, ``waiting`` ones do not. Steps, preemptions and tokens count
    from the start; ``cached_tokens`` is the part of ``prompt_tokens`` that the prefix cache
    saved, ``accepted_tokens`` the part of ``drafted_tokens`` that came true.
    """

    live: int = 0
    running: int = 0
    blocks_total: int = 0
    blocks_free: int = 0
    blocks_cached: int = 0
    blocks_used: int = 0
    steps: int = 0
    preemptions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    drafted_tokens: int = 0
    accepted_tokens: int = 0

    @property
    def waiting(self) -> int:
        return max(0, self.live - self.running)
