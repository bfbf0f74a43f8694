"""Prompts of the catalogue's cards, as their models are shown them."""

from __future__ import annotations

from typing import Any

from tests.prompt.tokenizers import KINDS
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.prompt.prepare import prepare
from understudy.prompt.template import ChatTemplate
from understudy.prompt.tools import FORMATS
from understudy.request import ChatInput, GenerationRequest, Message

CARDS = {card.name: card for card in Catalog.load()}
HOUSE = CARDS["@house/prompter"]
LLAMA_3 = CARDS["@cf/meta/llama-3.2-1b-instruct"]
LLAMA_2 = CARDS["@cf/meta/llama-2-7b-chat-fp16"]
WITHOUT_TOOLS = [
    LLAMA_2,
    CARDS["@cf/tinyllama/tinyllama-1.1b-chat-v1.0"],
    CARDS["@cf/openchat/openchat-3.5-0106"],
]


def title(value: Any) -> str | None:
    """How a test is called by its card."""
    return value.title if isinstance(value, ModelCard) else None


def shown(card: ModelCard, *messages: Message, tools: Any = (), **asked: Any) -> str:
    """The prompt's text."""
    request = GenerationRequest(card.name, ChatInput(messages, tuple(tools)), **asked)
    _, prompt = prepare(
        request,
        tokenizer=KINDS["byte-level"],
        template=own(card),
        context_length=4000,
        tool_format=FORMATS[card.tool_format],
        today="26 Jul 2024",
    )
    return prompt.text


def own(card: ModelCard) -> ChatTemplate:
    return ChatTemplate(card.chat_template, card.bos_token, card.eos_token)
