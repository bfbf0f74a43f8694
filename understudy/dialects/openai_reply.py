"""Answers in OpenAI's format: the parts that completions and chat share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Answer, Choice
from understudy.dialects.base import CallMeta, Spelling
from understudy.dialects.openai_schema import OpenAIBody, StreamOptions
from understudy.dialects.openai_service import OpenAIService
from understudy.dialects.sse import DONE, TextFrame, frame, to_json
from understudy.errors import UnderstudyError
from understudy.events import (
    Event,
    FinishEvent,
    PromptEvent,
    TextEvent,
    TextLogprob,
    ToolCallEvent,
    Usage,
    UsageEvent,
)

SPELLING: Spelling = {
    "choices": "n",
    "constraint": "response_format",
    "show_stop": "include_stop_str_in_output",
    "token_ids": "return_tokens_as_token_ids",
}
"""What both formats call parts of a request by another name."""


@dataclass(frozen=True, slots=True)
class StreamUsage:
    """Which chunks carry usage: the finish chunk, one more without choices, or each of them."""

    on_finish: bool = True
    extra_chunk: bool = False
    on_each: bool = False

    @classmethod
    def asked(cls, options: StreamOptions | None) -> StreamUsage:
        """Clients of DeepInfra read usage off the finish chunk without asking; clients of
        OpenAI ask and read a chunk of its own, and some add up what chunks tell, so it comes
        once. Only ``include_usage: false`` declines."""
        if options is None:
            return cls()
        wanted, asked = options.include_usage is not False, options.include_usage is True
        return cls(
            on_finish=wanted and not asked,
            extra_chunk=asked,
            on_each=wanted and bool(options.continuous_usage_stats),
        )


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What a reply needs of its call."""

    service: OpenAIService
    card: ModelCard
    fields: OpenAIBody
    meta: CallMeta


class OpenAIReply:
    """One call's answer. Subclasses say how a choice looks; see ``dialects.base.Reply``.

    A finish is held back until the usage that follows it, so that both go in one chunk.
    """

    id_prefix: str
    body_object: str
    chunk_object: str
    spelling: ClassVar[Spelling]

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._usage = StreamUsage.asked(context.fields.stream_options)
        self._running = Usage()
        self._held: FinishEvent | None = None
        self._answered: Usage | None = None
        self._text_frames: dict[tuple[int, ...], TextFrame] = {}

    def opening(self, choice: int) -> dict[str, Any] | None:
        """The chunk's choice that comes before any text, if the format has one."""
        return None

    def text(self, choice: int, text: str, logprobs: Any = None) -> dict[str, Any]:
        raise NotImplementedError

    def logprobs(self, tokens: Sequence[TextLogprob], as_ids: bool) -> dict[str, Any]:
        raise NotImplementedError

    def tool_call(self, event: ToolCallEvent) -> dict[str, Any]:
        """A piece of a call, where the format has calls."""
        raise TypeError("a ToolCallEvent reached a format without tools")

    def finish(self, choice: int, reason: str) -> dict[str, Any]:
        raise NotImplementedError

    def whole(self, index: int, choice: Choice, logprobs: Any) -> dict[str, Any]:
        raise NotImplementedError

    def frames(self, events: Iterable[Event]) -> bytes:
        return b"".join(self._frame(event) for event in events)

    def end(self) -> bytes:
        return self._release() + DONE

    def failure(self, exc: UnderstudyError) -> bytes:
        body = self._context.service.error(exc, self._context.meta, self.spelling).body
        return frame({"error": body["error"]} if "error" in body else body)

    def body(self, answer: Answer) -> bytes:
        self._answered = answer.usage
        tells = self._context.fields.told_logprobs is not None
        choices = [
            self.whole(index, choice, self._logprobs(choice.logprobs) if tells else None)
            for index, choice in sorted(answer.choices.items())
        ]
        head = self._head(self.body_object)
        return to_json({**head, "choices": choices, "usage": self._usage_object(answer.usage)})

    def headers(self) -> Mapping[str, str]:
        """What the service tells in headers; more of it once ``body`` was called."""
        context = self._context
        return context.service.headers(context.meta, context.card, self._answered)

    def _frame(self, event: Event) -> bytes:
        match event:
            case PromptEvent(prompt_tokens, cached_tokens):
                self._running = Usage(prompt_tokens, 0, cached_tokens)
                openings = map(self.opening, range(self._context.fields.n or 1))
                return b"".join(self._chunk([opening]) for opening in openings if opening)
            case TextEvent():
                if not event.echo:
                    self._count(len(event.token_ids))
                return self._text_frame(event)
            case ToolCallEvent():
                return self._call_frame(event)
            case FinishEvent():
                released = self._release()
                self._held = event
                return released
            case UsageEvent(usage):
                self._running = usage
                return self._release(usage) + self._usage_chunk(usage)
            case _:
                raise TypeError(f"{type(event).__name__} reached a reply that cannot render it")

    def _count(self, tokens: int) -> None:
        running = self._running
        count = running.completion_tokens + tokens
        self._running = Usage(running.prompt_tokens, count, running.cached_tokens)

    def _text_frame(self, event: TextEvent) -> bytes:
        choice, text = event.choice, event.text
        if event.logprobs:
            return self._chunk([self.text(choice, text, self._logprobs(event.logprobs))])
        if not text:
            return b""
        if self._usage.on_each:
            return self._chunk([self.text(choice, text)])
        return self._filled((choice,), lambda hole: self.text(choice, hole), text)

    def _call_frame(self, event: ToolCallEvent) -> bytes:
        if event.name is not None or self._usage.on_each:
            return self._chunk([self.tool_call(event)])
        key, piece = (event.choice, event.position), event.arguments
        return self._filled(key, lambda hole: self.tool_call(replace(event, arguments=hole)), piece)

    def _filled(
        self, key: tuple[int, ...], choice: Callable[[str], dict[str, Any]], text: str
    ) -> bytes:
        """The chunk of ``choice(text)``, of which all but the text is the same for this key."""
        known = self._text_frames.get(key)
        if known is None:
            head = self._head(self.chunk_object)
            known = TextFrame({**head, "choices": [choice(TextFrame.HOLE)]})
            self._text_frames[key] = known
        return known(text)

    def _logprobs(self, tokens: Sequence[TextLogprob]) -> dict[str, Any]:
        return self.logprobs(tokens, bool(self._context.fields.return_tokens_as_token_ids))

    def _release(self, usage: Usage | None = None) -> bytes:
        if self._held is None:
            return b""
        held, self._held = self._held, None
        shown = usage if self._usage.on_finish else None
        return self._chunk([self.finish(held.choice, held.reason.value)], shown)

    def _usage_chunk(self, usage: Usage) -> bytes:
        return self._chunk([], usage) if self._usage.extra_chunk else b""

    def _chunk(self, choices: list[dict[str, Any]], usage: Usage | None = None) -> bytes:
        value = {**self._head(self.chunk_object), "choices": choices}
        if usage is None and self._usage.on_each:
            usage = self._running
        if usage is not None:
            value["usage"] = self._usage_object(usage)
        return frame(value)

    def _head(self, kind: str) -> dict[str, Any]:
        meta = self._context.meta
        return {
            "id": self._context.service.answer_id(self.id_prefix, meta),
            "object": kind,
            "created": meta.created,
            "model": self._context.fields.model,
        }

    def _usage_object(self, usage: Usage) -> dict[str, Any]:
        return self._context.service.usage(usage, self._context.card)
