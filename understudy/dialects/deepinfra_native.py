"""DeepInfra's own route, ``/v1/inference/{model}``: raw input, TGI-like frames."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Answer, Choice
from understudy.dialects.base import Call, CallMeta, ErrorReply, Spelling
from understudy.dialects.body_schema import Text, read
from understudy.dialects.deepinfra import SERVICE, cost
from understudy.dialects.deepinfra_errors import error_reply
from understudy.dialects.deepinfra_refusals import check_version
from understudy.dialects.openai_format import constraint_of
from understudy.dialects.openai_logprobs import LOWEST
from understudy.dialects.openai_schema import Choices, MaxTokens, ResponseFormat, SamplingBody
from understudy.dialects.sse import DONE, frame, to_json
from understudy.dialects.wishes import Wishes, at_door, refuse_wishes
from understudy.errors import UnderstudyError, UnsupportedField
from understudy.events import UNKNOWN_TOKEN, Event, FinishEvent, FinishReason, TextEvent
from understudy.request import GenerationRequest, TextInput

MAX_NEW_TOKENS = 512
TEMPERATURE = 0.7
TOP_P = 0.9

# ``input`` is always taken as it is.
WISHES: Wishes = at_door(
    *("input", "raw", "max_new_tokens", "response_format", "num_responses"),
    stream_options=({}, {"include_usage": True}),
)
SPELLING: Spelling = {
    "max_tokens": "max_new_tokens",
    "choices": "num_responses",
    "constraint": "response_format",
}

_UNEXPECTED = {"type": "server_error", "message": "Internal server error"}


class NativeBody(SamplingBody):
    """``model`` is in the path, not in the body."""

    input: Text
    max_new_tokens: MaxTokens | None = None
    num_responses: Choices | None = None
    response_format: ResponseFormat | None = None
    webhook: Text | None = None
    prompt_cache_key: Text | None = None


class NativeReply:
    """One frame for each token; the last token's also holds the whole text and why it ended.

    The newest token is held back until the next, because none knows that it is the last.
    ``now`` is in monotonic seconds.
    """

    def __init__(self, card: ModelCard, meta: CallMeta, now: Callable[[], float]) -> None:
        self._card = card
        self._meta = meta
        self._now = now
        self._so_far = Answer()
        self._held: _Token | None = None
        self._finish: FinishEvent | None = None

    def frames(self, events: Iterable[Event]) -> bytes:
        out = bytearray()
        events = list(events)
        self._so_far.add(events)
        for event in events:
            match event:
                case TextEvent():
                    out += self._text(event)
                case FinishEvent():
                    self._finish = event
        return bytes(out)

    def end(self) -> bytes:
        choice, usage = self._so_far.choices.get(0, Choice()), self._so_far.usage
        details = {
            "finish_reason": _tgi_reason(self._finish),
            "generated_tokens": usage.completion_tokens,
            "input_length": usage.prompt_tokens,
        }
        return frame(_frame(self._held or _Token(), choice.text, details)) + DONE

    def failure(self, exc: UnderstudyError) -> bytes:
        error = error_reply(exc, self._meta, SPELLING).body.get("error", _UNEXPECTED)
        said = {"error_type": error["type"], "error_message": error["message"]}
        # Clients that add up ``token.text`` do so before they look for an error.
        return self._release() + frame({**said, **_frame(_Token())})

    def body(self, answer: Answer) -> bytes:
        usage = answer.usage
        return to_json(
            {
                "request_id": self._meta.request_id,
                "inference_status": {
                    "status": "succeeded",
                    "runtime_ms": math.floor((self._now() - self._meta.started) * 1000),
                    "cost": cost(usage, self._card),
                    "tokens_generated": usage.completion_tokens,
                    "tokens_input": usage.prompt_tokens,
                },
                "results": [
                    {"generated_text": answer.choices[index].text}
                    for index in sorted(answer.choices)
                ],
                "num_tokens": usage.completion_tokens,
                "num_input_tokens": usage.prompt_tokens,
            }
        )

    def _text(self, event: TextEvent) -> bytes:
        """Text belongs to the last of the tokens that completed it."""
        if len(event.token_ids) == 1:
            out = self._release()
            logprob = event.logprobs[0].logprob if event.logprobs else None
            self._held = _Token(_id(event.token_ids[0]), logprob, event.text, event.special)
            return out
        held = self._held
        if not event.token_ids and held is not None and held.id is not None:
            self._held = replace(held, text=held.text + event.text)
            return b""
        if not event.token_ids and not event.text:
            return b""
        told = [entry.logprob for entry in event.logprobs] or [None] * len(event.token_ids)
        tokens = [_Token(*token) for token in zip(map(_id, event.token_ids), told, strict=True)]
        *earlier, last = tokens or (_Token(),)
        out = self._release() + b"".join(map(_framed, earlier))
        self._held = replace(last, text=event.text, special=event.special)
        return out

    def _release(self) -> bytes:
        held, self._held = self._held, None
        return b"" if held is None else _framed(held)


class DeepInfraNative:
    """``POST /v1/inference/{model}``."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now

    def parse(self, body: Any, card: ModelCard) -> Call:
        fields = read(NativeBody, body)
        refuse_wishes(body, WISHES)
        stream, choices = bool(fields.stream), fields.num_responses or 1
        if stream and choices > 1:
            # A frame does not say which of the answers it belongs to.
            raise UnsupportedField("num_responses", "above 1 is not supported with 'stream'")
        asked = fields.max_new_tokens
        request = GenerationRequest(
            model=card.name,
            input=TextInput(fields.input),
            sampling=fields.sampling(
                MAX_NEW_TOKENS if asked is None else asked, TEMPERATURE, TOP_P
            ),
            limits=SERVICE.limits_for(card, asked, "max_new_tokens"),
            cache_namespace=fields.prompt_cache_key or "",
            choices=choices,
            logprobs=0 if stream else None,
            constraint=constraint_of(fields.response_format),
        )

        def reply(meta: CallMeta) -> NativeReply:
            return NativeReply(card, meta, self._now)

        return Call(request, stream, reply)

    def with_query(self, call: Call, query: Mapping[str, str], card: ModelCard) -> Call:
        """``call``, unless ``?version=`` asks for a version that is not here.

        Raises UnknownVersion. Parameters that nobody knows pass.
        """
        if version := query.get("version"):
            check_version(card, version, "version")
        return call

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return error_reply(exc, meta, SPELLING)


