"""Follows answers through a compiled grammar, for the engine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher

from understudy.decode.constrain.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_WORN_AFTER = 1_000_000
"""Tokens. Answers share what the lexer has learnt, which only grows and has a limit."""


class CompiledGrammar:
    """A grammar at the start of an answer. ``worn`` asks for compiling it anew: the library has
    given up on an answer, or has followed so many that it may soon. ``on_failure`` is called at
    the former, on the engine's thread."""

    def __init__(
        self, start: LLMatcher, vocabulary: Vocabulary, on_failure: Callable[[], None]
    ) -> None:
        self._start = start
        self._on_failure = on_failure
        self._vocabulary = vocabulary
        self._eos_mask = np.zeros(-(-vocabulary.size // 32), np.uint32)
        for token in vocabulary.eos:
            self._eos_mask[token // 32] |= np.uint32(1 << token % 32)
        self._eos_mask.flags.writeable = False
        self._failed = False
        self._accepted = 0

    @property
    def worn(self) -> bool:
        return self._failed or self._accepted > _WORN_AFTER

    @property
    def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    @property
    def size(self) -> int:
        return self._vocabulary.size

    @property
    def eos(self) -> tuple[int, ...]:
        return self._vocabulary.eos

    @property
    def eos_mask(self) -> npt.NDArray[np.uint32]:
        """The mask under which nothing but an end may come."""
        return self._eos_mask

    def matcher(self) -> GrammarMatcher:
        return GrammarMatcher(self._start.deep_copy(), self)

    def used(self, tokens: int) -> None:
        self._accepted += tokens

    def failed(self, why: str) -> None:
        """Note that the library gave up on an answer, and log it the first time."""
        if not self._failed:
            self._failed = True
            self._on_failure()
            reason = why.partition("\n")[0][:200]
            log.warning("a constraint outgrew its limits, and its answers end there: %s", reason)


class GrammarMatcher:
    """One answer. Where the library gives up, the answer is exhausted, and only an end may come."""

    __slots__ = ("_ended", "_exhausted", "_grammar", "_mask", "_native", "_over")

    def __init__(self, native: LLMatcher, grammar: CompiledGrammar) -> None:
        self._native = native
        self._grammar = grammar
        self._exhausted = self._over = self._ended = False
        self._mask: npt.NDArray[np.uint32] | None = None
        self._look()

    @property
    def complete(self) -> bool:
        if not self._over and self._native.is_accepting():
            # The library sees some ends only in the mask.
            end = np.array_equal(self.mask(), self._grammar.eos_mask)
            self._over = end and not self._exhausted
        return self._over

    @property
    def exhausted(self) -> bool:
        self.mask()  # The library may meet its limits there first.
        return self._exhausted

    def mask(self) -> npt.NDArray[np.uint32]:
        if self._over or self._exhausted:
            return self._grammar.eos_mask
        if self._mask is None:
            self._mask = self._computed()
        return self._mask

    def _computed(self) -> npt.NDArray[np.uint32]:
        try:
            mask = np.frombuffer(self._native.compute_bitmask(), "<u4")
        except Exception as error:  # the engine thread serves others too
            return self._give_up(str(error))
        if self._native.is_error() or not mask.any():
            return self._give_up(self._native.get_error())
        return mask

    def forced(self) -> Sequence[int]:
        if self._over or self._exhausted:
            return ()
        try:
            tokens = self._native.compute_ff_tokens()
        except Exception as error:
            self._give_up(str(error))
            return ()
        if self._native.is_error():
            self._give_up(self._native.get_error())
            return ()
        return tokens

    def accept(self, token: int) -> bool:
        if token in self._grammar.eos:
            return self._end()
        if self._over or self._exhausted or not 0 <= token < self._grammar.size:
            return False
        try:
            moved = self._native.try_consume_tokens([token]) == 1
        except Exception as error:
            self._give_up(str(error))
            moved = False
        self._look()
        if moved:
            self._grammar.used(1)
            self._mask = None
        elif self._allowed(token):
            # The library meets its limits in a token that it has let come: that token stays.
            self._give_up("a token of the mask could not be followed")
            return True
        return moved

    def fork(self) -> GrammarMatcher:
        copy = GrammarMatcher(self._native.deep_copy(), self._grammar)
        copy._over, copy._ended, copy._mask = self._over, self._ended, self._mask
        copy._exhausted = self._exhausted
        return copy

    def _look(self) -> None:
        """See whether the library has stopped, and why."""
        if self._native.is_error():
            self._give_up(self._native.get_error())
        elif self._native.is_stopped():
            if self._native.is_accepting():
                self._over = True
            else:
                self._give_up(self._native.stop_reason())

    def _allowed(self, token: int) -> bool:
        """Whether the last mask lets ``token`` come."""
        return self._mask is not None and bool(self._mask[token // 32] >> token % 32 & 1)

    def _end(self) -> bool:
        may = self._over or self._exhausted or self._native.is_accepting()
        if self._ended or not may:
            return False
        self._over = not self._exhausted
        self._ended = True
        return True

    def _give_up(self, why: str) -> npt.NDArray[np.uint32]:
        self._exhausted = True
        self._grammar.failed(why)
        return self._grammar.eos_mask
