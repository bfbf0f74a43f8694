"""How tools reach a model: what it is told of them, and how calls and results stand in a chat.

A card names the format of its model. ``llama3`` leaves tools, calls and results to the chat
template, which has places for them. ``generic`` is for models that know nothing of tools: it
writes all three into plain turns, so that any template takes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from understudy import strict_json
from understudy.errors import InvalidInput
from understudy.prompt.conversation import with_system
from understudy.request import (
    TOOL_NAME,
    ChatInput,
    GenerationRequest,
    Message,
    ToolCall,
    ToolCallForm,
    ToolSpec,
)

Conversation = tuple[Sequence[Message], Sequence[ToolSpec]]
"""Messages and tools, as a chat template takes them."""


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """``form`` is how the model writes calls; ``written`` puts a chat into what its template
    takes."""

    form: ToolCallForm
    written: Callable[[Sequence[Message], Sequence[ToolSpec]], Conversation]


def offered_tools(request: GenerationRequest) -> tuple[ToolSpec, ...]:
    """The tools that the model is shown, none where it must not call any.

    Raises InvalidInput for tools or a choice among them that make no sense.
    """
    tools = request.input.tools if isinstance(request.input, ChatInput) else ()
    names = [tool.name for tool in tools]
    seen: set[str] = set()
    for name in names:
        if not TOOL_NAME.fullmatch(name):
            raise InvalidInput(
                "tools",
                f"{name!r:.80} cannot be the name of a tool: names have 1 to 128 of the letters "
                "a to z, digits and _ - . : /.",
            )
        if name in seen:
            raise InvalidInput("tools", f"There are two tools of the name {name!r}.")
        seen.add(name)
    choice = request.tool_choice
    if choice.mode == "none":
        return ()
    if choice.mode == "required" and request.constraint is not None:
        raise InvalidInput("constraint", "An answer that must be a call has no form of its own.")
    if choice.mode == "required" and not tools:
        raise InvalidInput("tool_choice", "A call is required, and there is no tool to call.")
    if choice.name is not None and choice.name not in names:
        raise InvalidInput("tool_choice", f"There is no tool {choice.name!r:.140}.")
    return tools


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """The arguments of a call in the conversation. Raises InvalidInput."""
    try:
        arguments = strict_json.loads(call.arguments)
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        name = f"{call.name!r:.140}"
        raise InvalidInput("input", f"The arguments of the call of {name} must be a JSON object.")
    return arguments


def _with_places(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Conversation:
    """For templates that write calls and results. They drop text that stands beside a call, so
    it gets a turn of its own."""
    turns: list[Message] = []
    for message in messages:
        if message.tool_calls and message.content.strip():
            turns.append(replace(message, tool_calls=()))
            message = replace(message, content="")
        turns.append(message)
    return turns, tools


_OFFER = """\
You can call tools. These are the tools, one JSON object on each line:
{tools}

To call a tool, answer with nothing but JSON in this form:
{{"name": "the name of the tool", "arguments": {{"the name of an argument": "its value"}}}}
To call several tools, write one such line for each. The next message then has the results. \
When no tool helps, answer in plain words."""


def _in_plain_turns(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Conversation:
    """For templates that know neither: tools stand in the system message, calls in what the
    assistant says, and results in what the user says."""
    turns: list[Message] = []
    called: list[ToolCall] = []
    after_result = False
    for message in messages:
        if message.role != "tool":
            turns.append(_spoken(message))
            called += message.tool_calls
        elif after_result:
            both = f"{turns[-1].content}\n\n{_result(message, called)}"
            turns[-1] = replace(turns[-1], content=both)
        else:
            turns.append(Message("user", _result(message, called)))
        after_result = message.role == "tool"
    if tools:
        listed = "\n".join(_dumped(_shown(tool)) for tool in tools)
        turns = with_system(turns, _OFFER.format(tools=listed))
    return turns, ()


def _spoken(message: Message) -> Message:
    """A turn with its calls in its text."""
    if not message.tool_calls:
        return message
    calls = [
        _dumped({"name": call.name, "arguments": arguments_of(call)}) for call in message.tool_calls
    ]
    said = message.content.strip()
    return Message(message.role, "\n".join([said, *calls] if said else calls))


def _result(message: Message, called: list[ToolCall]) -> str:
    """A result and whose it is. Of the calls that wait for one, ``called``, takes out its own."""
    found = next((call for call in called if call.id and call.id == message.tool_call_id), None)
    if found is None and message.name is not None:
        found = next((call for call in called if call.name == message.name), None)
    if found is None and message.name is None and called:
        found = called[0]
    if found is not None:
        called.remove(found)
    name = message.name or (found and found.name) or "the tool"
    return f"Result of {name}:\n{message.content}"


def _shown(tool: ToolSpec) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


LLAMA3 = ToolFormat(ToolCallForm(separator="; "), _with_places)
GENERIC = ToolFormat(ToolCallForm(arguments_key="arguments"), _in_plain_turns)
FORMATS: Mapping[str, ToolFormat] = {"llama3": LLAMA3, "generic": GENERIC}
