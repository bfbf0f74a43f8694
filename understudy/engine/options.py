"""The engine's settings."""

from __future__ import annotations

from dataclasses import dataclass

from understudy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How many sequences run at once, how much one step computes, how many may wait.

    ``max_batch`` sequences run together. A step computes at most ``step_tokens`` tokens,
    of which at most ``prefill_chunk`` are prompt tokens when other sequences are decoding:
    that bounds how long a long prompt can hold the others up. ``queue_limit`` requests may
    wait beyond ``max_batch``; the next one is refused with ServerBusy.
    """

    max_batch: int = 64
    step_tokens: int = 512
    prefill_chunk: int = 128
    queue_limit: int = 512

    def __post_init__(self) -> None:
        if self.max_batch < 1:
            raise ConfigError(f"max_batch is {self.max_batch}; at least 1 is needed.")
        if self.step_tokens <= self.max_batch:
            raise ConfigError(
                f"step_tokens is {self.step_tokens}; it must exceed max_batch "
                f"({self.max_batch}), or prompts would wait while the batch is full."
            )
        if self.prefill_chunk < 1:
            raise ConfigError(f"prefill_chunk is {self.prefill_chunk}; at least 1 is needed.")
        if self.queue_limit < 0:
            raise ConfigError(f"queue_limit is {self.queue_limit}; it cannot be negative.")
