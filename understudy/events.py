"""The one event stream. Backends emit it, ``decode/`` turns tokens into text, dialects render it.

Order, for every request: one PromptEvent; a PromptLogprobsEvent where the prompt's
log-probabilities were asked for; then TokenEvents (from an engine of ours) or
TextEvents (from an upstream, and always after ``decode/``); a FinishEvent for each choice;
last a UsageEvent (added by ``decode/``, or passed on from an upstream). Events travel in
lists, one list per engine step, because a step ends for many sequences at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

UNKNOWN_TOKEN = -1
"""The id of a token that an upstream does not name."""


class FinishReason(StrEnum):
    """Why a choice ended. Dialects translate where their service uses other words."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one request. ``cached_tokens`` is the share of the prompt not computed."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class PromptEvent:
    """The prompt was admitted: its length, and how much of it came from the prefix cache."""

    prompt_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """The natural log of a token's probability under the model itself: before penalties,
    temperature, truncation and constraints. ``top`` are the likeliest tokens at its place,
    likeliest first (of equals the lower id), as many as were asked for."""

    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PromptLogprobsEvent:
    """One entry for each prompt token; the first is None, since nothing comes before it."""

    tokens: tuple[TokenLogprob | None, ...]


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One sampled token. ``is_stop`` marks an EOS or stop token: counted, but no text.

    ``logprob`` is None where log-probabilities were not asked for.
    """

    choice: int
    token_id: int
    is_stop: bool = False
    logprob: TokenLogprob | None = None


@dataclass(frozen=True, slots=True)
class TextLogprob:
    """A TokenLogprob after ``decode/``, which knows how its tokens read.

    ``piece`` is what the token adds at its place, in bytes, which may be part of a character;
    of a control token (``special``), which adds nothing, it is the name. ``logprob`` is None
    for the first token of a prompt. ``offset`` is where the token's text begins in the text of
    its choice, an echo included, in characters. ``top`` entries stand at the same place.
    """

    token_id: int
    piece: bytes
    logprob: float | None
    special: bool = False
    offset: int = 0
    top: tuple[TextLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class TextEvent:
    """Text of one choice that can no longer be taken back, and the tokens it stands for.

    ``token_ids`` may be empty (text held back earlier) and ``text`` may be empty (a token
    whose text is held back: half a character, or the start of a stop string). ``special`` says
    that the last of the tokens is a control token of the vocabulary, which has no text.
    ``logprobs`` has one entry for each of ``token_ids`` where they were asked for, and none
    where a stop string took all the text of these tokens. ``echo`` marks the prompt, said
    before the answer: its tokens count as no completion.
    """

    choice: int
    text: str
    token_ids: tuple[int, ...] = ()
    special: bool = False
    logprobs: tuple[TextLogprob, ...] = ()
    echo: bool = False


@dataclass(frozen=True, slots=True)
class ToolCallEvent:
    """A piece of a tool call: the first carries ``name`` and ``id``, the rest argument text."""

    choice: int
    position: int
    arguments: str = ""
    name: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class FinishEvent:
    """A choice ended. ``stop`` is the stop string or stop token id that ended it, if one did."""

    choice: int
    reason: FinishReason
    stop: str | int | None = None


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """The last event of a request that ended well."""

    usage: Usage


Event = (
    PromptEvent
    | PromptLogprobsEvent
    | TokenEvent
    | TextEvent
    | ToolCallEvent
    | FinishEvent
    | UsageEvent
)
