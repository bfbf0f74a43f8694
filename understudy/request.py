"""The one request form. Every dialect parses into it; nothing below knows a dialect.

A field here carries the meaning that engines share, not the spelling of any wire
format. "Off" is spelled the same way for every dialect (see each field), so that the
engine has one rule and the dialects do the translating.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How tokens are drawn, and when a sequence ends.

    ``max_tokens`` None means "as many as the limits leave", and is resolved by the prompt
    room before a backend sees it. ``temperature`` 0 is greedy. ``top_p`` in (0, 1), 1 is
    off; 0 is greedy. ``top_k`` 0 is off. ``min_p`` 0 is off. ``repetition_penalty`` 1 is
    off (multiplicative, over prompt and output tokens); ``frequency_penalty`` and
    ``presence_penalty`` 0 are off (additive, over output tokens only, as OpenAI defines
    them). ``seed`` None draws a fresh one; the same seed gives the same draws whatever
    else shares the batch. ``logit_bias`` is added to the logits of these tokens, by id, before
    anything else is done to them. ``show_stop`` leaves the stop string that ends an answer in its
    text. ``ignore_eos`` serves benchmarks only.
    """

    max_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    show_stop: bool = False
    stop_token_ids: tuple[int, ...] = ()
    logit_bias: tuple[tuple[int, float], ...] = ()
    ignore_eos: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that an assistant turn made. ``arguments`` is JSON text, as it was written."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. ``content`` is plain text; parts are joined by the dialect."""

    role: str
    content: str
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


TOOL_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
"""What a tool may be called: what a model writes between quotation marks without an escape."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that the model may call; ``parameters`` is a JSON schema, ``name`` a TOOL_NAME."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The answer is one JSON object, whatever is in it."""


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """The answer is JSON that satisfies ``schema``."""

    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Regex:
    """The whole answer matches ``pattern``."""

    pattern: str


@dataclass(frozen=True, slots=True)
class ToolCallForm:
    """How a model writes a call: ``opening``, a JSON object with the tool's name and its
    arguments under these keys, ``closing``; several calls are joined by ``separator``."""

    opening: str = ""
    closing: str = ""
    name_key: str = "name"
    arguments_key: str = "parameters"
    separator: str = "\n"


@dataclass(frozen=True, slots=True)
class CallTools:
    """The answer is a call of one of ``tools``, or of at most ``calls`` of them in a row; or it
    is JSON as ``otherwise`` has it, if that is given."""

    tools: tuple[ToolSpec, ...]
    form: ToolCallForm = field(default_factory=ToolCallForm)
    calls: int = 1
    otherwise: JsonObject | JsonSchema | None = None


Constraint = JsonObject | JsonSchema | Regex | CallTools


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether an answer may call the tools of its ChatInput, must, or must not.

    ``name`` with "required" is the one tool that must be called. ``parallel`` False allows
    one call at most.
    """

    mode: Literal["auto", "none", "required"] = "auto"
    name: str | None = None
    parallel: bool = True


@dataclass(frozen=True, slots=True)
class ChatInput:
    """Messages, put into text by the model's chat template."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class TextInput:
    """Text that goes to the tokenizer as it is; BOS is added unless the text brings its own."""

    text: str


@dataclass(frozen=True, slots=True)
class TokenInput:
    """Token ids, used as they are."""

    token_ids: tuple[int, ...]


Input = ChatInput | TextInput | TokenInput


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """What a dialect and a card allow, in tokens, before the loaded model's own window.

    ``context`` bounds input plus output, ``input`` the input alone; None means the model's
    own window decides. ``output`` caps the tokens generated when ``max_tokens`` is None.
    ``overflow`` says what happens when input plus ``max_tokens`` exceeds the context:
    "refuse" raises ContextOverflow, "clamp" lets the answer end with ``length`` there.
    """

    context: int | None = None
    input: int | None = None
    output: int | None = None
    overflow: Literal["refuse", "clamp"] = "refuse"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation, whatever door it came through.

    ``choices`` answers are drawn from one prompt. ``logprobs`` None tells no probabilities;
    a number tells each token's own and those of as many of the likeliest. ``echo`` puts the
    prompt before every answer, with its log-probabilities where those are told. ``token_ids`` says
    that log-probabilities are told by the ids of their tokens, not by their text. ``constraint`` is
    what the answer must be; cut off at ``max_tokens`` it may be the beginning of one.
    ``adapter`` names a LoRA adapter of the model. ``tool_choice`` is about the tools of a
    ChatInput; how the model writes a call is not the dialect's business, so it gives no
    CallTools of its own.

    ``cache_namespace`` separates prefix caches: blocks are shared only between requests of
    equal namespace (the caller's key, plus whatever cache key the dialect offers). ``tenant``
    is whose turn a request takes; tenants get the engine's time in proportion to ``weight``.
    ``wait`` False asks to be refused with ServerBusy where the request could not begin at once.
    ``hops`` counts the servers that have passed it on before it came here.
    """

    model: str
    input: Input
    sampling: SamplingParams = field(default_factory=SamplingParams)
    limits: TokenLimits = field(default_factory=TokenLimits)
    cache_namespace: str = ""
    choices: int = 1
    logprobs: int | None = None
    echo: bool = False
    token_ids: bool = False
    constraint: Constraint | None = None
    adapter: str | None = None
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    tenant: str = ""
    weight: float = 1.0
    wait: bool = True
    hops: int = 0
