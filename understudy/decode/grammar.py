"""Compiles constraints for a model's tokens, off the event loop and the engine's thread."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from understudy.decode.constrain.limits import parser_limits, refuse
from understudy.decode.constrain.texts import (
    counted_properties,
    fingerprint,
    grammar_text,
    may_grow,
)
from understudy.engine.grammar import Grammar
from understudy.errors import InvalidInput
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import CallTools, Constraint, Regex

if TYPE_CHECKING:
    from understudy.decode.constrain.lazy import LazyCalls
    from understudy.decode.constrain.matcher import CompiledGrammar
    from understudy.decode.constrain.vocabulary import Vocabulary

_MOST_BYTES = 128 * 1024 * 1024
_BYTES_EACH = 2 * 1024 * 1024
_BYTES_PER_BYTE = 256
"""What a compiled grammar takes, with the lexer states that answers add, by its text's length."""

_MOST_SHARED = 32 * 1024
"""Bytes of the longest constraint that is kept: its constants are states too."""


class Grammars:
    """The constraints of one model, compiled when first asked for and kept while they are used.

    Answers of one compiled grammar share the library's lexer. It learns states as it goes, up to a
    limit that ends them all. Where that is within reach (see ``may_grow``) each request has a
    grammar of its own, which goes with it.

    ``vocab_size`` is the model's, which may exceed the tokenizer's. The grammar library and its
    form of the vocabulary are loaded by the first constraint. Thread-safe.
    """

    def __init__(
        self, tokenizer: Tokenizer, eos_token_ids: Collection[int], vocab_size: int
    ) -> None:
        self._tokenizer = tokenizer
        self._eos = tuple(eos_token_ids)
        self._vocab_size = vocab_size
        self._vocabulary: Vocabulary | None = None
        self._loading = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[CompiledGrammar, int]] = OrderedDict()
        self._kept_bytes = 0
        self._lock = threading.Lock()

    def compile(self, constraint: Constraint) -> Grammar:
        """The grammar of ``constraint``.

        Takes a millisecond for a usual schema, a second at worst. Raises InvalidInput for a
        constraint that is wrong, too large, not supported, or that nothing satisfies.
        """
        return self._compile(constraint)

    def _compile(self, constraint: Constraint) -> CompiledGrammar:
        content = fingerprint(constraint)
        key = hashlib.sha256(content).digest()
        found = self._find(key)
        if found is not None:
            return found
        text = grammar_text(constraint)
        grammar = _compiled(constraint, text, self._loaded(), lambda: self._forget(key))
        if len(content) <= _MOST_SHARED and not may_grow(constraint):
            self._keep(key, grammar, _BYTES_EACH + _BYTES_PER_BYTE * len(content))
        return grammar

    def compile_lazily(self, calls: CallTools) -> LazyCalls:
        """A grammar of any text, or of text and then ``calls``; see ``LazyCalls``.

        Raises InvalidInput as ``compile`` does.
        """
        from understudy.decode.constrain.lazy import LazyCalls

        return LazyCalls(self._compile(calls), calls)

    def _loaded(self) -> Vocabulary:
        from understudy.decode.constrain.vocabulary import Vocabulary

        if not any(0 <= token < self._vocab_size for token in self._eos):
            raise refuse("This model has no token that ends an answer.")
        with self._loading:
            if self._vocabulary is None:
                self._vocabulary = Vocabulary(self._tokenizer, self._eos, self._vocab_size)
            return self._vocabulary

    def _find(self, key: bytes) -> CompiledGrammar | None:
        with self._lock:
            entry = self._kept.get(key)
            if entry is None:
                return None
            if entry[0].worn:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return entry[0]

    def _keep(self, key: bytes, grammar: CompiledGrammar, size: int) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = grammar, size
            self._kept_bytes += size
            while self._kept_bytes > _MOST_BYTES:
                self._drop(next(iter(self._kept)))

    def _forget(self, key: bytes) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._kept_bytes -= entry[1]


def compile_grammar(
    constraint: Constraint,
    tokenizer: Tokenizer,
    eos_token_ids: Collection[int],
    vocab_size: int,
) -> Grammar:
    """One constraint for one vocabulary, see ``Grammars``. Raises InvalidInput."""
    return Grammars(tokenizer, eos_token_ids, vocab_size).compile(constraint)


def _compiled(
    constraint: Constraint, text: str, vocabulary: Vocabulary, on_failure: Callable[[], None]
) -> CompiledGrammar:
    from llguidance import LLMatcher

    from understudy.decode.constrain.matcher import CompiledGrammar

    try:
        start = LLMatcher(vocabulary.native, text, log_level=0, limits=parser_limits())
        # The first mask finds what compiling leaves for later: patterns that match nothing, or
        # that are too large.
        if not start.is_error():
            start.compute_bitmask()
    except Exception as error:
        raise _refusal(constraint, str(error)) from error
    if start.is_error():
        raise _refusal(constraint, start.get_error())
    return CompiledGrammar(start, vocabulary, on_failure)


_REGEX_ERROR = re.compile(r"^error: (.*)$", re.MULTILINE)


def _refusal(constraint: Constraint, complaint: str) -> InvalidInput:
    """The library's complaint, as one sentence about what the caller sent."""
    subject = "pattern" if isinstance(constraint, Regex) else "JSON schema"
    first = complaint.partition("\n")[0][:300]
    if match := _REGEX_ERROR.search(complaint):
        return refuse(f"A pattern is not supported: {match[1][:300]}.")
    if "Unable to determine if regex is empty" in complaint:
        return refuse("A pattern is too large together with the lengths or formats beside it.")
    if first.startswith("min/maxProperties only"):
        return refuse(
            f"The JSON schema keyword {counted_properties(constraint)} is not supported beside "
            "properties that are not required, but for one more than 'required' has where "
            "'additionalProperties' is false."
        )
    if "lookarounds not supported" in complaint:
        return refuse("A pattern has a word boundary or an anchor inside, which is not supported.")
    if first.startswith("Unsatisfiable schema: "):
        reason = first.removeprefix("Unsatisfiable schema: ")
        if "Regex is empty" in reason:
            reason = "a pattern, format and length exclude one another"
        return refuse(f"Nothing satisfies the JSON schema: {reason}.")
    if first.startswith("NoExtension"):
        return refuse(f"Nothing satisfies the {subject}.")
    return refuse(f"The {subject} cannot be used: {first.rstrip('.')}.")
