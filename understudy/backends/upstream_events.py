"""The chunks of an OpenAI-compatible stream, read into events. Pure; trusts nothing it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from understudy import strict_json
from understudy.backends.upstream_logprobs import (
    Offsets,
    Unreadable,
    read_chat,
    read_completion,
)
from understudy.events import (
    UNKNOWN_TOKEN,
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
from understudy.request import ChatInput, GenerationRequest, TextInput, TokenInput
from understudy.upstreams import Upstream

_MOST_TOKENS = 2**40
_MOST_CALLS = 1024
_REASONS = {reason.value: reason for reason in FinishReason}


class UpstreamError(Exception):
    """The upstream says in its stream that it failed; ``said`` is its error object."""

    def __init__(self, said: Any) -> None:
        super().__init__("an error in the stream")
        self.said = said


class ChunkReader:
    """The events of one answer. ``echoes`` says that every choice begins with the prompt.

    The PromptEvent comes with the first text, call or end, because until then nothing is lost
    by asking again. Without ``max_tokens`` an answer ends with LENGTH at ``limits.output``, which
    no upstream knows; what still comes of it is dropped.
    """

    def __init__(self, request: GenerationRequest, upstream: Upstream, echoes: bool) -> None:
        self._request = request
        self._chat = isinstance(request.input, ChatInput)
        self._usage: Usage | None = None
        self._begun = False
        self._most = None if request.sampling.max_tokens is not None else request.limits.output
        known = request.input.text if isinstance(request.input, TextInput) and echoes else ""
        tells_offsets = upstream.kind == "understudy"
        self._choices = [
            _Choice(index, request, echoes, None if tells_offsets else Offsets(known))
            for index in range(request.choices)
        ]

    @property
    def complete(self) -> bool:
        """Whether every choice has ended."""
        return all(choice.ended for choice in self._choices)

    @property
    def cut(self) -> bool:
        """Whether every choice has ended, not all by themselves: the upstream goes on."""
        return self.complete and any(choice.cut for choice in self._choices)

    def feed(self, data: bytes) -> list[Event]:
        """What the chunk ``data`` tells. Raises Unreadable and UpstreamError."""
        try:
            chunk = strict_json.loads(data.decode())
        except ValueError as exc:
            raise Unreadable("what is no JSON") from exc
        if not isinstance(chunk, Mapping):
            raise Unreadable("what is no object")
        if chunk.get("error") is not None or chunk.get("object") == "error":
            raise UpstreamError(chunk)
        before = self._usage
        if chunk.get("usage") is not None:
            self._usage = _usage(chunk["usage"])
        choices = chunk.get("choices") or []
        if not isinstance(choices, list):
            raise Unreadable("choices that are no list")
        events = [event for given in choices for event in self._choice(given, before, len(choices))]
        if not events or self._begun:
            return events
        self._begun = True
        return [*self._opening(), *events]

    def end(self) -> list[Event]:
        """What follows the last chunk. Raises Unreadable where an answer has no end."""
        if not self.complete:
            raise Unreadable("an answer without its end")
        usage = self._usage
        if usage is None or self.cut:
            # An upstream may not count, or have counted what was dropped.
            tokens = sum(choice.pieces for choice in self._choices)
            cached = 0 if usage is None else usage.cached_tokens
            usage = Usage(self._prompt_tokens(), tokens, cached)
        return [UsageEvent(usage)]

    def _opening(self) -> Iterator[Event]:
        cached = 0 if self._usage is None else self._usage.cached_tokens
        yield PromptEvent(self._prompt_tokens(), cached)
        request = self._request
        if request.echo and isinstance(request.input, TextInput) and request.logprobs is None:
            for index in range(request.choices):
                yield TextEvent(index, request.input.text, echo=True)

    def _prompt_tokens(self) -> int:
        given = self._request.input
        if isinstance(given, TokenInput):
            return len(given.token_ids)
        return 0 if self._usage is None else self._usage.prompt_tokens

    def _choice(self, given: Any, before: Usage | None, together: int) -> Iterator[Event]:
        if not isinstance(given, Mapping):
            raise Unreadable("a choice that is no object")
        index = given.get("index", 0)
        if not isinstance(index, int) or not 0 <= index < len(self._choices):
            raise Unreadable("a choice that was not asked for")
        choice = self._choices[index]
        if choice.cut:
            return
        body = given.get("delta") if self._chat else given
        if body is None:
            body = {}
        if not isinstance(body, Mapping):
            raise Unreadable("a piece that is no object")
        text = _text(body.get("content" if self._chat else "text"))
        told = self._logprobs(given.get("logprobs"))
        counted = 0
        if self._usage is not None and len(self._choices) == together == 1:
            counted = self._usage.completion_tokens - (before or Usage()).completion_tokens
        yield from choice.text(text, told, counted, self._prompt_tokens())
        calls = body.get("tool_calls") if self._chat else None
        if calls:
            yield from choice.calls(calls)
        reason = given.get("finish_reason")
        # Some write an empty text where others write null.
        if reason is not None and reason != "":
            yield choice.finish(reason, given.get("stop_reason"))
        elif self._most is not None and choice.pieces >= self._most:
            yield choice.cut_off()

    def _logprobs(self, given: Any) -> list[TextLogprob]:
        if given is None:
            return []
        read = read_chat if self._chat else read_completion
        return read(given, self._request.logprobs or 0)


class _Choice:
    """One answer. ``pieces`` counts its tokens, or what comes nearest to that."""

    def __init__(
        self, index: int, request: GenerationRequest, echoes: bool, offsets: Offsets | None
    ) -> None:
        self._index = index
        self._tells = request.logprobs is not None
        self._input = request.input
        self._offsets = offsets
        self._echoing = echoes
        self._echoed_tokens = self._echoed = 0
        self._told = False
        self._calls = 0
        self.pieces = 0
        self.ended = False
        self.cut = False

    def text(
        self, text: str, told: list[TextLogprob], counted: int, prompt_tokens: int
    ) -> Iterator[Event]:
        if not text and not told:
            return
        self._open()
        if self._offsets is not None:
            told = self._offsets.place(told)
        if self._echoing:
            echo, text, shown, told = self._split(text, told, prompt_tokens)
            if echo or shown:
                yield self._said(echo, shown, len(shown), echo_of=True)
            if not text and not told:
                return
        self._told = self._told or bool(told)
        self.pieces += max(1, len(told), counted)
        yield self._said(text, told, len(told) or max(0, counted))

    def calls(self, given: Any) -> Iterator[Event]:
        self._open()
        if not isinstance(given, list):
            raise Unreadable("calls that are no list")
        self.pieces += 1
        for call in given:
            event = self._call(call)
            # Some end each call with a piece of nothing.
            if event.name is not None or event.arguments:
                yield event

    def finish(self, reason: Any, stop: Any) -> FinishEvent:
        self._open()
        if reason not in _REASONS:
            shown = reason if isinstance(reason, str) and reason.isascii() else "?"
            raise Unreadable(f"an answer that ended with '{shown[:40]}'")
        if self._tells and self.pieces and not self._told and not self._calls:
            raise Unreadable("an answer without the log-probabilities that were asked for")
        self.ended = True
        ended = _REASONS[reason]
        if ended is FinishReason.STOP and self._calls:
            ended = FinishReason.TOOL_CALLS
        kind = isinstance(stop, str | int) and not isinstance(stop, bool)
        return FinishEvent(self._index, ended, stop if kind else None)

    def cut_off(self) -> FinishEvent:
        self.ended = self.cut = True
        return FinishEvent(self._index, FinishReason.LENGTH)

    def _open(self) -> None:
        if self.ended:
            raise Unreadable("more of an answer after its end")

    def _said(
        self, text: str, told: list[TextLogprob], tokens: int, *, echo_of: bool = False
    ) -> TextEvent:
        ids = tuple(one.token_id for one in told) or (UNKNOWN_TOKEN,) * tokens
        shown = tuple(told) if self._tells else ()
        return TextEvent(self._index, text, ids, logprobs=shown, echo=echo_of)

    def _split(
        self, text: str, told: list[TextLogprob], prompt_tokens: int
    ) -> tuple[str, str, list[TextLogprob], list[TextLogprob]]:
        """The echo and the answer: a server may send the end of the one with the other."""
        left = max(0, prompt_tokens - self._echoed_tokens)
        shown, more = told[:left], told[left:]
        if isinstance(self._input, TextInput):
            cut = len(self._input.text) - self._echoed
            if not self._input.text.startswith(text[:cut], self._echoed):
                raise Unreadable("an echo that is not the prompt")
        else:
            cut = more[0].offset - self._echoed if more else len(text)
        cut = min(max(cut, 0), len(text))
        self._echoed += cut
        self._echoed_tokens += len(shown)
        self._echoing = not more and cut == len(text)
        return text[:cut], text[cut:], shown, more

    def _call(self, given: Any) -> ToolCallEvent:
        if not isinstance(given, Mapping):
            raise Unreadable("a call that is no object")
        function = given.get("function") or {}
        position = given.get("index", self._calls)
        if not isinstance(function, Mapping) or not isinstance(position, int):
            raise Unreadable("a call of no function")
        if not 0 <= position <= min(self._calls, _MOST_CALLS):
            raise Unreadable("calls out of their order")
        arguments = _text(function.get("arguments"))
        if position < self._calls:
            return ToolCallEvent(self._index, position, arguments)
        name, identifier = _text(function.get("name")), _text(given.get("id"))
        if not name:
            raise Unreadable("a call without a name")
        self._calls += 1
        return ToolCallEvent(self._index, position, arguments, name, identifier or None)


def _usage(given: Any) -> Usage:
    if not isinstance(given, Mapping):
        raise Unreadable("usage that is no object")
    details = given.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    return Usage(
        _count(given.get("prompt_tokens")), _count(given.get("completion_tokens")), _count(cached)
    )


def _count(given: Any) -> int:
    if given is None:
        return 0
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < _MOST_TOKENS:
        raise Unreadable("a count of tokens that is none")
    return given


def _text(given: Any) -> str:
    """Text that can be sent on: JSON can spell half of a surrogate pair."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Unreadable("text that is none")
    if given.isascii():
        return given
    return given.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
