"""One answer: its tokens become text, its text is searched for stop strings and for calls."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.decode.detokenizer import Detokenizer
from understudy.decode.logprobs import Held, read_logprob, shifted
from understudy.decode.stops import StopMatcher
from understudy.decode.tool_parsers.reader import CallReader, Part
from understudy.events import TextEvent, TextLogprob, TokenEvent, TokenLogprob, ToolCallEvent
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import SamplingParams

Said = list[TextEvent | ToolCallEvent]


class ChoiceDecoder:
    """``echoed`` is the length of the text that stands before the answer; ``reader`` finds its
    calls, None where it has none. ``tells`` says that tokens come with log-probabilities."""

    __slots__ = (
        *("_index", "_tokenizer", "_detokenizer", "_stops", "_reader", "_held"),
        *("_echoed", "_decoded", "_passed", "_unsaid"),
    )

    def __init__(
        self,
        index: int,
        tokenizer: Tokenizer,
        prompt: Sequence[int],
        sampling: SamplingParams,
        reader: CallReader | None,
        echoed: int,
        tells: bool,
    ) -> None:
        self._index = index
        self._tokenizer = tokenizer
        self._detokenizer = Detokenizer(tokenizer, prompt)
        self._stops = StopMatcher(sampling.stop, shown=sampling.show_stop)
        self._reader = reader
        # Whose text is yet uncertain: of a stop string's or call's tokens only the ids are told.
        self._held = Held() if tells and (sampling.stop or reader is not None) else None
        self._echoed = echoed
        # In characters of the answer: decoded, certain, and of the certain those of calls.
        self._decoded = self._passed = self._unsaid = 0

    @property
    def called(self) -> bool:
        """Whether the answer calls tools, with nothing missing."""
        return self._reader is not None and self._reader.called

    def push(self, event: TokenEvent, special: bool) -> tuple[Said, str | None]:
        """What is certain after a token, and the stop string that it completes, if one."""
        start = self._decoded
        if event.logprob is not None:
            start += self._ahead(event)
        told = () if event.logprob is None else (self._read(event.logprob, start),)
        text = "" if event.is_stop else self._detokenizer.push(event.token_id)
        self._decoded += len(text)
        text, stop = self._stops.push(text)
        if self._held is None or not told:
            if self._reader is None:
                return [TextEvent(self._index, text, (event.token_id,), special, told)], stop
            return self._with_calls(self._parts(text, stop is not None), event, special), stop
        self._held.push(start, self._decoded, event.token_id, *told)
        return self._certain(self._held, self._parts(text, stop is not None), stop), stop

    def flush(self) -> tuple[Said, str | None]:
        """What was held back, at the end of the answer, and the stop string that it completes."""
        text, stop = self._stops.push(self._detokenizer.flush())
        if stop is None:
            text += self._stops.flush()
        parts = self._parts(text, ended=True)
        if self._held is None:
            return self._with_calls(parts, None, False), stop
        said = self._certain(self._held, parts, stop)
        return said + self._said("", *self._released(*self._held.rest(), self._passed)), stop

    def _parts(self, text: str, ended: bool) -> list[Part]:
        if self._reader is None:
            return [Part(len(text), text)] if text else []
        parts = self._reader.push(text)
        return parts + self._reader.flush() if ended else parts

    def _with_calls(self, parts: list[Part], event: TokenEvent | None, special: bool) -> Said:
        """The events of ``parts``; the token is told with the first of them, whatever it is."""
        ids = () if event is None else (event.token_id,)
        texts = [part.told for part in parts[:1] if isinstance(part.told, str)]
        out: Said = []
        if ids or texts:
            out.append(TextEvent(self._index, "".join(texts), ids, special))
        for part in parts[len(texts) :]:
            if isinstance(part.told, str):
                out.append(TextEvent(self._index, part.told))
            elif part.told is not None:
                out.append(part.told)
        return out

    def _certain(self, held: Held, parts: list[Part], stop: str | None) -> Said:
        said: Said = []
        for part in parts:
            start = self._passed
            self._passed += part.length
            if isinstance(part.told, str):
                said += self._said(part.told, *self._released(*held.release(self._passed), start))
                continue
            said += self._said("", held.drop(self._passed))
            if part.told is not None:
                said.append(part.told)
            self._unsaid += part.length
        if stop is not None:
            cut, _ = held.rest()
            said += self._said("", cut)
        return said

    def _released(
        self, token_ids: tuple[int, ...], told: tuple[TextLogprob, ...], start: int
    ) -> tuple[tuple[int, ...], tuple[TextLogprob, ...]]:
        """The tokens with offsets in the text as it is told, which goes on at ``start``."""
        if self._unsaid:
            at = self._echoed + start
            told = tuple(shifted(one, max(one.offset, at) - self._unsaid) for one in told)
        return token_ids, told

    def _said(
        self, text: str, token_ids: tuple[int, ...], told: tuple[TextLogprob, ...] = ()
    ) -> Said:
        if not text and not token_ids:
            return []
        special = bool(token_ids) and token_ids[-1] in self._tokenizer.special_ids
        return [TextEvent(self._index, text, token_ids, special, told)]

    def _ahead(self, event: TokenEvent) -> int:
        """How many characters of the text come between what is decoded and this token's own."""
        before = self._detokenizer
        return before.half if event.is_stop else before.ahead(before.piece(event.token_id))

    def _read(self, told: TokenLogprob, start: int) -> TextLogprob:
        offset = self._echoed + start
        return read_logprob(self._tokenizer, self._detokenizer, told, offset)
