"""OpenAI's chat completions, for every service that speaks them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from understudy.decode.fold import Choice
from understudy.dialects.base import Spelling
from understudy.dialects.body_schema import entry
from understudy.dialects.content_parts import Part
from understudy.dialects.guided import Form
from understudy.dialects.openai_door import OpenAIDoor
from understudy.dialects.openai_logprobs import chat_logprobs
from understudy.dialects.openai_refusals import CHAT, refuse_in_messages
from understudy.dialects.openai_reply import SPELLING, OpenAIReply
from understudy.dialects.openai_schema import ChatBody, ChatMessage
from understudy.dialects.past_calls import with_calls
from understudy.dialects.told_calls import call_id
from understudy.dialects.tools import refuse_calls_of
from understudy.errors import InvalidField, SchemaViolation, UnsupportedField
from understudy.events import TextLogprob, ToolCallEvent
from understudy.request import ChatInput, Input, Message, ToolCall

# OpenAI renamed both; no template of an open model knows the other name.
_ROLES = {"developer": "system", "function": "tool"}


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

    def tool_call(self, event: ToolCallEvent) -> dict[str, Any]:
        """A piece of a call; the first of each, which has a name, also says what it is."""
        piece: dict[str, Any] = {"index": event.position}
        function = {"arguments": event.arguments}
        if event.name is not None:
            piece |= {"id": self._call_id(event.choice, event.position, event.id)}
            piece |= {"type": "function"}
            function = {"name": event.name, **function}
        return _delta(event.choice, {"tool_calls": [{**piece, "function": function}]}, None)

    def finish(self, choice: int, reason: str) -> dict[str, Any]:
        return _delta(choice, {}, reason)

    def whole(self, index: int, choice: Choice, logprobs: Any) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": choice.text}
        if choice.tool_calls:
            message["content"] = choice.text or None
            message["tool_calls"] = [
                self._whole_call(index, position, call)
                for position, call in enumerate(choice.tool_calls)
            ]
        return {
            "index": index,
            "message": message,
            "logprobs": logprobs,
            "finish_reason": choice.finish and choice.finish.value,
        }

    def _whole_call(self, index: int, position: int, call: ToolCall) -> dict[str, Any]:
        return {
            "id": self._call_id(index, position, call.id),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }

    def _call_id(self, choice: int, position: int, given: str | None) -> str:
        return call_id(self._context.meta, choice, position, given)


class OpenAIChat(OpenAIDoor[ChatBody]):
    """``POST …/chat/completions``."""

    body = ChatBody
    reply = ChatReply
    wishes = CHAT

    def check(self, body: Any, fields: ChatBody) -> None:
        refuse_in_messages(body)
        if fields.top_logprobs and not fields.logprobs:
            raise InvalidField("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.")

    def input(self, fields: ChatBody) -> Input:
        messages = tuple(_message(i, message) for i, message in enumerate(fields.messages))
        return ChatInput(with_calls(messages), tuple(fields.tools or ()))

    def more(self, fields: ChatBody, form: Form) -> dict[str, Any]:
        return {"tool_choice": fields.choice(form.constraint, form.field)}


def _message(position: int, message: ChatMessage) -> Message:
    refuse_calls_of(message.role, message.tool_calls, f"messages.{position}.tool_calls")
    return Message(
        role=_ROLES.get(message.role, message.role),
        content=_content(position, message),
        name=message.name,
        tool_calls=tuple(message.tool_calls or ()),
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
    if part.given is None:
        text = "Field required"
        raise SchemaViolation(
            text, [entry("missing", (*loc, part.type), text, {"type": part.type})]
        )
    if part.type != "text":
        path = ".".join(map(str, loc))
        why = f"of type '{part.type}' is not supported: this model takes text only"
        raise UnsupportedField(path, why)
    return part.text or ""


def _delta(
    index: int, delta: dict[str, Any], reason: str | None, logprobs: Any = None
) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
