"""Tools that may be called: lets an answer be any text until it begins a call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from understudy.decode.constrain.limits import refuse
from understudy.decode.constrain.matcher import CompiledGrammar, GrammarMatcher
from understudy.decode.tool_parsers.head import Heads, Other, Short
from understudy.request import CallTools


class LazyCalls:
    """A grammar of calls that an answer is held to once it has written ``{"name": "f"`` for a tool
    ``f`` of theirs, wherever that stands. Until then it costs next to nothing.

    ``compiled`` is the grammar of ``calls``. Raises InvalidInput for a vocabulary that cannot
    spell the beginning of a call byte by byte.
    """

    def __init__(self, compiled: CompiledGrammar, calls: CallTools) -> None:
        form = calls.form
        names = [tool.name for tool in calls.tools]
        self.compiled = compiled
        self.heads = Heads(names, form, strict=True)
        self._openings = {
            name: f'{form.opening}{{"{form.name_key}": "{name}"'.encode() for name in names
        }
        self._gap = f', "{form.arguments_key}": '
        for opening in self._openings.values():
            if self.spelt(opening) is None:
                raise refuse("The tokens of this model cannot spell a call byte by byte.")

    def matcher(self) -> LazyMatcher:
        return LazyMatcher(self)

    def engaged(self, name: str, written: bytes) -> GrammarMatcher | None:
        """A matcher within a call of the tool ``name``, after the name and what was ``written``
        behind it; None if that is none of the grammar's."""
        tokens = self.spelt(self._openings[name] + written)
        matcher = self.compiled.matcher()
        if tokens is not None and all(map(matcher.accept, tokens)):
            return matcher
        return None

    def fits(self, name: str, arguments: str) -> bool:
        """Whether a call of the tool ``name`` may have these arguments, a JSON object as text."""
        return self.engaged(name, (self._gap + arguments).encode()) is not None

    def spelt(self, text: bytes) -> list[int] | None:
        """``text`` in tokens of one byte each; None where there is none for a byte."""
        single = self.compiled.vocabulary.single_bytes
        tokens = [single.get(bytes([byte])) for byte in text]
        return None if None in tokens else tokens  # type: ignore[return-value]


class LazyMatcher:
    """One answer: ``_inner`` follows it from the name of a tool on."""

    __slots__ = ("_grammar", "_inner", "_pending", "_torn")

    def __init__(self, grammar: LazyCalls) -> None:
        self._grammar = grammar
        self._inner: GrammarMatcher | None = None
        self._pending = ""
        self._torn = False

    @property
    def complete(self) -> bool:
        return self._inner is not None and self._inner.complete

    @property
    def exhausted(self) -> bool:
        return self._torn or (self._inner is not None and self._inner.exhausted)

    def mask(self) -> npt.NDArray[np.uint32] | None:
        if self._torn:
            return self._grammar.compiled.eos_mask
        return None if self._inner is None else self._inner.mask()

    def forced(self) -> Sequence[int]:
        return () if self._inner is None else self._inner.forced()

    def accept(self, token: int) -> bool:
        compiled = self._grammar.compiled
        if self._inner is not None:
            return self._inner.accept(token)
        if self._torn or not 0 <= token < compiled.size:
            return False
        # Beginnings of calls are ASCII, so any decoding serves that keeps bytes apart.
        self._pending += compiled.vocabulary.text(token).decode("latin-1")
        self._look()
        return True

    def fork(self) -> LazyMatcher:
        copy = LazyMatcher(self._grammar)
        copy._pending, copy._torn = self._pending, self._torn
        copy._inner = None if self._inner is None else self._inner.fork()
        return copy

    def _look(self) -> None:
        """See whether a call has begun."""
        text = self._pending
        at = text.find("{")
        while at >= 0:
            try:
                head = self._grammar.heads.read(text, at)
            except Other:
                at = text.find("{", at + 1)
                continue
            except Short as short:
                self._pending = text[at:]
                if short.name is not None:
                    self._engage(short.name, text[short.after :], "")
                return
            self._engage(head.name, text[head.after : head.arguments], text[head.arguments :])
            return
        self._pending = ""

    def _engage(self, name: str, gap: str, arguments: str) -> None:
        """Hold the answer to a call of ``name``. The blanks of the ``gap`` before the arguments
        may be others than the grammar's."""
        written = "".join(gap.split()) + arguments
        self._inner = self._grammar.engaged(name, written.encode("latin-1"))
        # A token that ends the name and goes on in a way that no call does: none is known.
        self._torn = self._inner is None
        self._pending = ""
