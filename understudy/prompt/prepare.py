"""Step 3: from what was asked to token ids, within the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from understudy.backends.base import TokenizedPrompt
from understudy.catalog.card import ModelCard
from understudy.errors import ContextOverflow, InvalidInput, PromptTooLong, TemplateRejected
from understudy.prompt.conversation import form_told, merged, with_system
from understudy.prompt.hidden import Hidden, texts
from understudy.prompt.template import ChatTemplate, Today
from understudy.prompt.tokenizer import Tokenizer
from understudy.prompt.tools import GENERIC, ToolFormat, arguments_of, offered_tools
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

_LONG_TEXT = 8
"""Bytes per token of context above which a text is not simply taken in whole: most texts have
fewer bytes per token, so what fits is rarely read twice."""
_SMALLEST_PIECE = 4096
"""Characters."""
_TOKENS_PER_CUT = 256
"""More than a cut adds to the count: the longest entries of vocabularies are 128 characters."""


def prepare(
    request: GenerationRequest,
    *,
    tokenizer: Tokenizer,
    template: ChatTemplate,
    context_length: int,
    tool_format: ToolFormat = GENERIC,
    today: Today = None,
    asked_for: ModelCard | None = None,
) -> tuple[GenerationRequest, TokenizedPrompt]:
    """The prompt's token ids, and the request with ``max_tokens`` resolved.

    ``context_length`` is the loaded model's window in tokens; the request's own limits may be
    tighter. ``tool_format`` is how this model learns of tools. ``asked_for`` is the model that
    this one stands in for, if it does: its vocabulary is what ``stop_token_ids`` are from. Pure
    and thread-safe. Raises TemplateRejected, InvalidInput, PromptTooLong and ContextOverflow. Of
    a text far too long only the start is tokenised; the number in the error is then an estimate.
    """
    sampling = _sampling(request.sampling, tokenizer, asked_for)
    tools: Sequence[ToolSpec] = offered_tools(request)
    room = _Room(request.limits, request.sampling.max_tokens, context_length)
    match request.input:
        case TokenInput(token_ids):
            prompt = _from_tokens(token_ids, tokenizer, room)
        case TextInput(text):
            with _encodable():
                prompt = _from_text(text, tokenizer, room)
        case ChatInput() as chat:
            # No template makes less than a token of a message.
            if len(chat.messages) > room.context:
                room.output_for(len(chat.messages))
            turns, tools = tool_format.written(chat.messages, tools)
            told = form_told(request.constraint, room=context_length)
            if told is not None:
                turns = with_system(turns, told)
            with _encodable():
                prompt = _from_chat(turns, tools, tokenizer, template, today, room)
    max_tokens = room.output_for(len(prompt.token_ids))
    return replace(request, sampling=replace(sampling, max_tokens=max_tokens)), prompt


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

        It is counted in pieces, each twice as long as the last, until there is no doubt,
        however words were cut between them; what follows is then taken to be as dense.
        """
        piece = max(self.context, _SMALLEST_PIECE)
        if len(text.encode()) <= max(_LONG_TEXT * self.context, piece):
            return
        read = tokens = doubt = 0
        while read < len(text):
            tokens += len(tokenizer.encode(text[read : read + piece], add_bos=False))
            doubt += _TOKENS_PER_CUT
            read, piece = min(read + piece, len(text)), 2 * piece
            if tokens - doubt > self.context:
                self.output_for(tokens * len(text) // read)


def _from_tokens(token_ids: tuple[int, ...], tokenizer: Tokenizer, room: _Room) -> TokenizedPrompt:
    if not token_ids:
        raise InvalidInput("input", "The prompt has no tokens.")
    room.output_for(len(token_ids))
    for token_id in token_ids:
        if not 0 <= token_id < tokenizer.vocab_size:
            raise InvalidInput("input", _no_such_token(token_id, tokenizer.vocab_size))
    text = b"".join(tokenizer.pieces(token_ids)).decode("utf-8", "replace")
    return TokenizedPrompt(text, token_ids)


def _from_text(text: str, tokenizer: Tokenizer, room: _Room) -> TokenizedPrompt:
    room.refuse_hopeless(text, tokenizer)
    token_ids = tokenizer.encode(text)
    if not token_ids:
        raise InvalidInput("input", "The prompt is empty.")
    return TokenizedPrompt(text, tuple(token_ids))


def _from_chat(
    turns: Sequence[Message],
    tools: Sequence[ToolSpec],
    tokenizer: Tokenizer,
    template: ChatTemplate,
    today: Today,
    room: _Room,
) -> TokenizedPrompt:
    try:
        rendered, hidden = _rendered(turns, tools, tokenizer, template, today)
    except TemplateRejected as refusal:
        # Some templates take turns in alternation only.
        fewer = merged(turns)
        if len(fewer) == len(turns):
            raise
        try:
            rendered, hidden = _rendered(fewer, tools, tokenizer, template, today)
        except TemplateRejected:
            raise refusal from None
    return _from_rendered(rendered, tokenizer, room, hidden)


def _rendered(
    turns: Sequence[Message],
    tools: Sequence[ToolSpec],
    tokenizer: Tokenizer,
    template: ChatTemplate,
    today: Today,
) -> tuple[str, Hidden | None]:
    """What the template makes of the conversation, with marks where control tokens are spelt."""
    messages = list(map(_message, turns))
    functions = list(map(_tool, tools))
    if not any(map(tokenizer.spelling.search, texts([messages, functions]))):
        return template.render(messages, functions, today=today), None
    hidden = Hidden(tokenizer.spelling, [messages, functions])
    try:
        marked = template.render(hidden.hide(messages), hidden.hide(functions), today=today)
    except TemplateRejected as error:
        raise TemplateRejected(hidden.reveal(str(error))) from None
    return marked, hidden


def _from_rendered(
    rendered: str, tokenizer: Tokenizer, room: _Room, hidden: Hidden | None
) -> TokenizedPrompt:
    text = hidden.reveal(rendered) if hidden else rendered
    room.refuse_hopeless(text, tokenizer)
    encoded = tokenizer.encode_hidden(rendered, hidden) if hidden else tokenizer.encode(text)
    if not encoded:
        raise InvalidInput("input", "The messages make an empty prompt.")
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
                "function": {"name": call.name, "arguments": arguments_of(call)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        form["tool_call_id"] = message.tool_call_id
    return form


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _sampling(
    sampling: SamplingParams, tokenizer: Tokenizer, asked_for: ModelCard | None
) -> SamplingParams:
    """``sampling`` once it makes sense, its stop tokens being those of ``tokenizer``."""
    if sampling.max_tokens is not None and sampling.max_tokens < 1:
        raise InvalidInput("max_tokens", "At least one token must be asked for.")
    if "" in sampling.stop:
        raise InvalidInput("stop", "A stop string must not be empty.")
    size = tokenizer.vocab_size
    for token_id, _ in sampling.logit_bias:
        if not 0 <= token_id < size:
            raise InvalidInput("logit_bias", _no_such_token(token_id, size))
    if asked_for is not None:
        size = int(asked_for.architecture.get("vocab_size", size))
    for token_id in sampling.stop_token_ids:
        if not 0 <= token_id < size:
            raise InvalidInput("stop_token_ids", _no_such_token(token_id, size))
    if asked_for is None or not sampling.stop_token_ids:
        return sampling
    own = _own_tokens(sampling.stop_token_ids, tokenizer, asked_for)
    return replace(sampling, stop_token_ids=own)


def _own_tokens(
    token_ids: tuple[int, ...], tokenizer: Tokenizer, asked_for: ModelCard
) -> tuple[int, ...]:
    """The control tokens of ``tokenizer`` that read as those of the card do.

    An id without a counterpart is one that the stand-in can never draw, so it stops nothing.
    """
    texts_by_id = {token_id: text for text, token_id in asked_for.special_tokens.items()}
    wanted = (texts_by_id.get(token_id) for token_id in token_ids)
    own = (tokenizer.special_tokens.get(text) for text in wanted if text is not None)
    return tuple(token_id for token_id in own if token_id is not None)


def _no_such_token(token_id: int, vocab_size: int) -> str:
    return f"There is no token {token_id}: ids go from 0 to {vocab_size - 1}."


@contextmanager
def _encodable() -> Iterator[None]:
    """JSON can spell half of a surrogate pair, which no text encoding can hold."""
    try:
        yield
    except UnicodeEncodeError:
        message = "The text has a lone surrogate, which is not a Unicode character."
        raise InvalidInput("input", message) from None
