"""What an answer is held to, and how the calls in it are found: one plan for each request."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from understudy.decode.constrain.limits import refuse
from understudy.decode.tool_parsers.head import Heads
from understudy.decode.tool_parsers.reader import CallReader, Fits
from understudy.engine.grammar import Grammar
from understudy.errors import InvalidInput
from understudy.request import (
    CallTools,
    Constraint,
    GenerationRequest,
    Regex,
    ToolCallForm,
    ToolSpec,
)

if TYPE_CHECKING:
    from understudy.decode.grammar import Grammars

MOST_CALLS = 16
"""In one answer: a small model that may go on calling often does."""

_OPENNESS = frozenset(
    [
        *("additionalProperties", "patternProperties", "unevaluatedProperties", "propertyNames"),
        *("minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not", "if", "$ref"),
        *("dependentRequired", "dependentSchemas", "dependencies"),
    ]
)
"""Keywords beside which it is not plain that a schema lists all properties there are."""


@dataclass(frozen=True, slots=True)
class Calling:
    """How the calls in the answers of one request are read. ``held`` says that a grammar holds
    each call to its form from the name of the tool on. ``fits`` see CallReader."""

    names: tuple[str, ...]
    form: ToolCallForm
    held: bool
    most: int
    new_id: Callable[[int, int], str]
    fits: Fits | None = None

    def reader(self, choice: int) -> CallReader:
        """A reader for the answer of this choice."""
        heads = Heads(self.names, self.form, strict=self.held or self.fits is not None)
        return CallReader(
            choice,
            heads,
            self.held,
            self.most,
            lambda position: self.new_id(choice, position),
            self.fits,
        )


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """The grammar for the engine, if the answer is held to one, and how calls are read, if the
    answer may have some."""

    grammar: Grammar | None = None
    calling: Calling | None = None


def plan_answer(
    request: GenerationRequest,
    tools: Sequence[ToolSpec],
    form: ToolCallForm,
    prompt: Sequence[int],
    grammars: Grammars | None,
) -> AnswerPlan:
    """The plan for a request whose model was offered ``tools`` and writes calls in ``form``.

    May compile grammars, which takes up to seconds. Raises InvalidInput for what answers cannot
    be held to: the constraint, and tools that must be called. Where calling is up to the model,
    tools with schemas that no grammar can hold are called with any JSON object.
    """
    constraint, choice = request.constraint, request.tool_choice
    if not tools:
        return AnswerPlan(None if constraint is None else _able(grammars).compile(constraint))
    most = MOST_CALLS if choice.parallel else 1
    callable_ = [tool for tool in tools if choice.name in (None, tool.name)]
    calls = CallTools(tuple(map(_closed, callable_)), form, most)
    grammar: Grammar | None
    held, fits = True, None
    if choice.mode == "required":
        grammar = _compiled(calls, grammars)
    elif constraint is not None:
        # An answer that begins like a call may turn out to be JSON of the other form.
        grammar, fits = _compiled_beside(calls, constraint, _able(grammars))
        held = False
    else:
        grammar = None if grammars is None else _compiled_lazily(calls, grammars)
        held = grammar is not None
    names = tuple(tool.name for tool in callable_)
    ids = _ids(request.sampling.seed, prompt)
    return AnswerPlan(grammar, Calling(names, form, held, most, ids, fits))


def _able(grammars: Grammars | None) -> Grammars:
    if grammars is None:
        raise refuse("The answers of this model cannot be constrained.")
    return grammars


def _compiled(calls: CallTools, grammars: Grammars | None) -> Grammar:
    if grammars is None:
        raise InvalidInput("tool_choice", "This model cannot be made to call a tool.")
    try:
        return grammars.compile(calls)
    except InvalidInput as error:
        raise InvalidInput("tools", str(error)) from None


def _compiled_beside(
    calls: CallTools, constraint: Constraint, grammars: Grammars
) -> tuple[Grammar, Fits]:
    """Either calls or what ``constraint`` asks for, and which arguments calls may have."""
    if isinstance(constraint, Regex | CallTools):
        raise refuse("An answer that may be a call of a tool cannot be held to a pattern.")
    try:
        grammar = grammars.compile(replace(calls, otherwise=constraint))
    except InvalidInput:
        calls = _loosened(calls)
        grammar = grammars.compile(replace(calls, otherwise=constraint))
    return grammar, grammars.compile_lazily(calls).fits


def _compiled_lazily(calls: CallTools, grammars: Grammars) -> Grammar | None:
    for wanted in (calls, _loosened(calls)):
        try:
            return grammars.compile_lazily(wanted)
        except InvalidInput:
            continue
    return None


def _loosened(calls: CallTools) -> CallTools:
    """``calls`` with any arguments."""
    tools = tuple(replace(tool, parameters={"type": "object"}) for tool in calls.tools)
    return replace(calls, tools=tools)


def _closed(tool: ToolSpec) -> ToolSpec:
    """``tool`` without arguments that its schema does not name, though JSON schemas let them
    pass: no function knows what to do with them, and small models make some up."""
    parameters: Mapping[str, Any] = tool.parameters
    if not _lists_all(parameters):
        return tool
    return replace(tool, parameters={**parameters, "additionalProperties": False})


def _lists_all(parameters: Mapping[str, Any]) -> bool:
    """Whether it is plain that a schema lists all the properties there are."""
    listed, required = parameters.get("properties"), parameters.get("required", [])
    if not isinstance(listed, Mapping) or not isinstance(required, list):
        return False
    return _OPENNESS.isdisjoint(parameters) and {str(name) for name in required} <= listed.keys()


def _ids(seed: int | None, prompt: Sequence[int]) -> Callable[[int, int], str]:
    """Ids of calls, by choice and position. With a seed the same request has the same ids, but
    no other: they are told apart by their prompts."""
    if seed is None:
        return lambda choice, position: f"chatcmpl-tool-{uuid.uuid4().hex}"
    root = hashlib.sha256(json.dumps([seed, list(prompt)]).encode())

    def seeded(choice: int, position: int) -> str:
        one = root.copy()
        one.update(f" {choice} {position}".encode())
        return f"chatcmpl-tool-{one.hexdigest()[:32]}"

    return seeded
