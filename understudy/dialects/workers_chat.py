"""OpenAI's chat as Workers AI serves it: ``POST …/accounts/{id}/ai/v1/chat/completions``."""

from __future__ import annotations

from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_schema import ChatBody
from understudy.dialects.workers_openai import SERVICE, WorkersOpenAI, WorkersSampling


class WorkersChatBody(WorkersSampling, ChatBody):
    """Types alone: ranges are the card's."""


class WorkersChat(WorkersOpenAI):
    """OpenAI's requests and answers, with the ranges, limits, defaults and errors of Workers AI."""

    def __init__(self) -> None:
        super().__init__(
            OpenAIChat(SERVICE, schema=WorkersChatBody, bare_schemas=True), form="messages"
        )
