"""Messages, text or ids into a prompt within the limits."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tokenizers import AddedToken
from tokenizers import Tokenizer as Core

from tests.prompt.tokenizers import KINDS, TEXTS
from tests.requires import need
from understudy.backends.base import TokenizedPrompt
from understudy.catalog.registry import Catalog
from understudy.errors import ContextOverflow, InvalidInput, PromptTooLong, TemplateRejected
from understudy.prompt.prepare import prepare
from understudy.prompt.template import ChatTemplate
from understudy.prompt.tokenizer import Tokenizer
from understudy.prompt.tools import FORMATS
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Input,
    Message,
    SamplingParams,
    TextInput,
    TokenInput,
    TokenLimits,
    ToolCall,
    ToolSpec,
)

BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]
CARDS = {card.name: card for card in Catalog.load()}
LLAMA_3 = CARDS["@cf/meta/llama-3.2-1b-instruct"]
ZEPHYR = CARDS["@cf/tinyllama/tinyllama-1.1b-chat-v1.0"]


def run(
    given: Input,
    *,
    limits: TokenLimits | None = None,
    context: int = 100_000,
    tokenizer: Tokenizer = BYTE_LEVEL,
    card: Any = LLAMA_3,
    **sampling: Any,
) -> tuple[int | None, TokenizedPrompt]:
    request = GenerationRequest(
        model="m",
        input=given,
        limits=limits or TokenLimits(),
        sampling=SamplingParams(**sampling),
    )
    prepared, prompt = prepare(
        request,
        tokenizer=tokenizer,
        template=ChatTemplate(card.chat_template, card.bos_token, card.eos_token),
        context_length=context,
        tool_format=FORMATS[card.tool_format],
        today="26 Jul 2024",
    )
    assert prepared.input is given
    return prepared.sampling.max_tokens, prompt


def ids(count: int) -> TokenInput:
    return TokenInput((5,) * count)


def test_messages_go_through_the_template_and_get_one_bos() -> None:
    _, prompt = run(ChatInput((Message("user", "Hello"),)))
    assert prompt.text.startswith("<|begin_of_text|><|start_header_id|>system")
    assert list(prompt.token_ids) == BYTE_LEVEL.encode(prompt.text, add_bos=False)
    assert prompt.token_ids.count(BYTE_LEVEL.bos_id or 0) == 1


def test_a_template_without_bos_gets_it_by_the_tokenizers_rule() -> None:
    _, prompt = run(ChatInput((Message("user", "Hello"),)), tokenizer=METASPACE, card=ZEPHYR)
    assert prompt.text == "<|user|>\nHello</s>\n<|assistant|>\n"
    assert prompt.token_ids[0] == 1
    assert prompt.token_ids.count(1) == 1


def test_every_llama_2_turn_keeps_its_own_bos() -> None:
    turns = (Message("user", "One"), Message("assistant", "1"), Message("user", "Two"))
    card = CARDS["@cf/meta/llama-2-7b-chat-fp16"]
    _, prompt = run(ChatInput(turns), tokenizer=METASPACE, card=card)
    assert [i for i in prompt.token_ids if i in METASPACE.special_ids] == [1, 2, 1]


def test_text_is_taken_as_it_is() -> None:
    _, prompt = run(TextInput(" raw\n"))
    assert prompt.text == " raw\n"
    assert list(prompt.token_ids) == BYTE_LEVEL.encode(" raw\n")


def test_ids_are_taken_as_they_are() -> None:
    given = tuple(BYTE_LEVEL.encode("Hello there", add_bos=False))
    _, prompt = run(TokenInput(given))
    assert prompt == TokenizedPrompt("Hello there", given)


@pytest.mark.parametrize("token_id", [-1, BYTE_LEVEL.vocab_size, 2**63])
def test_an_id_outside_the_vocabulary_is_refused(token_id: int) -> None:
    with pytest.raises(InvalidInput, match=f"There is no token {token_id}: ids go from 0 to 405"):
        run(TokenInput((5, token_id)))
    with pytest.raises(InvalidInput) as caught:
        run(ids(1), stop_token_ids=(token_id,))
    assert caught.value.part == "stop_token_ids"


def test_an_empty_prompt_is_bos_alone_where_there_is_one() -> None:
    _, prompt = run(TextInput(""))
    assert prompt.token_ids == (BYTE_LEVEL.bos_id,)


def test_a_prompt_without_tokens_is_refused() -> None:
    core = METASPACE._core
    bare = Tokenizer(core, bos_token="<s>", add_bos=False)
    with pytest.raises(InvalidInput, match="empty"):
        run(TextInput(""), tokenizer=bare)
    with pytest.raises(InvalidInput, match="no tokens"):
        run(TokenInput(()))
    request = GenerationRequest(model="m", input=ChatInput(()))
    with pytest.raises(InvalidInput, match="empty prompt"):
        prepare(request, tokenizer=bare, template=ChatTemplate(""), context_length=9)


def test_lone_surrogates_are_the_inputs_fault() -> None:
    with pytest.raises(InvalidInput, match="lone surrogate") as caught:
        run(TextInput("a\ud800"))
    assert caught.value.part == "input"
    for content in ("\udfff", "<|eot_id|>\udfff"):
        with pytest.raises(InvalidInput, match="lone surrogate") as caught:
            run(ChatInput((Message("user", content),)))
        assert caught.value.part == "input"


@pytest.mark.parametrize(
    ("sampling", "part"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ("a", "")}, "stop"),
        ({"logit_bias": ((0, 1.0), (10**6, 1.0))}, "logit_bias"),
    ],
)
def test_sampling_that_makes_no_sense_is_refused(sampling: dict[str, Any], part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(ids(1), **sampling)
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("tokens", "limits", "asked", "resolved"),
    [
        (10, TokenLimits(), 20, 20),
        (10, TokenLimits(), 90, 90),
        (10, TokenLimits(), None, 90),
        (10, TokenLimits(output=40), None, 40),
        (10, TokenLimits(output=400), None, 90),
        (10, TokenLimits(output=40), 50, 50),
        (10, TokenLimits(context=50), None, 40),
        (10, TokenLimits(context=500), None, 90),
        (10, TokenLimits(context=50, overflow="clamp"), 60, 40),
        (99, TokenLimits(overflow="clamp"), 256, 1),
        (99, TokenLimits(), 1, 1),
        (30, TokenLimits(input=30), 5, 5),
    ],
)
def test_max_tokens_is_what_the_limits_leave(
    tokens: int, limits: TokenLimits, asked: int | None, resolved: int
) -> None:
    assert run(ids(tokens), limits=limits, context=100, max_tokens=asked)[0] == resolved


@pytest.mark.parametrize(
    ("tokens", "limits", "asked", "numbers"),
    [
        (100, TokenLimits(), None, (100, 99)),
        (100, TokenLimits(overflow="clamp"), 10, (100, 99)),
        (50, TokenLimits(context=50), None, (50, 49)),
        (31, TokenLimits(input=30), 5, (31, 30)),
        (31, TokenLimits(input=30, overflow="clamp"), None, (31, 30)),
        (500, TokenLimits(context=50, overflow="clamp"), None, (500, 49)),
    ],
)
def test_an_input_over_its_limit_is_too_long(
    tokens: int, limits: TokenLimits, asked: int | None, numbers: tuple[int, int]
) -> None:
    with pytest.raises(PromptTooLong) as caught:
        run(ids(tokens), limits=limits, context=100, max_tokens=asked)
    assert (caught.value.input_tokens, caught.value.limit) == numbers


@pytest.mark.parametrize(
    ("tokens", "limits", "asked", "limit"),
    [
        (10, TokenLimits(), 91, 100),
        (10, TokenLimits(context=50), 41, 50),
        (120, TokenLimits(), 10, 100),
    ],
)
def test_asking_for_more_than_is_left_overflows(
    tokens: int, limits: TokenLimits, asked: int, limit: int
) -> None:
    with pytest.raises(ContextOverflow) as caught:
        run(ids(tokens), limits=limits, context=100, max_tokens=asked)
    error = caught.value
    assert (error.input_tokens, error.max_tokens, error.limit) == (tokens, asked, limit)


class Counting(Tokenizer):
    """A tokenizer that notes how many characters it was given."""

    seen = 0

    def encode(self, text: str, add_bos: bool = True) -> list[int]:
        self.seen += len(text)
        return super().encode(text, add_bos)


@pytest.mark.parametrize("kind", ["text", "chat"])
def test_a_text_far_too_long_is_refused_unread(kind: str) -> None:
    tokenizer = Counting(BYTE_LEVEL._core, bos_token="<|begin_of_text|>")
    text = " ".join(TEXTS) * 1000
    given = TextInput(text) if kind == "text" else ChatInput((Message("user", text),))
    with pytest.raises(ContextOverflow) as caught:
        run(given, tokenizer=tokenizer, context=1024, max_tokens=9)
    assert tokenizer.seen < len(text) / 10
    assert caught.value.input_tokens == pytest.approx(len(BYTE_LEVEL.encode(text)), rel=0.1)


def test_a_long_text_of_few_tokens_is_read_in_whole() -> None:
    core = Core.from_str(BYTE_LEVEL._core.to_str())
    core.add_tokens([AddedToken("-" * 100, normalized=False)])
    tokenizer = Tokenizer(core, bos_token="<|begin_of_text|>")
    _, prompt = run(TextInput("-" * 40_000), context=405, tokenizer=tokenizer)
    assert len(prompt.token_ids) == 401


def test_a_long_text_of_long_tokens_is_refused_once_there_is_no_doubt() -> None:
    core = Core.from_str(BYTE_LEVEL._core.to_str())
    core.add_tokens([AddedToken("-" * 12, normalized=False)])
    tokenizer = Counting(core, bos_token="<|begin_of_text|>")
    with pytest.raises(PromptTooLong) as caught:
        run(TextInput("-" * 12 * 200_000), context=1024, tokenizer=tokenizer)
    assert tokenizer.seen < 100_000
    assert caught.value.input_tokens == pytest.approx(200_000, rel=0.01)


def test_more_messages_than_the_context_has_tokens_are_not_rendered() -> None:
    turns = (Message("assistant", "A"),) * 101
    with pytest.raises(PromptTooLong) as caught:
        run(ChatInput(turns), context=100, card=CARDS["@cf/meta/llama-2-7b-chat-fp16"])
    assert (caught.value.input_tokens, caught.value.limit) == (101, 99)
    with pytest.raises(TemplateRejected, match="roles must alternate"):
        run(ChatInput(turns[1:]), context=100, card=CARDS["@cf/meta/llama-2-7b-chat-fp16"])


def test_tool_calls_reach_the_template_as_mappings() -> None:
    turns = (
        Message("user", "U"),
        Message("assistant", "", tool_calls=(ToolCall("f", '{"a": "é"}', "id1"),)),
        Message("tool", "42", name="f", tool_call_id="id1"),
    )
    _, prompt = run(ChatInput(turns))
    assert '{"name": "f", "parameters": {"a": "é"}}<|eot_id|>' in prompt.text


@pytest.mark.parametrize(
    "arguments", ["", "{", "[]", "1", "[" * 100_000, '{"a": NaN}', '{"a": [-1e999]}']
)
def test_arguments_that_are_no_json_object_are_refused(arguments: str) -> None:
    turns = (Message("assistant", "", tool_calls=(ToolCall("f", arguments),)),)
    with pytest.raises(InvalidInput, match="must be a JSON object"):
        run(ChatInput(turns))


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ((), ()),
        ((128009,), (BYTE_LEVEL.special_tokens["<|eot_id|>"],)),
        ((5, 128255, 128000), (BYTE_LEVEL.special_tokens["<|begin_of_text|>"],)),
        ((128004,), ()),
    ],
)
def test_stop_tokens_of_the_model_asked_for_are_those_of_its_stand_in(
    asked: tuple[int, ...], own: tuple[int, ...]
) -> None:
    assert "<|finetune_right_pad_id|>" not in BYTE_LEVEL.special_tokens
    assert stand_in(asked).stop_token_ids == own


@pytest.mark.parametrize("token_id", [-1, 128256])
def test_a_stop_token_that_the_model_asked_for_has_not_got_is_refused(token_id: int) -> None:
    with pytest.raises(InvalidInput, match="ids go from 0 to 128255") as caught:
        stand_in((token_id,))
    assert caught.value.part == "stop_token_ids"


def stand_in(stop_token_ids: tuple[int, ...]) -> SamplingParams:
    """The sampling of a request for Llama 3.2 that another model answers."""
    sampling = SamplingParams(stop_token_ids=stop_token_ids)
    prepared, _ = prepare(
        GenerationRequest(model=LLAMA_3.name, input=TextInput("a"), sampling=sampling),
        tokenizer=BYTE_LEVEL,
        template=ChatTemplate(""),
        context_length=100,
        asked_for=LLAMA_3,
    )
    return prepared.sampling


def test_tools_reach_the_template() -> None:
    tools = (ToolSpec("weather", "Weather in a city", {"type": "object"}),)
    _, prompt = run(ChatInput((Message("user", "U"),), tools))
    assert '"name": "weather"' in prompt.text


def test_messages_that_the_template_refuses_are_rejected() -> None:
    with pytest.raises(TemplateRejected, match="roles must alternate"):
        run(ChatInput((Message("assistant", "A"),)), card=CARDS["@cf/meta/llama-2-7b-chat-fp16"])


def test_preparing_is_thread_safe() -> None:
    def one(number: int) -> tuple[int, ...]:
        content = f"{TEXTS[number % len(TEXTS)]} <|eot_id|>"
        return run(ChatInput((Message("user", content),)))[1].token_ids

    with ThreadPoolExecutor(4) as pool:
        together: Sequence[tuple[int, ...]] = list(pool.map(one, range(40)))
    assert together == [one(number) for number in range(40)]


def test_a_chat_becomes_the_ids_that_transformers_makes_of_it() -> None:
    need("transformers")
    from transformers import PreTrainedTokenizerFast

    theirs = PreTrainedTokenizerFast(
        tokenizer_object=BYTE_LEVEL._core,
        bos_token="<|begin_of_text|>",
        eos_token="<|eot_id|>",
        chat_template=LLAMA_3.chat_template,
    )
    for text in TEXTS:
        _, prompt = run(ChatInput((Message("system", text), Message("user", text))))
        messages = [{"role": role, "content": text} for role in ("system", "user")]
        expected = theirs.apply_chat_template(
            messages,
            add_generation_prompt=True,
            date_string="26 Jul 2024",
            tokenize=True,
            return_dict=False,
        )
        assert list(prompt.token_ids) == list(expected)
