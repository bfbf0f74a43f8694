"""Text is free until it begins a call, which is then held to the schema of its tool."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import pytest

from tests.decode.constrained import BYTE_LEVEL, MODELS, Model, ids
from understudy.decode.constrain.lazy import LazyCalls
from understudy.decode.grammar import Grammars
from understudy.decode.tool_parsers.head import Heads
from understudy.decode.tool_parsers.reader import CallReader
from understudy.engine.grammar import Matcher
from understudy.errors import InvalidInput
from understudy.events import ToolCallEvent
from understudy.request import CallTools, ToolCallForm, ToolSpec

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}
NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False}
TOOLS = (ToolSpec("get", "", NOTHING), ToolSpec("get_weather", "", SCHEMA))
FORM = ToolCallForm(separator="; ")
CALLS = CallTools(TOOLS, FORM, calls=3)

models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def lazily(model: Model, calls: CallTools = CALLS) -> Matcher:
    return model.grammars.compile_lazily(calls).matcher()


def take(matcher: Matcher, model: Model, text: str) -> None:
    for byte in text.encode():
        assert matcher.accept(model.by_byte[bytes([byte])])


def takes(matcher: Matcher, model: Model, text: str) -> bool:
    """Whether ``text`` may come next, byte by byte."""
    return all(matcher.accept(model.by_byte[bytes([byte])]) for byte in text.encode())


@models
@pytest.mark.parametrize(
    "text",
    [
        "Plain words and {braces}.",
        '{"name": "Bob", "age": 3}',
        '{"name": "get_weathers", "parameters": 7',
        '{"name": "stop", "parameters": 7',
        '{"name": {"name": "gets", é',
        '{"name": "get_weather',
    ],
)
def test_what_calls_no_tool_is_free(model: Model, text: str) -> None:
    for tokens in (model.tokens(text), [model.by_byte[bytes([b])] for b in text.encode()]):
        matcher = lazily(model)
        for token in tokens:
            assert matcher.mask() is None
            assert not matcher.forced()
            assert matcher.accept(token)
        assert matcher.mask() is None
        assert not matcher.complete
        assert not matcher.exhausted


@models
@pytest.mark.parametrize(
    "before",
    [
        "",
        "Let me look.\n\n",
        "```json\n",
        '{"name": "stop"} ',
        '{"type": "function", "function": ',
        'é{"name": "get_wea ',
    ],
)
@pytest.mark.parametrize("head", ['{"name": "get_weather"', '{ "name" :\n"get_weather"'])
def test_from_the_name_of_a_tool_on_its_schema_holds(model: Model, before: str, head: str) -> None:
    matcher = lazily(model)
    take(matcher, model, before + head)
    for wrong in ("}", ', "arguments"', ', "parameters": []', ', "parameters": {"town"', "x"):
        assert not takes(matcher.fork(), model, wrong)
    for wrong in ('": 1', '": "Rome", "days": "1"', '": "Rome", "x"', '": "Rome"}}x'):
        assert not takes(matcher.fork(), model, ', "parameters": {"city' + wrong)
    assert takes(matcher, model, ', "parameters": {"city": "Rome", "days": 3}}')
    assert not matcher.complete
    assert set(model.eos) <= set(ids(matcher))
    assert takes(matcher, model, '; {"name": "get", "parameters": {}}')
    assert takes(matcher, model, '; {"name": "get", "parameters": {}}')
    assert matcher.complete


@models
def test_whole_tokens_may_reach_beyond_the_name(model: Model) -> None:
    text = 'So: {"name": "get_weather", "parameters": {"city": "Rome"}}'
    matcher = lazily(model)
    for token in model.tokens(text):
        assert matcher.mask() is None or token in ids(matcher)
        assert matcher.accept(token)
    assert set(model.eos) <= set(ids(matcher))
    assert not matcher.exhausted


class Joined(Model):
    """A model with a token that ends a name and goes on."""

    def __init__(self, token: str) -> None:
        from tokenizers import AddedToken
        from tokenizers import Tokenizer as Core

        from understudy.prompt.tokenizer import Tokenizer

        core = Core.from_str(BYTE_LEVEL.tokenizer._core.to_str())
        core.add_tokens([AddedToken(token, normalized=False, special=False)])
        super().__init__(Tokenizer(core), "<|eot_id|>")
        joined = core.token_to_id(token)
        assert joined is not None
        self.joined: int = joined


@pytest.mark.parametrize(
    ("token", "rest"),
    [
        ('er",', ' "parameters": {"city": "Rome"}}'),
        ('er" ,  \n', '"parameters": {"city": "Rome"}}'),
        ('er", "parameters": {"ci', 'ty": "Rome"}}'),
    ],
)
def test_a_token_that_ends_the_name_may_go_on_as_calls_do(token: str, rest: str) -> None:
    model = Joined(token)
    matcher = lazily(model)
    take(matcher, model, '{"name": "get_weath')
    assert matcher.accept(model.joined)
    assert takes(matcher, model, rest)
    assert not matcher.exhausted


def test_a_token_that_ends_the_name_and_calls_nothing_leaves_text() -> None:
    model = Joined('er"}')
    matcher = lazily(model)
    take(matcher, model, '{"name": "get_weath')
    assert matcher.accept(model.joined)
    assert matcher.mask() is None


def test_a_token_that_goes_on_with_wrong_arguments_ends_the_answer() -> None:
    model = Joined('er", "parameters": {"town')
    matcher = lazily(model)
    take(matcher, model, '{"name": "get_weath')
    assert not matcher.exhausted
    assert matcher.accept(model.joined)
    assert matcher.exhausted
    assert ids(matcher) == list(model.eos)


def test_forks_go_their_own_ways() -> None:
    one = lazily(BYTE_LEVEL)
    take(one, BYTE_LEVEL, '{"name": "get')
    other = one.fork()
    take(one, BYTE_LEVEL, '"')
    take(other, BYTE_LEVEL, "s")
    assert other.mask() is None
    third = one.fork()
    assert not takes(one, BYTE_LEVEL, "}")
    assert takes(third, BYTE_LEVEL, ', "parameters": {}}')


def test_an_end_may_come_at_any_time_before_a_call() -> None:
    matcher = lazily(BYTE_LEVEL)
    take(matcher, BYTE_LEVEL, '{"name": "g')
    assert matcher.accept(BYTE_LEVEL.eos[0])
    assert not matcher.complete


def drawn(model: Model, draw: random.Random) -> list[int]:
    """An answer that begins a call and goes on as the masks let it, else with anything."""
    start = draw.choice(["", "Sure. ", "{ {", '{"name": "go"', '{"name": "g'])
    head = draw.choice(
        ['{"name": "get', '{"name":\n"get_weather', '{"type": "function", "name": "get']
    )
    matcher = lazily(model)
    tokens = model.tokens(start + head)
    assert all(map(matcher.accept, tokens))
    closing = [model.by_byte[byte] for byte in (b'"', b"}")]
    for _ in range(400):
        if matcher.complete or matcher.exhausted:
            break
        allowed = model.plain if matcher.mask() is None else ids(matcher)
        if matcher.mask() is None and len(tokens) > 60:
            break
        if not set(model.eos).isdisjoint(allowed):
            break
        likely = [token for token in closing if token in allowed]
        token = draw.choice(likely if likely and draw.random() < 0.5 else allowed)
        assert matcher.accept(token)
        tokens.append(token)
    return tokens


@models
def test_what_the_reader_calls_a_call_fits_the_schema_whatever_is_drawn(model: Model) -> None:
    heads = Heads([tool.name for tool in TOOLS], FORM, strict=True)
    schemas = {tool.name: tool.parameters for tool in TOOLS}
    found = 0
    for seed in range(60):
        reader = CallReader(0, heads, True, 3, str)
        pieces = map(model.tokenizer.piece, drawn(model, random.Random(seed)))
        text = b"".join(pieces).decode("utf-8", "replace")
        calls: list[list[str]] = []
        for part in (*reader.push(text), *reader.flush()):
            if isinstance(part.told, ToolCallEvent):
                if part.told.name is not None:
                    calls.append([part.told.name, ""])
                calls[-1][1] += part.told.arguments
        if reader.called:
            for name, arguments in calls:
                jsonschema.validate(json.loads(arguments), schemas[name])
                found += 1
    assert found > 5


def test_a_vocabulary_that_cannot_spell_a_call_is_refused() -> None:
    compiled = BYTE_LEVEL.grammars.compile(CALLS)
    single = dict(compiled.vocabulary.single_bytes)  # type: ignore[attr-defined]
    del single[b"_"]
    compiled.vocabulary.__dict__["single_bytes"] = single  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput, match="byte by byte"):
        LazyCalls(compiled, CALLS)  # type: ignore[arg-type]


def test_tools_that_no_grammar_holds_are_refused() -> None:
    grammars = Grammars(BYTE_LEVEL.tokenizer, BYTE_LEVEL.eos, BYTE_LEVEL.vocab_size)
    wrong = ToolSpec("f", "", {"type": "object", "properties": {"a": {"pattern": "("}}})
    with pytest.raises(InvalidInput):
        grammars.compile_lazily(CallTools((wrong,)))
