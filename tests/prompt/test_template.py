"""Chat templates: hand-written goldens, and what a template may and may not do."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.prompt.goldens import Golden, goldens
from understudy.catalog.registry import Catalog
from understudy.errors import ConfigError, ModelFolderInvalid, TemplateRejected
from understudy.prompt.template import (
    ChatTemplate,
    parse_day,
    template_for,
    template_from_folder,
)

USER = [{"role": "user", "content": "U"}]


@pytest.mark.parametrize("golden", goldens(), ids=str)
def test_template_renders_the_golden(golden: Golden) -> None:
    def render() -> str:
        return golden.template.render(
            golden.messages, golden.tools, golden.add_generation_prompt, golden.today
        )

    if golden.error is None:
        assert render() == "".join(golden.text)
    else:
        with pytest.raises(TemplateRejected) as caught:
            render()
        assert str(caught.value) == golden.error


def test_each_downloadable_model_has_ten_goldens() -> None:
    counts = Counter(golden.card.name for golden in goldens())
    assert {card.name for card in Catalog.load() if not card.bundled} == set(counts)
    assert min(counts.values()) >= 10


def test_a_golden_with_a_unicode_line_separator_keeps_it() -> None:
    template = ChatTemplate("{{ messages[0].content }}")
    text = "a\u2028b\r\nc\x00"
    assert template.render([{"role": "user", "content": text}]) == text


def test_without_a_pinned_day_the_real_one_is_used() -> None:
    before = datetime.now().date()
    text = ChatTemplate("{{ strftime_now('%Y-%m-%d') }}").render(USER)
    assert before.isoformat() <= text <= datetime.now().date().isoformat()


@pytest.mark.parametrize("today", ["2024-07-26", "26 Jul 2024", date(2024, 7, 26)])
def test_a_pinned_day_may_be_written_in_either_form(today: str | date) -> None:
    assert ChatTemplate("{{ strftime_now('%d/%m/%y') }}").render(USER, today=today) == "26/07/24"


def test_an_unreadable_day_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="'tomorrow' is not a day"):
        parse_day("tomorrow")


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages.__class__ }}{{ messages.__class__.__mro__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{% set ns = namespace(__class__=1) %}",
        "{{ namespace.__globals__ }}{{ namespace.__globals__.x }}",
        "{{ dict.fromkeys.__self__ }}",
        "{{ range(10000000) }}",
        "{{ 1 / 0 }}",
        "{{ messages[0].content + 1 }}",
        "{{ messages[7].content }}",
        "{{ unknown.attribute }}",
        "{% include 'other' %}",
    ],
)
def test_a_template_that_misbehaves_refuses_the_messages(source: str) -> None:
    with pytest.raises(TemplateRejected, match="cannot render these messages"):
        ChatTemplate(source).render(USER)


def test_a_template_cannot_change_the_messages_of_its_caller() -> None:
    messages = [{"role": "user", "content": "U"}]
    with pytest.raises(TemplateRejected):
        ChatTemplate("{% set _ = messages[0].update(role='x') %}").render(messages)
    assert messages == [{"role": "user", "content": "U"}]


def test_source_that_is_not_jinja_is_an_invalid_model_folder() -> None:
    with pytest.raises(ModelFolderInvalid, match="chat template of m is not valid Jinja"):
        ChatTemplate("{% if %}", origin="m")


def test_folder_template_file_wins_over_the_tokenizer_config(tmp_path: Path) -> None:
    config = {"chat_template": "old", "bos_token": "<s>", "eos_token": {"content": "</s>"}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert template_from_folder(tmp_path).render(USER) == "old"
    (tmp_path / "chat_template.jinja").write_text("{{ bos_token }}new{{ eos_token }}")
    assert template_from_folder(tmp_path).render(USER) == "<s>new</s>"


def test_folder_with_several_templates_gives_the_default_one(tmp_path: Path) -> None:
    templates = [
        {"name": "rag", "template": "R"},
        {"name": "default", "template": "D{{ unk_token }}"},
    ]
    config = {"chat_template": templates, "unk_token": "?"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert template_from_folder(tmp_path).render(USER) == "D?"


def test_folder_without_a_template_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderInvalid, match="no chat template"):
        template_from_folder(tmp_path)


def test_the_cards_template_wins_over_the_folders(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text("folder")
    card = Catalog.load().get("@cf/openchat/openchat-3.5-0106")
    assert template_for(card, tmp_path).render(USER).startswith("<s>GPT4")
