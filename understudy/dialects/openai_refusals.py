"""What OpenAI-compatible doors cannot grant yet, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.openai_schema import CompletionsBody, OpenAIBody
from understudy.dialects.wishes import MESSAGE_WISHES, Wishes, at_door, refuse_wishes
from understudy.errors import UnsupportedField

# What both doors grant.
ANSWERS = (
    *("n", "logprobs", "return_tokens_as_token_ids", "response_format"),
    *("guided_json", "guided_regex", "guided_choice", "structured_outputs"),
    *("logit_bias", "include_stop_str_in_output"),
)

# A raw prompt is what this door always takes.
COMPLETIONS: Wishes = at_door(
    *("prompt", "raw", "max_tokens", "echo", "data", "multi_modal_data"),
    *ANSWERS,
)

# ``metadata`` is in no table: without stored answers it asks for nothing, whatever it says.
CHAT: Wishes = at_door(
    *("messages", "max_tokens", "max_completion_tokens", "top_logprobs"),
    *("tools", "tool_choice"),
    *ANSWERS,
)


def refuse(body: Mapping[str, Any], fields: OpenAIBody, wishes: Wishes) -> None:
    """Raise UnsupportedField for the first wish in ``body`` that cannot be granted."""
    refuse_wishes(body, wishes)
    if fields.stream_options is not None and fields.stream_options.include_obfuscation:
        raise UnsupportedField("stream_options.include_obfuscation")


def refuse_images(fields: CompletionsBody) -> None:
    """Raise UnsupportedField, under the name that the caller gave them, for images."""
    for name in ("data", "multi_modal_data"):
        given = getattr(fields, name)
        if given is not None and given.image:
            raise UnsupportedField(name, "is not supported: the model takes no images")


def refuse_in_messages(body: Mapping[str, Any]) -> None:
    """The same for the fields of messages, which are known to be objects."""
    for position, message in enumerate(body["messages"]):
        refuse_wishes(message, MESSAGE_WISHES, f"messages.{position}.")
