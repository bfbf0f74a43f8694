"""The template in Llama 3.2's form, and the tokenizer that ships beside it."""

import json

import pytest
from tokenizers import Tokenizer

from tests.requires import need
from training.corpus.mix import document
from training.template import TEMPLATE, full_text, render
from understudy import house

TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
CALL = {"function": {"name": "f", "arguments": {"x": 1}}}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(house.path() / "tokenizer.json"))


def turn(role: str, text: str) -> str:
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n{text}<|eot_id|>"


def test_turns_are_trimmed_and_the_answer_is_asked_for() -> None:
    messages = [{"role": "system", "content": " S "}, {"role": "user", "content": "U\n"}]
    asked = "<|start_header_id|>assistant<|end_header_id|>\n\n"
    begun = "<|begin_of_text|>" + turn("system", "S") + turn("user", "U")
    assert render(messages, add_generation_prompt=True) == begun + asked
    assert render(messages) == begun


def test_tools_stand_in_the_first_user_message_only() -> None:
    messages = [{"role": "user", "content": "U"}, {"role": "user", "content": "V"}]
    sentence = (
        "Given the following functions, please respond with a JSON for a function call with its "
        "proper arguments that best answers the given prompt.\n\nRespond in the format "
        '{"name": function name, "parameters": dictionary of argument name and its value}.'
        "Do not use variables.\n\n"
    )
    shown = json.dumps(TOOL, indent=4) + "\n\n"
    wanted = "<|begin_of_text|>" + turn("user", sentence + shown + "U") + turn("user", "V")
    assert render(messages, [TOOL]) == wanted


def test_calls_and_results() -> None:
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [CALL, CALL]},
        {"role": "tool", "content": '{"r": 1}'},
        {"role": "tool", "content": {"r": "é"}},
    ]
    one = '{"name": "f", "parameters": {"x": 1}}'
    wanted = turn("assistant", f"{one}; {one}") + turn("ipython", '{"r": 1}')
    assert render(messages) == "<|begin_of_text|>" + wanted + turn("ipython", '{"r": "é"}')


def test_arguments_may_be_text_and_content_may_be_parts_or_none() -> None:
    call = {"function": {"name": "f", "arguments": '{"x": 1}'}}
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None},
    ]
    wanted = turn("assistant", '{"name": "f", "parameters": {"x": 1}}') + turn("user", "ab")
    assert render(messages) == "<|begin_of_text|>" + wanted + turn("assistant", "")


def test_the_shipped_template_is_the_trained_one() -> None:
    config = json.loads((house.path() / "tokenizer_config.json").read_text())
    assert (house.path() / "chat_template.jinja").read_text() == TEMPLATE
    assert config["chat_template"] == TEMPLATE


def test_transformers_renders_the_same_text() -> None:
    need("transformers")
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(house.path())
    for i in range(80):
        doc = document("template", i)
        if doc.raw is None:
            made = loaded.apply_chat_template(doc.messages, tools=doc.tools, tokenize=False)
            assert made == full_text(doc)


@pytest.mark.parametrize("text", [
    "plain", "", " ", "  two  spaces ", "\n\n\t\r\n", "12345 6.7", "naïve café", "日本語 한국어",
    "🦊👩‍👩‍👧 ☃", "a\u0301 \u200b\u202e", "\x00\x01\x7f", "\U0010ffff",
    "it's WE'RE I'll", "{\"a\": [1, 2]}", "x" * 500,
])  # fmt: skip
def test_any_text_round_trips(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids) == text


def test_a_begin_mark_is_added_once(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("hello").ids[0] == tokenizer.token_to_id("<|begin_of_text|>") == 0
    assert tokenizer.encode("hello").ids.count(0) == 1


def test_marks_are_single_tokens(tokenizer: Tokenizer) -> None:
    for mark in ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
                 "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
                 "<|finetune_right_pad_id|>"):  # fmt: skip
        assert len(tokenizer.encode(mark, add_special_tokens=False).ids) == 1
