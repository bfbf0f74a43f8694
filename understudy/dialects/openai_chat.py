"""OpenAI's chat completions, for every service that speaks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Choice
from understudy.dialects.base import Call, CallMeta, ErrorReply, Spelling
from understudy.dialects.body_schema import entry, read
from understudy.dialects.bounds import refuse_hopeless
from understudy.dialects.openai_format import constraint_of
from understudy.dialects.openai_logprobs import chat_logprobs
from understudy.dialects.openai_refusals import CHAT, refuse, refuse_in_messages
from understudy.dialects.openai_reply import SPELLING, OpenAIReply, ReplyContext
from understudy.dialects.openai_schema import ChatBody, ChatMessage, Part, model_name
from understudy.dialects.openai_service import OpenAIService
from understudy.errors import InvalidField, SchemaViolation, UnderstudyError, UnsupportedField
from understudy.events import TextLogprob
from understudy.request import ChatInput, GenerationRequest, Message, ToolCall


class ChatReply(OpenAIReply):
    """``chat.completion`` bodies and ``chat.completion.chunk`` chunks."""

    id_prefix = "chatcmpl"
    body_object = "chat.completion"
    chunk_object = "chat.completion.chunk"
    spelling: ClassVar[Spelling] = {**SPELLING, "input": "messages"}

    def opening(self, choice: int) -> dict[str, Any]:
        return _delta(choice, {"role": "assistant", "content": ""}, None)

    def text(self, choice: int, text: str, logprobs: Any = None) -> dict[str, Any]:
        return _delta(choice, {"content": text}, None, logprobs)

    def logprobs(self, tokens: Sequence[TextLogprob], as_ids: bool) -> dict[str, Any]:
        return chat_logprobs(tokens, as_ids)

    def finish(self, choice: int, reason: str) -> dict[str, Any]:
        return _delta(choice, {}, reason)

    def whole(self, index: int, choice: Choice, logprobs: Any) -> dict[str, Any]:
        return {
            "index": index,
            "message": {"role": "assistant", "content": choice.text},
            "logprobs": logprobs,
            "finish_reason": choice.finish and choice.finish.value,
        }


class OpenAIChat:
    """``POST …/chat/completions``. A service whose bodies differ brings its own ``schema``;
    where ``bare_schemas``, the answer's schema may stand outside of OpenAI's envelope."""

    def __init__(
        self,
        service: OpenAIService,
        *,
        schema: type[ChatBody] = ChatBody,
        bare_schemas: bool = False,
    ) -> None:
        self._service = service
        self._schema = schema
        self._bare_schemas = bare_schemas

    def model_name(self, body: Any) -> str:
        """The model asked for. Raises SchemaViolation where the body names none."""
        return model_name(self._schema, body)

    def parse(self, body: Any, card: ModelCard) -> Call:
        refuse_hopeless(body, card)
        fields = read(self._schema, body)
        refuse(body, fields, CHAT)
        refuse_in_messages(body)
        if fields.top_logprobs and not fields.logprobs:
            raise InvalidField("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.")
        messages = tuple(_message(i, message) for i, message in enumerate(fields.messages))
        request = GenerationRequest(
            model=card.name,
            input=ChatInput(messages),
            sampling=fields.sampling(fields.output_limit),
            limits=self._service.limits_for(card, fields.output_limit, fields.output_limit_field),
            cache_namespace=fields.prompt_cache_key or "",
            choices=fields.n or 1,
            logprobs=fields.told_logprobs,
            constraint=constraint_of(fields.response_format, bare=self._bare_schemas),
        )

        def reply(meta: CallMeta) -> ChatReply:
            return ChatReply(ReplyContext(self._service, card, fields, meta))

        return Call(request, bool(fields.stream), reply)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return self._service.error(exc, meta, ChatReply.spelling)


def _message(position: int, message: ChatMessage) -> Message:
    calls = tuple(
        ToolCall(call.function.name, call.function.arguments, call.id)
        for call in message.tool_calls or ()
    )
    return Message(
        # OpenAI renamed the role; no template of an open model knows the new name.
        role="system" if message.role == "developer" else message.role,
        content=_content(position, message),
        name=message.name,
        tool_calls=calls,
        tool_call_id=message.tool_call_id,
    )


def _content(position: int, message: ChatMessage) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    loc = ("messages", position, "content")
    if content is not None:
        return "".join(_part((*loc, i), part) for i, part in enumerate(content))
    if message.role == "assistant" and message.tool_calls:
        return ""
    text = "Input should be a valid string"
    raise SchemaViolation(text, [entry("string_type", loc, text, None)])


def _part(loc: tuple[str | int, ...], part: Part) -> str:
    """The text of one part; parts follow each other without a separator."""
    if part.type != "text":
        path = ".".join(map(str, loc))
        raise UnsupportedField(path, f"of type '{part.type[:40]}' is not supported by this server")
    if part.text is None:
        text = "Field required"
        raise SchemaViolation(text, [entry("missing", (*loc, "text"), text, {"type": "text"})])
    return part.text


def _delta(
    index: int, delta: dict[str, Any], reason: str | None, logprobs: Any = None
) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
