"""Renders the native Workers AI answer: an enveloped body, or a stream of ``response`` frames."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from understudy.catalog.card import ModelCard, Prices
from understudy.decode.fold import Answer, Choice
from understudy.dialects.base import CallMeta
from understudy.dialects.sse import DONE, TextFrame, frame, json_frame, to_json
from understudy.dialects.told_calls import native_calls
from understudy.dialects.workers_errors import JsonModeUnmet, fault
from understudy.errors import UnderstudyError
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    TextEvent,
    TokenEvent,
    ToolCallEvent,
    Usage,
    UsageEvent,
)

_TEXT_FRAME = TextFrame({"response": TextFrame.HOLE})
_PADDING = "abcdefghijklmnopqrstuvwxyz0123456789"
_DOLLARS_PER_NEURON = 0.011 / 1000


class WorkersReply:
    """One native answer. ``response`` is a string in every frame and ``tool_calls`` never empty.

    Clients add frames' ``response`` up without looking, and take the mere presence of
    ``tool_calls`` for a tool call. ``padding`` adds the random ``p`` with which the service
    hides token lengths; ``include_usage`` False leaves usage out of the stream. In ``json_mode``
    the ``response`` of a body is the JSON that the model wrote, and not its text.

    All calls of an answer are in one frame, when the last of them is whole: an argument is an
    object here, and langchain-cloudflare reads the first frame with calls and none after it.
    """

    def __init__(
        self,
        meta: CallMeta,
        card: ModelCard,
        *,
        padding: bool = False,
        include_usage: bool = True,
        json_mode: bool = False,
    ) -> None:
        self._meta = meta
        self._card = card
        self._padding = padding
        self._include_usage = include_usage
        self._json_mode = json_mode
        self._finish: FinishReason | None = None
        self._usage = Usage()
        self._called = Answer()
        self._whole = False

    def frames(self, events: Iterable[Event]) -> bytes:
        """One frame for the text of one engine step; none when no text came free."""
        text = ""
        for event in events:
            match event:
                case TextEvent():
                    text += event.text
                case ToolCallEvent():
                    self._called.add([event])
                case FinishEvent():
                    self._finish = event.reason
                case UsageEvent():
                    self._usage = event.usage
                case TokenEvent():
                    raise TypeError("a TokenEvent reached the reply; decode comes first")
        if not text:
            return b""
        if self._padding:
            return frame({"response": text, "p": _pad()})
        return _TEXT_FRAME(text)

    def end(self) -> bytes:
        """The frame with calls, if there are any, that with usage and finish reason, ``[DONE]``."""
        last: dict[str, Any] = {"response": ""}
        if self._include_usage:
            last["usage"] = usage_object(self._usage)
        if self._finish:
            last["finish_reason"] = self._finish.value
        return self._calls_frame() + frame(last) + DONE

    def failure(self, exc: UnderstudyError) -> bytes:
        """An error frame and no ``[DONE]``: what came before must not pass for a whole answer."""
        this = fault(exc)
        error = {"code": this.code, "message": this.message(self._meta)}
        return frame({"response": "", "error": error})

    def body(self, answer: Answer) -> bytes:
        """``result`` in the envelope of the REST API. Raises JsonModeUnmet."""
        return b'{"result":' + self.result(answer) + b',"success":true,"errors":[],"messages":[]}'

    def result(self, answer: Answer) -> bytes:
        """Raises JsonModeUnmet where the answer should be JSON and was cut off before it was."""
        self._usage, self._whole = answer.usage, True
        choice = answer.choices.get(0, Choice())
        calls = native_calls(self._meta, choice.tool_calls)
        is_json = self._json_mode and (choice.text or not calls)
        response = _checked(choice.text) if is_json else to_json(choice.text)
        told = b',"tool_calls":' + calls if calls else b""
        rest: dict[str, Any] = {"usage": usage_object(answer.usage)}
        if choice.finish:
            rest["finish_reason"] = choice.finish.value
        return b'{"response":' + response + told + b"," + to_json(rest)[1:]

    def headers(self) -> Mapping[str, str]:
        """Headers of this answer; once ``body`` was called, also what it cost in neurons.

        A stream's headers leave before its cost is known.
        """
        return answer_headers(self._meta, self._card, self._usage if self._whole else None)

    def _calls_frame(self) -> bytes:
        calls = native_calls(self._meta, self._called.choices.get(0, Choice()).tool_calls)
        if calls is None:
            return b""
        padding = b',"p":' + to_json(_pad()) if self._padding else b""
        return json_frame(b'{"response":"","tool_calls":' + calls + padding + b"}")


def answer_headers(meta: CallMeta, card: ModelCard, usage: Usage | None) -> Mapping[str, str]:
    """The service's headers of an answer; what it cost only where ``usage`` is known already."""
    headers = {"cf-ai-req-id": meta.request_id}
    if usage is not None and card.prices is not None:
        headers["cf-ai-neurons"] = f"{neurons(card.prices, usage):.2f}"
    return headers


def _checked(text: str) -> bytes:
    """``text`` as it is, once it is JSON: read and written again, numbers beyond a double and
    keys that come twice would be lost. Raises JsonModeUnmet."""
    try:
        # Numbers stay text: Python reads none of thousands of digits.
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise JsonModeUnmet from None
    return text.encode()


def usage_object(usage: Usage) -> dict[str, Any]:
    """The service's ``usage``; cached tokens are named only when there are some."""
    counts: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }
    if usage.cached_tokens:
        counts["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    return counts


def neurons(prices: Prices, usage: Usage) -> float:
    """The service's unit of cost, of which 1000 are $0.011 by its price list."""
    dollars = (usage.prompt_tokens * prices.input + usage.completion_tokens * prices.output) / 1e6
    return dollars / _DOLLARS_PER_NEURON


def _pad() -> str:
    # From a real random source: the padding is there to blunt a side channel.
    return _PADDING[: 1 + secrets.randbelow(len(_PADDING))]
