"""The engine's settings."""

from __future__ import annotations

from dataclasses import dataclass

from understudy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How many sequences run at once, how much one step computes, how many may wait.

    ``max_batch`` sequences run together. A step computes one token for each that decodes,
    and at most ``step_tokens`` prompt tokens; only ``prefill_chunk`` of them while something
    decodes, which bounds how long a long prompt can hold the others up. ``queue_limit``
    answers may wait beyond ``max_batch``; the next request is refused with ServerBusy. A step
    of few decoding sequences checks drafts too, ``draft_rows`` tokens in all; 0 makes none.
    """

    max_batch: int = 64
    step_tokens: int = 512
    prefill_chunk: int = 128
    queue_limit: int = 512
    draft_rows: int = 8

    def __post_init__(self) -> None:
        for name, least in (
            ("max_batch", 1),
            ("step_tokens", 1),
            ("prefill_chunk", 1),
            ("queue_limit", 0),
            ("draft_rows", 0),
        ):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be {least} or more.")
