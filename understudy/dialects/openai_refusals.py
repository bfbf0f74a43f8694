"""What OpenAI-compatible doors cannot grant yet, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.openai_schema import OpenAIBody
from understudy.dialects.wishes import MESSAGE_WISHES, Wishes, at_door, refuse_wishes
from understudy.errors import UnsupportedField

# A raw prompt is what this door always takes; ``logprobs`` is a number here, and 0 a wish.
COMPLETIONS: Wishes = at_door("prompt", "raw", "max_tokens", "response_format", logprobs=())

# ``parallel_tool_calls`` and ``metadata`` are in no table: without tools and stored answers
# they ask for nothing, whatever they say.
CHAT: Wishes = at_door("messages", "max_tokens", "max_completion_tokens", "response_format")


def refuse(body: Mapping[str, Any], fields: OpenAIBody, wishes: Wishes) -> None:
    """Raise UnsupportedField for the first wish in ``body`` that cannot be granted."""
    refuse_wishes(body, wishes)
    refuse_response_format(fields)
    if fields.stream_options is not None and fields.stream_options.include_obfuscation:
        raise UnsupportedField("stream_options.include_obfuscation")


def refuse_response_format(fields: Any) -> None:
    """Text is the only form of answer; which others there are, the schema knows."""
    if fields.response_format is not None and fields.response_format.type != "text":
        raise UnsupportedField("response_format")


def refuse_in_messages(body: Mapping[str, Any]) -> None:
    """The same for the fields of messages, which are known to be objects."""
    for position, message in enumerate(body["messages"]):
        refuse_wishes(message, MESSAGE_WISHES, f"messages.{position}.")
