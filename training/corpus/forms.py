"""Forms that only the evaluation may use: one in twenty, by a hash of the masked prompt.

The skeleton of a document is its prompt with values masked: digits and number words, every
word of a list in ``words``, and every word that stands in no sentence template of this package
(invented ones, and what comes from ``nouns`` and ``facts``). Training learns no answer to a prompt
whose skeleton is held out, be it the first of a conversation or the tenth, and test items are drawn
from those alone: so no test item shares its skeleton with anything that was trained on, however
long that is.
"""

from __future__ import annotations

import ast
import functools
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from . import words
from .numbers import ONES, TENS
from .pen import Doc, Message, bucket
from .plain import openings
from .tool_first import openings as tool_openings
from .typed_first import PROMPTS, SYSTEMS

ONE_IN = 20
SALT = "form-1"

_VALUES = {"words.py", "nouns.py", "facts.py", "typed_first.py"}
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_SPELT = "|".join([*ONES, *TENS[2:], "hundred"])
_NUMBER = re.compile(rf"\d+|\b(?:{_SPELT})(?:[ -](?:{_SPELT}))*\b", re.IGNORECASE)


def skeleton(doc: Doc) -> str:
    """The prompt of ``doc`` (of raw text, all of it), with ``0`` for numbers and ``_`` for values.

    What the assistant said earlier in a conversation belongs to the prompt; the last answer
    does not.
    """
    return masked(doc.raw) if doc.raw is not None else _skeleton(doc, doc.messages[:-1])


def learnt_forms(doc: Doc) -> Iterator[tuple[int, str]]:
    """The place of each answer that training learns from ``doc``, and the skeletons of what it is
    an answer to: all that stands before it, and its question as if it had been the first."""
    start = 1 if doc.messages and doc.messages[0]["role"] == "system" else 0
    for place, message in enumerate(doc.messages):
        if message["role"] == "assistant":
            yield place, _skeleton(doc, doc.messages[:place])
            if place > start + 1 and doc.messages[place - 1]["role"] == "user":
                alone = [*doc.messages[:start], doc.messages[place - 1]]
                yield place, _skeleton(doc, alone)


def is_test_form(doc: Doc) -> bool:
    """Whether only the evaluation may use a document of this form."""
    return _held_out(skeleton(doc))


def for_training(doc: Doc) -> Doc | None:
    """``doc`` up to, and without, the first answer to a prompt of a test form; None if that is its
    first answer. What the cut document tests is no longer said, so its ``key`` goes too."""
    if doc.raw is not None:
        return None if is_test_form(doc) else doc
    held = next((place for place, form in learnt_forms(doc) if _held_out(form)), None)
    if held is None:
        return doc
    earlier = [i for i, m in enumerate(doc.messages[:held]) if m["role"] == "assistant"]
    return replace(doc, messages=doc.messages[: earlier[-1] + 1], key=None) if earlier else None


def _held_out(form: str) -> bool:
    return bucket(SALT + form, ONE_IN) == 0 and form not in _typed_first()


@functools.cache
def _typed_first() -> frozenset[str]:
    """The forms of what people type first, which are always trained on."""
    systems: list[list[Message]] = [[], *([{"role": "system", "content": s}] for s in SYSTEMS)]
    first = (
        [*system, {"role": "user", "content": text}]
        for system, text in itertools.product(systems, PROMPTS)
    )
    plain = (Doc("any", said) for said in itertools.chain(first, openings()))
    return frozenset(
        _skeleton(doc, doc.messages) for doc in itertools.chain(plain, tool_openings())
    )


def _skeleton(doc: Doc, messages: list[Message]) -> str:
    said = [f"{message['role']}: {message.get('content', '')}" for message in messages]
    calls = [json.dumps(part["tool_calls"]) for part in messages if "tool_calls" in part]
    tools = [json.dumps(tool) for tool in doc.tools or ()]
    return masked("\n".join([*tools, *said, *calls]))


def masked(text: str) -> str:
    """``text`` with its values masked: "Anna is 31 years old." -> "_ is 0 years old."."""
    values, known = value_words(), template_words()

    def kept(match: re.Match[str]) -> str:
        word = match.group()
        small = word.lower()
        return "_" if small in values or small not in known else small

    return _WORD.sub(kept, _NUMBER.sub("0", text))


@functools.cache
def value_words() -> frozenset[str]:
    """Every word of the lists in ``words``, in small letters."""
    lists = (value for value in vars(words).values() if isinstance(value, list))
    return frozenset(
        part.lower() for items in lists for item in items for part in _WORD.findall(item)
    )


@functools.cache
def template_words() -> frozenset[str]:
    """Every word of a string in this package's code, except in the modules of values."""
    found: set[str] = set()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name not in _VALUES:
            for text in _strings(ast.parse(path.read_text(encoding="utf-8"))):
                found.update(word.lower() for word in _WORD.findall(text))
    return frozenset(found)


def _strings(tree: ast.Module) -> Iterator[str]:
    """String constants, without docstrings."""
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