@dataclass(frozen=True, slots=True)
class _Token:
    """One token as a frame shows it; ``id`` None where an upstream names none."""

    id: int | None = None
    logprob: float | None = None
    text: str = ""
    special: bool = False


def _id(token_id: int) -> int | None:
    return None if token_id == UNKNOWN_TOKEN else token_id


def _frame(token: _Token, whole: str | None = None, details: Any = None) -> dict[str, Any]:
    shown = {
        "id": token.id,
        "text": token.text,
        "logprob": None if token.logprob is None else max(token.logprob, LOWEST),
        "special": token.special,
    }
    return {
        "token": shown,
        "generated_text": whole,
        "details": details,
    }


# What nearly every token's frame is but for these three; -1.5 and "~" stand nowhere else in it.
_TOKEN_FRAME = (
    frame(_frame(_Token(-1, -1.5, "~")))
    .replace(b"-1.5", b"%(logprob)a")
    .replace(b"-1", b"%(id)d")
    .replace(b'"~"', b"%(text)b")
)


def _framed(token: _Token) -> bytes:
    """The frame of a token that is not the last; this runs for each one of a stream."""
    if token.id is None or token.logprob is None or token.special:
        return frame(_frame(token))
    logprob = max(token.logprob, LOWEST)
    return _TOKEN_FRAME % {
        b"id": token.id,
        b"text": to_json(token.text),
        b"logprob": logprob,
    }


def _tgi_reason(finish: FinishEvent | None) -> str:
    """Text Generation Inference has its own words for why an answer ended."""
    if finish is not None and finish.reason is FinishReason.LENGTH:
        return "length"
    return "eos_token" if finish is None or finish.stop is None else "stop_sequence"
