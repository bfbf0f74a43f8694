"""What the tests of the OpenAI-compatible and DeepInfra dialects share: a card, a call, events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.models.cards import make_card
from understudy.catalog.card import ModelCard, Prices
from understudy.decode.fold import Answer
from understudy.dialects.base import Call, CallMeta, Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    TextLogprob,
    ToolCallEvent,
    Usage,
    UsageEvent,
)

MODEL = "meta-llama/Llama-2-70b-chat-hf"
CARD: ModelCard = replace(make_card(MODEL, context_length=4096), prices=Prices(0.64, 0.8))
FREE: ModelCard = replace(CARD, prices=None)
META = CallMeta(request_id="5f1c", created=1_700_000_000, started=100.0)

DIALECTS: dict[str, Dialect] = {
    "openai_completions": OpenAICompletions(SERVICE),
    "openai_chat": OpenAIChat(SERVICE),
    "deepinfra_native": DeepInfraNative(now=lambda: 100.2285),
}
MINIMAL: dict[str, dict[str, Any]] = {
    "openai_completions": {"model": MODEL, "prompt": "Once"},
    "openai_chat": {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]},
    "deepinfra_native": {"input": "Once"},
}


def parse(dialect: str, **fields: Any) -> Call:
    """The call that the smallest body of ``dialect`` and ``fields`` make."""
    return DIALECTS[dialect].parse({**MINIMAL[dialect], **fields}, CARD)


def event(kind: str, *fields: Any) -> Event:
    """An event as the goldens write it: its kind, then its fields in order."""
    match kind:
        case "prompt":
            return PromptEvent(*fields)
        case "text":
            choice, text, token_ids, *special = fields
            return TextEvent(choice, text, tuple(token_ids), *special)
        case "told" | "echo":
            choice, text, tokens = fields
            told = tuple(logprob(*token) for token in tokens)
            ids = tuple(token.token_id for token in told)
            return TextEvent(
                choice, text, ids, told[-1].special, logprobs=told, echo=kind == "echo"
            )
        case "call":
            choice, position, name, identifier = fields
            return ToolCallEvent(choice, position, name=name, id=identifier)
        case "arguments":
            return ToolCallEvent(*fields)
        case "finish":
            choice, reason, *stop = fields
            return FinishEvent(choice, FinishReason(reason), *stop)
        case "usage":
            return UsageEvent(Usage(*fields))
    raise ValueError(f"no event is called {kind}")


def logprob(
    offset: int, token_id: int, piece: str | list[int] | None, value: float | None, *top: Any
) -> TextLogprob:
    """A token as the goldens write it: the piece is text, bytes, or null for a control token,
    whose name is then the id in angles; then the likeliest tokens, written the same way."""
    told = bytes(piece) if isinstance(piece, list) else (piece or f"<{token_id}>").encode()
    likely = tuple(logprob(offset, *entry) for entry in top)
    return TextLogprob(token_id, told, value, piece is None, offset, likely)


def streamed(call: Call, steps: Sequence[Sequence[Event]], meta: CallMeta = META) -> bytes:
    reply = call.reply(meta)
    return b"".join(reply.frames(step) for step in steps) + reply.end()


def whole(call: Call, steps: Sequence[Sequence[Event]], meta: CallMeta = META) -> bytes:
    answer = Answer()
    for step in steps:
        answer.add(step)
    return call.reply(meta).body(answer)


def values(stream: bytes) -> list[Any]:
    """The JSON of each frame; the mark of the end is checked and left out."""
    frames = stream.decode().split("\n\n")
    assert frames.pop() == ""
    assert frames.pop() == "data: [DONE]"
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def answer_events(pieces: Sequence[str], reason: str = "stop") -> list[list[Event]]:
    """An answer of one token for each piece, as the server sees it: one step for each."""
    steps: list[list[Event]] = [[PromptEvent(7, 4)]]
    steps += [[TextEvent(0, piece, (100 + i,))] for i, piece in enumerate(pieces)]
    usage = Usage(7, len(pieces), 4)
    return [*steps, [FinishEvent(0, FinishReason(reason)), UsageEvent(usage)]]
