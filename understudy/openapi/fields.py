"""What the fields of request bodies mean, in a sentence each, by their names.

What a field means in one class only stands here as ``Class.field``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

FIELDS: Mapping[str, str] = {
    # The input.
    "model": "The model's name.",
    "prompt": "Text or token ids, which go to the model as they are.",
    "input": "Text, which goes to the model as it is.",
    "messages": "The conversation so far, oldest message first.",
    "data": "Images for the prompt's placeholders; no model here takes any.",
    "multi_modal_data": "The same as `data`.",
    "role": "Who speaks.",
    "content": "What is said: text, or a list of parts.",
    "name": "Who speaks, where several have one role.",
    "tool_calls": "Calls that the assistant made.",
    "tool_call_id": "Whose result this message is.",
    "reasoning_content": "What the model thought; prompts have no place for it.",
    "cache_control": "Asks for what is always done: beginnings of prompts are cached.",
    "Part.type": "What the part is; only text is for models here.",
    "text": "The text of a part of the type `text`.",
    # How much.
    "max_tokens": "Most tokens of an answer.",
    "max_new_tokens": "Most tokens of an answer.",
    "max_completion_tokens": "Most tokens of an answer; the smaller of the two limits holds.",
    "n": "How many answers.",
    "num_responses": "How many answers; one, where they are streamed.",
    "stop": "Texts that end the answer, and are not a part of it.",
    "stop_token_ids": "Tokens that end the answer, and are not a part of it.",
    "include_stop_str_in_output": "Keep in its text the stop string that ended the answer.",
    "ignore_eos": "Go on after the model's own end.",
    # How tokens are drawn.
    "temperature": "How much chance plays: 0 takes the likeliest token.",
    "top_p": "Draw from the likeliest tokens that together reach this probability.",
    "top_k": "Draw from this many of the likeliest tokens; 0 is off.",
    "min_p": "Draw from tokens at least this likely, compared to the likeliest one.",
    "seed": "The same request with the same seed gets the same answer.",
    "presence_penalty": "Lowers the odds of tokens that the answer has.",
    "frequency_penalty": "Lowers the odds of tokens each time that the answer has them.",
    "repetition_penalty": "Divides the odds of tokens that the input or the answer has.",
    "logit_bias": "What to add to the logits of tokens, by their ids.",
    # The form of the answer.
    "response_format": "What the answer must be: text, JSON, JSON of a schema, or of a pattern.",
    "ResponseFormat.type": "Which of these the answer must be.",
    "json_schema": "`{name, schema}`, for the type `json_schema`.",
    "regex": "The pattern, for the type `regex`.",
    "schema": "Where other services have the schema; refused here.",
    "guided_json": "The schema that the answer must keep to, in vLLM's spelling.",
    "guided_regex": "The pattern that the answer must keep to, in vLLM's spelling.",
    "guided_choice": "The texts of which the answer must be one, in vLLM's spelling.",
    "structured_outputs": "The same in vLLM's newer spelling.",
    "tools": "What the model may call.",
    "tool_choice": "Whether it may, must or must not call, or what it must call.",
    "parallel_tool_calls": "Whether one answer may have several calls.",
    # What is told beside it.
    "stream": "Send the answer as it is written.",
    "stream_options": "What the events of a stream tell.",
    "include_usage": "Whether a stream tells the usage; `true` asks for an event of its own.",
    "continuous_usage_stats": "Whether each event tells the usage so far.",
    "include_obfuscation": "Padding against who measures events; refused here.",
    "echo": "Begin the answer's text with the prompt.",
    "logprobs": "Tell log-probabilities, and this many of the likeliest tokens beside each.",
    "ChatBody.logprobs": "Tell log-probabilities.",
    "top_logprobs": "How many of the likeliest tokens to tell beside each.",
    "return_tokens_as_token_ids": "Write tokens as `token_id:…` where log-probabilities are told.",
    # How it is served.
    "prompt_cache_key": "A cache of prompts apart from those of the key's other requests.",
    "user": "A label; it changes nothing.",
    "store": "Whether to keep the answer; refused if `true`.",
    "webhook": "Where to send the answer; refused here.",
}


def meaning(owners: Iterable[str], field: str) -> str | None:
    """What ``field`` means in a class; ``owners`` are its name and those that it comes from."""
    own = (FIELDS[f"{owner}.{field}"] for owner in owners if f"{owner}.{field}" in FIELDS)
    return next(own, FIELDS.get(field))
