"""DeepInfra's own route, ``/v1/inference/{model}``: raw input, TGI-like frames."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from pydantic import Field

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Answer, Choice
from understudy.dialects.base import Call, CallMeta, ErrorReply
from understudy.dialects.body_schema import Integer, Text, read, refuse_unsupported
from understudy.dialects.deepinfra import SERVICE, cost
from understudy.dialects.deepinfra_errors import error_reply
from understudy.dialects.openai_schema import MaxTokens, ResponseFormat, SamplingBody
from understudy.dialects.sse import DONE, frame, to_json
from understudy.errors import UnderstudyError, UnsupportedField
from understudy.events import Event, FinishEvent, FinishReason, TextEvent
from understudy.request import GenerationRequest, TextInput

MAX_NEW_TOKENS = 512
TEMPERATURE = 0.7
TOP_P = 0.9

# Known fields, and the values with which they ask for nothing.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "num_responses": (1,),
    "webhook": (),
    "lora": (),
    "images": ([],),
    "logit_bias": ({},),
}


_UNEXPECTED = {"type": "server_error", "message": "Internal server error"}


class NativeBody(SamplingBody):
    """``model`` is in the path, not in the body."""

    input: Text
    max_new_tokens: MaxTokens | None = None
    num_responses: Annotated[Integer, Field(ge=1)] | None = None
    response_format: ResponseFormat | None = None
    webhook: Text | None = None


class NativeReply:
    """One frame for each token, then one with the whole text. ``now`` is in monotonic seconds."""

    def __init__(self, card: ModelCard, meta: CallMeta, now: Callable[[], float]) -> None:
        self._card = card
        self._meta = meta
        self._now = now
        self._so_far = Answer()
        self._last_id: int | None = None
        self._finish: FinishEvent | None = None

    def frames(self, events: Iterable[Event]) -> bytes:
        out = bytearray()
        events = list(events)
        self._so_far.add(events)
        for event in events:
            match event:
                case TextEvent(_, text, token_ids):
                    out += self._token_frames(text, token_ids)
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
        stop = self._finish.stop if self._finish is not None else None
        last = stop if isinstance(stop, int) else self._last_id
        return frame(_frame(last, "", choice.text, details, special=True)) + DONE

    def failure(self, exc: UnderstudyError) -> bytes:
        error = error_reply(exc, self._meta).body.get("error", _UNEXPECTED)
        said = {"error_type": error["type"], "error_message": error["message"]}
        # Clients that add up ``token.text`` do so before they look for an error.
        return frame({**said, **_frame(None, "", None, None)})

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

    def _token_frames(self, text: str, token_ids: tuple[int, ...]) -> bytes:
        """Text belongs to the last of the tokens that completed it."""
        if not token_ids:
            return frame(_frame(self._last_id, text, None, None)) if text else b""
        self._last_id = token_ids[-1]
        earlier = b"".join(frame(_frame(token, "", None, None)) for token in token_ids[:-1])
        return earlier + frame(_frame(self._last_id, text, None, None))


class DeepInfraNative:
    """``POST /v1/inference/{model}``."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now

    def parse(self, body: Any, card: ModelCard) -> Call:
        fields = read(NativeBody, body)
        refuse_unsupported(body, NEUTRAL)
        if fields.response_format is not None and fields.response_format.type != "text":
            raise UnsupportedField("response_format")
        asked = fields.max_new_tokens
        request = GenerationRequest(
            model=card.name,
            input=TextInput(fields.input),
            sampling=fields.sampling(
                MAX_NEW_TOKENS if asked is None else asked, TEMPERATURE, TOP_P
            ),
            limits=SERVICE.limits_for(card, asked),
        )

        def reply(meta: CallMeta) -> NativeReply:
            return NativeReply(card, meta, self._now)

        return Call(request, bool(fields.stream), reply)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return error_reply(exc, meta)


def _frame(
    token: int | None, text: str, whole: str | None, details: Any, special: bool = False
) -> dict[str, Any]:
    return {
        "token": {"id": token, "text": text, "logprob": None, "special": special},
        "generated_text": whole,
        "details": details,
    }


def _tgi_reason(finish: FinishEvent | None) -> str:
    """Text Generation Inference has its own words for why an answer ended."""
    if finish is not None and finish.reason is FinishReason.LENGTH:
        return "length"
    if finish is not None and isinstance(finish.stop, str):
        return "stop_sequence"
    return "eos_token"
