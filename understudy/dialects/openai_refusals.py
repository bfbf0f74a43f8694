"""Fields that clients of OpenAI-compatible services send and this server cannot honour yet.

Each table maps a field to the values with which it asks for nothing; anything else is refused
by name. A field in no table and in no schema is unknown, and passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.body_schema import refuse_unsupported
from understudy.dialects.openai_schema import OpenAIBody
from understudy.errors import UnsupportedField

Neutral = Mapping[str, tuple[Any, ...]]

_COMMON: Neutral = {
    "n": (1,),
    "best_of": (1,),
    "echo": (False,),
    "logit_bias": ({},),
    "return_tokens_as_token_ids": (False,),
    "lora": (),
    "service_tier": ("auto", "default"),
    "prompt_cache_retention": ("in_memory", "in-memory"),
    "min_tokens": (0,),
    "length_penalty": (1, 1.0),
    "use_beam_search": (False,),
    "prompt_logprobs": (),
    "truncate_prompt_tokens": (),
    "include_stop_str_in_output": (False,),
    "bad_words": ([],),
    "allowed_token_ids": (),
    "guided_json": (),
    "guided_regex": (),
    "guided_choice": (),
    "guided_grammar": (),
}

COMPLETIONS: Neutral = {
    **_COMMON,
    "logprobs": (),
    "suffix": ("",),
    "data": ({},),
    "multi_modal_data": ({},),
}

# ``parallel_tool_calls`` and ``metadata`` are absent: without tools and stored answers they
# ask for nothing, whatever they say.
CHAT: Neutral = {
    **_COMMON,
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "store": (False,),
    "reasoning_effort": ("none",),
    "reasoning": ({}, {"enabled": False}, {"effort": "none"}),
    "verbosity": ("medium",),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
    "chat_template_kwargs": ({},),
    "add_generation_prompt": (True,),
    "continue_final_message": (False,),
}


def refuse(body: Mapping[str, Any], fields: OpenAIBody, neutral: Neutral) -> None:
    """Raise UnsupportedField for the first wish in ``body`` that cannot be granted."""
    refuse_unsupported(body, neutral)
    if fields.response_format is not None and fields.response_format.type != "text":
        raise UnsupportedField("response_format")
    if fields.stream_options is not None and fields.stream_options.include_obfuscation:
        raise UnsupportedField("stream_options.include_obfuscation")
