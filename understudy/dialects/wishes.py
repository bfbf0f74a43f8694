"""Fields that mean something to a service or engine of this family, and what asks for nothing.

One table for every door: a door takes out what it honours or judges itself and adds what is
its own, and refuses by name whatever else of it is asked for. So nothing that is accepted is
ignored, and a field that is learnt about at one door is known at all of them. A key in no
table is unknown and passes, as it does on the services.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from understudy.errors import UnsupportedField

Wishes = Mapping[str, tuple[Any, ...]]
"""A field, and the values with which it asks for nothing; null always does."""

WISHES: Wishes = {
    # Where the input stands at other doors.
    "input": ("",),
    "messages": ([],),
    "prompt": ("",),
    "raw": (False,),
    # What else goes into the prompt.
    "add_generation_prompt": (True,),
    "add_special_tokens": (True,),
    "audio": (),
    "chat_template": (),
    "chat_template_kwargs": ({}, {"enable_thinking": False}, {"thinking": False}),
    "continue_final_message": (False,),
    "data": ({},),
    "documents": ([],),
    "image": (),
    "images": ([],),
    "multi_modal_data": ({},),
    "suffix": ("",),
    "truncate": (),
    "truncate_prompt_tokens": (),
    "web_search_options": (),
    # Adapters.
    "adapter_id": (),
    "lora": (),
    # Tools.
    "function_call": ("none", "auto"),
    "functions": ([],),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    # The form of the answer.
    "grammar": (),
    "guided_choice": (),
    "guided_decoding_backend": ("auto",),
    "guided_grammar": (),
    "guided_json": (),
    "guided_regex": (),
    "guided_whitespace_pattern": (),
    "json_schema": (),
    "modalities": (["text"],),
    "prediction": (),
    "regex": (),
    "response_format": ({"type": "text"},),
    "structured_outputs": (),
    # Thinking.
    "enable_thinking": (False,),
    "reasoning": (
        *({}, {"enabled": False}, {"effort": "none"}),
        {"effort": "none", "enabled": False},
    ),
    "reasoning_effort": ("none",),
    "thinking": (False, {"type": "disabled"}),
    "verbosity": ("medium",),
    # How many answers, and how tokens are drawn.
    "allowed_token_ids": (),
    "bad_words": ([],),
    "best_of": (1,),
    "length_penalty": (1,),
    "logit_bias": ({},),
    "n": (1,),
    "num_beams": (1,),
    "num_responses": (1,),
    "num_return_sequences": (1,),
    "typical_p": (1,),
    "use_beam_search": (False,),
    "watermark": (False,),
    # Where the answer ends.
    "max_completion_tokens": (),
    "max_new_tokens": (),
    "max_tokens": (),
    "min_new_tokens": (0,),
    "min_tokens": (0,),
    "stop_sequences": ([],),
    # What is told beside it.
    "decoder_input_details": (False,),
    "echo": (False,),
    "include_stop_str_in_output": (False,),
    "logprobs": (False,),
    "prompt_logprobs": (),
    "return_full_text": (False,),
    "return_tokens_as_token_ids": (False,),
    "skip_special_tokens": (True,),
    "spaces_between_special_tokens": (True,),
    "top_logprobs": (0,),
    "top_n_tokens": (0,),
    # How it is served and kept.
    "cache_salt": (),
    "fail_fast": (False,),
    "models": ([],),
    "priority": (0,),
    "prompt_cache_options": ({},),
    "prompt_cache_retention": ("in_memory", "in-memory"),
    "service_tier": ("auto", "default", "standard_only"),
    "store": (False,),
    "webhook": (),
}

MESSAGE_WISHES: Wishes = {"audio": (), "function_call": (), "prefix": (False,)}
"""The same for the fields of a message."""


def at_door(*honoured: str, **own: tuple[Any, ...]) -> Wishes:
    """The table of a door that reads the fields ``honoured`` itself; ``own`` rows are its own."""
    return {field: none for field, none in WISHES.items() if field not in honoured} | own


def find_wish(body: Mapping[str, Any], wishes: Wishes) -> str | None:
    """The first field of ``wishes`` with which ``body`` asks for something."""
    for field, nothing in wishes.items():
        value = body.get(field)
        if value is not None and not any(_same(value, none) for none in nothing):
            return field
    return None


def refuse_wishes(body: Mapping[str, Any], wishes: Wishes, where: str = "") -> None:
    """Raise UnsupportedField for the first wish in ``body``, whose path is ``where``."""
    field = find_wish(body, wishes)
    if field is None:
        return
    plain = [none for none in wishes[field] if not isinstance(none, list | dict)]
    allowed = " or ".join(json.dumps(none) for none in plain)
    why = "is not supported by this server"
    raise UnsupportedField(where + field, f"other than {allowed} {why}" if allowed else why)


def _same(value: Any, nothing: Any) -> bool:
    """Equal as JSON is: 1.0 is 1, but true is not."""
    return isinstance(value, bool) is isinstance(nothing, bool) and bool(value == nothing)
