"""Step 3: from what was asked to token ids, within the limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from understudy.backends.base import TokenizedPrompt
from understudy.errors import ContextOverflow, InvalidField, PromptTooLong, TemplateRejected
from understudy.prompt.hidden import Hidden, texts
from understudy.prompt.template import ChatTemplate, Today
from understudy.prompt.tokenizer import Tokenizer
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Message,
    SamplingParams,
    TextInput,
    TokenInput,
    TokenLimits,
    ToolSpec,
)

_SAMPLE_PER_TOKEN = 16
"""Characters per token of context that are tokenised before a text is taken in whole."""


def prepare(
    request: GenerationRequest,
    *,
    tokenizer: Tokenizer,
    template: ChatTemplate,
    context_length: int,
    today: Today = None,
) -> tuple[GenerationRequest, TokenizedPrompt]:
    """The prompt's token ids, and the request with ``max_tokens`` resolved.

    ``context_length`` is the loaded model's window in tokens; the request's own limits may be
    tighter. Pure and thread-safe. Raises TemplateRejected, InvalidField, PromptTooLong and
    ContextOverflow. Of a text far too long only the start is tokenised; the number in the error
    is then an estimate.
    """
    _check_sampling(request.sampling, tokenizer)
    room = _Room(request.limits, request.sampling.max_tokens, context_length)
    match request.input:
        case TokenInput(token_ids):
            prompt = _from_tokens(token_ids, tokenizer, room)
        case TextInput(text):
            with _encodable("prompt"):
                prompt = _from_text(text, tokenizer, room)
        case ChatInput() as chat:
            with _encodable("messages"):
                prompt = _from_chat(chat, tokenizer, template, today, room)
    max_tokens = room.output_for(len(prompt.token_ids))
    return replace(request, sampling=replace(request.sampling, max_tokens=max_tokens)), prompt


class _Room:
    """The limits of one request, in tokens."""

    def __init__(self, limits: TokenLimits, max_tokens: int | None, window: int) -> None:
        self._limits = limits
        self._max_tokens = max_tokens
        self.context = window if limits.context is None else min(limits.context, window)

    def output_for(self, input_tokens: int) -> int:
        """``max_tokens`` after an input of that length. Raises PromptTooLong, ContextOverflow.

        Where ``max_tokens`` was asked for and may not be cut, an input that alone fills the
        context is a ContextOverflow too: that error holds all three numbers.
        """
        limits, asked, left = self._limits, self._max_tokens, self.context - input_tokens
        if limits.input is not None and input_tokens > limits.input:
            raise PromptTooLong(input_tokens, limits.input)
        if asked is not None and asked > left and limits.overflow == "refuse":
            raise ContextOverflow(input_tokens, asked, self.context)
        if left < 1:
            raise PromptTooLong(input_tokens, self.context - 1)
        if asked is not None:
            return min(asked, left)
        return left if limits.output is None else min(left, limits.output)

    def refuse_hopeless(self, text: str, tokenizer: Tokenizer) -> None:
        """Raise for a text far beyond the context at a fraction of the cost of reading it.

        Twice the context in the sample leaves no doubt, however its last word is cut.
        """
        sample = self.context * _SAMPLE_PER_TOKEN
        if len(text) <= 2 * sample:
            return
        tokens = len(tokenizer.encode(text[:sample]))
        if tokens > 2 * self.context:
            self.output_for(tokens * len(text) // sample)


def _from_tokens(token_ids: tuple[int, ...], tokenizer: Tokenizer, room: _Room) -> TokenizedPrompt:
    if not token_ids:
        raise InvalidField("prompt", "The prompt has no tokens.")
    room.output_for(len(token_ids))
    for token_id in token_ids:
        if not 0 <= token_id < tokenizer.vocab_size:
            raise InvalidField("prompt", _no_such_token(token_id, tokenizer))
    return TokenizedPrompt(tokenizer.decode(token_ids, skip_special_tokens=False), token_ids)


def _from_text(text: str, tokenizer: Tokenizer, room: _Room) -> TokenizedPrompt:
    room.refuse_hopeless(text, tokenizer)
    token_ids = tokenizer.encode(text)
    if not token_ids:
        raise InvalidField("prompt", "The prompt is empty.")
    return TokenizedPrompt(text, tuple(token_ids))


def _from_chat(
    chat: ChatInput, tokenizer: Tokenizer, template: ChatTemplate, today: Today, room: _Room
) -> TokenizedPrompt:
    messages = [_message(message) for message in chat.messages]
    tools = [_tool(tool) for tool in chat.tools]
    if not any(map(tokenizer.spelling.search, texts([messages, tools]))):
        return _from_rendered(template.render(messages, tools, today=today), tokenizer, room, None)
    hidden = Hidden(tokenizer.spelling, [messages, tools])
    try:
        marked = template.render(hidden.hide(messages), hidden.hide(tools), today=today)
    except TemplateRejected as error:
        raise TemplateRejected(hidden.reveal(str(error))) from None
    return _from_rendered(marked, tokenizer, room, hidden)


def _from_rendered(
    rendered: str, tokenizer: Tokenizer, room: _Room, hidden: Hidden | None
) -> TokenizedPrompt:
    text = hidden.reveal(rendered) if hidden else rendered
    room.refuse_hopeless(text, tokenizer)
    encoded = tokenizer.encode_hidden(rendered, hidden) if hidden else tokenizer.encode(text)
    if not encoded:
        raise InvalidField("messages", "The messages make an empty prompt.")
    return TokenizedPrompt(text, tuple(encoded))


def _message(message: Message) -> dict[str, Any]:
    """A message in the Hugging Face form; see ``ChatTemplate.render``."""
    form: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.name is not None:
        form["name"] = message.name
    if message.tool_calls:
        form["tool_calls"] = [
            {
                "type": "function",
                **({} if call.id is None else {"id": call.id}),
                "function": {"name": call.name, "arguments": _arguments(call.arguments)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        form["tool_call_id"] = message.tool_call_id
    return form


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise InvalidField("messages", "The arguments of a tool call must be a JSON object.")
    return arguments


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _check_sampling(sampling: SamplingParams, tokenizer: Tokenizer) -> None:
    if sampling.max_tokens is not None and sampling.max_tokens < 1:
        raise InvalidField("max_tokens", "max_tokens must be at least 1.")
    if "" in sampling.stop:
        raise InvalidField("stop", "A stop string must not be empty.")
    for token_id in sampling.stop_token_ids:
        if not 0 <= token_id < tokenizer.vocab_size:
            raise InvalidField("stop_token_ids", _no_such_token(token_id, tokenizer))


def _no_such_token(token_id: int, tokenizer: Tokenizer) -> str:
    return f"There is no token {token_id}: ids go from 0 to {tokenizer.vocab_size - 1}."


@contextmanager
def _encodable(field: str) -> Iterator[None]:
    """JSON can spell half of a surrogate pair, which no text encoding can hold."""
    try:
        yield
    except UnicodeEncodeError:
        message = "The text has a lone surrogate, which is not a Unicode character."
        raise InvalidField(field, message) from None
