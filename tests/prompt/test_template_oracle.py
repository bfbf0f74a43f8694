"""The same templates and the same bytes as transformers' own renderer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.prompt.goldens import Golden, goldens
from tests.requires import need
from understudy.prompt.template import ChatTemplate, parse_day

need("transformers")

RULES: list[str] = json.loads(Path(__file__).with_name("jinja_rules.json").read_text("utf-8"))
MESSAGES = [
    {"role": "user", "content": "  hello <there> & 東京 "},
    {"role": "assistant", "content": "line\nline"},
    {"role": "user", "content": "last words"},
]
TOOLS = [
    {"type": "function", "function": {"name": "é<", "parameters": {"z": 1, "a": [True, None]}}}
]


def oracle(source: str, messages: Any, tools: Any, **variables: Any) -> str:
    from transformers.utils.chat_template_utils import render_jinja_template

    rendered, _ = render_jinja_template([messages], tools=tools, chat_template=source, **variables)
    return str(rendered[0])


@pytest.mark.parametrize("golden", [g for g in goldens() if g.error is None], ids=str)
def test_golden_is_what_transformers_renders(golden: Golden) -> None:
    text = oracle(
        golden.card.chat_template,
        golden.messages,
        golden.tools,
        add_generation_prompt=golden.add_generation_prompt,
        bos_token=golden.card.bos_token,
        eos_token=golden.card.eos_token,
        date_string=parse_day(golden.today).strftime("%d %b %Y"),
    )
    assert text == "".join(golden.text)


@pytest.mark.parametrize("golden", [g for g in goldens() if g.error is not None], ids=str)
def test_transformers_refuses_what_the_golden_refuses(golden: Golden) -> None:
    from jinja2 import TemplateError

    assert golden.error is not None
    with pytest.raises(TemplateError) as caught:
        oracle(
            golden.card.chat_template,
            golden.messages,
            golden.tools,
            bos_token=golden.card.bos_token,
            eos_token=golden.card.eos_token,
        )
    assert str(caught.value) == golden.error


@pytest.mark.parametrize("tools", [None, TOOLS], ids=["no tools", "tools"])
@pytest.mark.parametrize("source", RULES)
def test_jinja_rules_are_those_of_transformers(source: str, tools: Any) -> None:
    ours = ChatTemplate(source, "<s>", "</s>").render(MESSAGES, tools)
    theirs = oracle(
        source, MESSAGES, tools, add_generation_prompt=True, bos_token="<s>", eos_token="</s>"
    )
    assert ours == theirs
