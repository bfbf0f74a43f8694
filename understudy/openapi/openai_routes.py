"""The routes of OpenAI's form, which both services have below their own prefixes."""

from __future__ import annotations

from collections.abc import Collection

from understudy.dialects.openai_schema import OpenAIBody
from understudy.openapi import openai
from understudy.openapi.operation import Operation, Service, generated, model_in_path, told
from understudy.openapi.shape import Shape


def openai_routes(
    door: Service,
    names: list[str],
    completions: tuple[type[Shape], type[OpenAIBody]],
    chat: tuple[type[Shape], type[OpenAIBody]],
    *,
    headers: tuple[str, ...],
    generation: Collection[int],
    listing: Collection[int],
) -> list[Operation]:
    """``completions`` and ``chat`` are what a whole answer is and what a body may say.

    ``headers`` are those that an answer may have; ``generation`` and ``listing`` the statuses
    with which a route of either kind refuses.
    """
    completion, completion_body = completions
    message, chat_body = chat
    return [
        door.operation(
            "POST",
            "/completions",
            "Continue a raw prompt",
            generated(completion, _streamed(openai.CompletionChunk), *headers),
            body=completion_body,
            examples=openai.completion_examples(names[0]),
            refusals=generation,
            description="The prompt is text or token ids and goes to the model as it is.",
        ),
        door.operation(
            "POST",
            "/chat/completions",
            "Answer in a conversation",
            generated(message, _streamed(openai.ChatChunk), *headers),
            body=chat_body,
            examples=openai.chat_examples(names[0]),
            refusals=generation,
        ),
        door.operation(
            "GET",
            "/models",
            "List the models",
            told("Every model.", openai.ModelList),
            refusals=listing,
        ),
        door.operation(
            "GET",
            "/models/{model}",
            "Read one model",
            told("The model.", openai.Model),
            model_in_path(names),
            refusals=listing,
        ),
    ]


def _streamed(chunk: type[Shape]) -> dict[str, list[type[Shape]]]:
    return {"anyOf": [chunk, openai.StreamError]}
