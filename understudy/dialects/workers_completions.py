"""OpenAI's legacy completions as Workers AI would serve them: ``POST …/ai/v1/completions``.

The hosted service documents no such route. It is here because the clients that speak
``/ai/v1`` have a method for it; the prompt is raw, as OpenAI has it.
"""

from __future__ import annotations

from understudy.dialects.openai_completions import OpenAICompletions
from understudy.dialects.openai_schema import CompletionsBody
from understudy.dialects.workers_openai import SERVICE, WorkersOpenAI, WorkersSampling


class WorkersCompletionsBody(WorkersSampling, CompletionsBody):
    """Types alone: ranges are the card's."""


class WorkersCompletions(WorkersOpenAI):
    """OpenAI's requests and answers, with the ranges, limits, defaults and errors of Workers AI."""

    def __init__(self) -> None:
        super().__init__(
            OpenAICompletions(SERVICE, schema=WorkersCompletionsBody, bare_schemas=True),
            form="prompt",
        )
