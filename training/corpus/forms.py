"""Forms that only the evaluation may use: a tenth of all, by a hash of the masked prompt.

The skeleton of a document is its prompt with values masked: digits, every word of a list in
``words``, and every word that stands in no sentence template of this package (invented ones, and
what comes from ``nouns`` and ``facts``). Training skips documents whose skeleton is held out,
and test items are drawn from those alone, so no test item shares its skeleton with anything that
was trained on, however long training goes on.
"""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

from . import words
from .pen import Doc, bucket

ONE_IN = 10
SALT = "form-1"

_VALUES = {"words.py", "nouns.py", "facts.py"}
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_DIGITS = re.compile(r"\d+")


def skeleton(doc: Doc) -> str:
    """The prompt of ``doc`` (of raw text, all of it), with ``0`` for numbers and ``_`` for values.

    What the assistant said earlier in a conversation belongs to the prompt; the last answer
    does not.
    """
    if doc.raw is not None:
        return masked(doc.raw)
    said = [f"{message['role']}: {message.get('content', '')}" for message in doc.messages[:-1]]
    calls = [json.dumps(part["tool_calls"]) for part in doc.messages[:-1] if "tool_calls" in part]
    tools = [json.dumps(tool) for tool in doc.tools or ()]
    return masked("\n".join([*tools, *said, *calls]))


def is_test_form(doc: Doc) -> bool:
    """Whether only the evaluation may use a document of this form."""
    return bucket(SALT + skeleton(doc), ONE_IN) == 0


def masked(text: str) -> str:
    """``text`` with values masked: "Anna is 31 years old." -> "_ is 0 years old."."""
    values, known = value_words(), template_words()

    def kept(match: re.Match[str]) -> str:
        word = match.group()
        return "_" if word in values or word.lower() not in known else word.lower()

    return _WORD.sub(kept, _DIGITS.sub("0", text))


@functools.cache
def value_words() -> frozenset[str]:
    """Every word of the lists in ``words``, as it is written there."""
    lists = (value for value in vars(words).values() if isinstance(value, list))
    return frozenset(part for items in lists for item in items for part in _WORD.findall(item))


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
