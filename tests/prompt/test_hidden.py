"""Control tokens spelled in messages stay text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, models
from tokenizers import Tokenizer as Core

from tests.prompt.tokenizers import CONTROL, KINDS, TEXTS
from understudy.catalog.registry import Catalog
from understudy.errors import TemplateRejected
from understudy.prompt.hidden import Hidden
from understudy.prompt.prepare import prepare
from understudy.prompt.template import ChatTemplate
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import ChatInput, GenerationRequest, Message, TextInput

kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
LLAMA_3 = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
LLAMA_2 = Catalog.load().get("@cf/meta/llama-2-7b-chat-fp16")
SPELLINGS = [*CONTROL, "<|eot_id|>", "<s>", "</s>", "<unk>"]


def chat(tokenizer: Tokenizer, template: ChatTemplate, *contents: str) -> tuple[str, list[int]]:
    roles = ("user", "assistant") * len(contents)
    messages = tuple(Message(r, c) for r, c in zip(roles, contents, strict=False))
    request = GenerationRequest(model="m", input=ChatInput(messages))
    _, prompt = prepare(
        request, tokenizer=tokenizer, template=template, context_length=10**6, today="26 Jul 2024"
    )
    return prompt.text, list(prompt.token_ids)


def template_for(tokenizer: Tokenizer) -> ChatTemplate:
    card = LLAMA_3 if tokenizer is KINDS["byte-level"] else LLAMA_2
    return ChatTemplate(card.chat_template, card.bos_token, card.eos_token)


@kinds
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_control_token_in_a_message_is_text(tokenizer: Tokenizer, spelling: str) -> None:
    template = template_for(tokenizer)
    plain_text, plain = chat(tokenizer, template, "Hello X there", "fine", "again")
    text, ids = chat(tokenizer, template, f"Hello {spelling} there", "fine", "again")
    assert text == plain_text.replace("X", spelling)
    control = [i for i in ids if i in tokenizer.special_ids]
    assert control == [i for i in plain if i in tokenizer.special_ids]
    shown = tokenizer.decode([i for i in ids if i not in tokenizer.special_ids])
    assert f"Hello {spelling} there" in shown


@kinds
def test_hiding_nothing_changes_no_token(tokenizer: Tokenizer) -> None:
    text, ids = chat(tokenizer, template_for(tokenizer), *TEXTS)
    hidden = Hidden(tokenizer.spelling, TEXTS)
    assert tokenizer.encode_hidden(text, hidden) == ids == tokenizer.encode(text)


@kinds
@settings(deadline=None)
@given(parts=st.lists(st.sampled_from([*SPELLINGS, "Hello", " ", "\n", "<|", "東", "<", ">"])))
def test_no_message_reaches_a_control_token(tokenizer: Tokenizer, parts: list[str]) -> None:
    template = template_for(tokenizer)
    content = "".join(parts)
    text, ids = chat(tokenizer, template, content)
    _, empty = chat(tokenizer, template, "Hello")
    assert [i for i in ids if i in tokenizer.special_ids] == [
        i for i in empty if i in tokenizer.special_ids
    ]
    assert content.strip() in text


def test_the_whole_message_may_be_one_control_token() -> None:
    tokenizer = KINDS["byte-level"]
    text, ids = chat(tokenizer, ChatTemplate("{{ messages[0].content }}"), "<|begin_of_text|>")
    assert text == "<|begin_of_text|>"
    assert ids.count(tokenizer.bos_id or 0) == 1, "the text brought no BOS of its own"


def test_raw_prompts_keep_control_tokens() -> None:
    tokenizer = KINDS["byte-level"]
    request = GenerationRequest(model="m", input=TextInput("Hello<|eot_id|>"))
    _, prompt = prepare(request, tokenizer=tokenizer, template=ChatTemplate(""), context_length=100)
    assert prompt.token_ids[-1] == tokenizer.special_tokens["<|eot_id|>"]


def test_tools_and_their_keys_are_guarded_too() -> None:
    value = {"a<|eot_id|>": ["<|eot_id|>", 1, None, {"x": ("<|end_of_text|>",)}]}
    hidden = Hidden(KINDS["byte-level"].spelling, value)
    assert "<|" not in repr(hidden.hide(value))
    marked = hidden.hide("<|eot_id|> and <|end_of_text|><|eot_id|>")
    assert hidden.reveal(marked) == "<|eot_id|> and <|end_of_text|><|eot_id|>"


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages[0].content[:1] }}",
        "{{ messages[0].content[1:2] }}",
        "{{ messages[0].content[-2:] }}",
        "{{ messages[0].content | tojson(ensure_ascii=true) }}",
    ],
)
def test_a_template_that_tears_a_mark_apart_is_refused(source: str) -> None:
    with pytest.raises(TemplateRejected, match="takes text apart"):
        chat(KINDS["byte-level"], ChatTemplate(source), "<|eot_id|>")


def test_private_characters_in_messages_cannot_forge_a_mark() -> None:
    content = "\ue000\ue001\ue000<|eot_id|>\ue002\ue003\ue002"
    text, ids = chat(KINDS["byte-level"], template_for(KINDS["byte-level"]), content)
    assert content in text
    assert ids.count(KINDS["byte-level"].special_tokens["<|eot_id|>"]) == 2


def test_messages_that_use_every_private_character_are_refused() -> None:
    planes = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
    content = "".join(chr(code) for plane in planes for code in plane)
    with pytest.raises(TemplateRejected, match="every private character"):
        chat(KINDS["byte-level"], ChatTemplate(""), content + "<|eot_id|>")


def test_a_template_that_raises_shows_the_message_and_no_mark() -> None:
    template = ChatTemplate("{{ raise_exception('not ' ~ messages[0].content) }}")
    with pytest.raises(TemplateRejected) as caught:
        chat(KINDS["byte-level"], template, "<|eot_id|>")
    assert str(caught.value) == "not <|eot_id|>"


def test_a_control_token_that_plain_text_reaches_is_refused() -> None:
    vocab = {"<unk>": 0, "<": 1, "s": 2, ">": 3, "<s": 4, "<s>": 5}
    core = Core(models.BPE(vocab, [("<", "s"), ("<s", ">")], unk_token="<unk>"))
    core.add_special_tokens([AddedToken("<s>", normalized=False)])
    tokenizer = Tokenizer(core, bos_token="<s>")
    with pytest.raises(TemplateRejected, match="spells '<s>'"):
        chat(tokenizer, ChatTemplate("{{ messages[0].content }}"), "s<s>s")


def test_a_mark_is_not_much_longer_than_what_it_stands_for() -> None:
    spellings = [f"<|reserved_special_token_{number}|>" for number in range(300)]
    hidden = Hidden(re.compile("|".join(map(re.escape, reversed(spellings)))), spellings)
    marked = hidden.hide("".join(spellings))
    assert len(marked) < 12 * len(spellings)
    assert hidden.reveal(marked) == "".join(spellings)
