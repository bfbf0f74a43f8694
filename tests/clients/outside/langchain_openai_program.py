"""``langchain-openai``, and ``langchain-deepinfra`` where it is here, unmodified."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from typing import Any, Literal

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel, Field
from report import HOSTED, KEY, URL, attempt, case, main

TALK = [SystemMessage("You are a friendly assistant."), HumanMessage("Hello! My name is Ada.")]
BASE = f"{URL}/v1/openai"

CHATS: dict[str, Any] = {"ChatOpenAI": ChatOpenAI}
METHODS = {
    "ChatOpenAI": ("json_schema", "function_calling"),
    # Whatever sets response_format is an AttributeError of the package before anything is sent.
    "ChatDeepInfra": ("function_calling",),
}
TEXTS: dict[str, Any] = {
    # It sends all prompts of a batch in one request, which DeepInfra does not take.
    "OpenAI": {"class": OpenAI, "base_url": BASE, "batch_size": 1},
}
if importlib.util.find_spec("langchain_deepinfra"):
    from langchain_deepinfra import ChatDeepInfra, DeepInfra

    CHATS["ChatDeepInfra"] = ChatDeepInfra
    TEXTS["DeepInfra"] = {"class": DeepInfra, "base_url": f"{BASE}/completions"}


class Weather(BaseModel):
    """What the weather of a town is like."""

    town: Literal["Oslo", "Rome"] = Field(description="Where.")
    rains: bool


def chat(kind: str, **more: Any) -> Any:
    settings = {"model": HOSTED, "api_key": KEY, "base_url": BASE, "seed": 5, "max_tokens": 16}
    return CHATS[kind](**{**settings, **more})


def text(kind: str) -> Any:
    settings = {"model": HOSTED, "api_key": KEY, "temperature": 0, "max_tokens": 8, **TEXTS[kind]}
    return settings.pop("class")(**settings)


def at_each(look: Callable[[str], Any]) -> dict[str, Any]:
    return {kind: look(kind) for kind in CHATS}


@case
def conversation() -> Any:
    def look(kind: str) -> Any:
        whole = chat(kind).invoke(TALK)
        added: Any = None
        pieces = []
        for piece in chat(kind).stream(TALK):
            pieces.append(piece.content)
            added = piece if added is None else added + piece
        asked = [piece.usage_metadata for piece in chat(kind).stream(TALK, stream_usage=True)]
        return {
            "whole": whole.content,
            "pieces": pieces,
            "batch": [answer.content for answer in chat(kind).batch([TALK, TALK])],
            "usage": [whole.usage_metadata, added.usage_metadata],
            "usage asked for": [usage for usage in asked if usage],
            "finish": [message.response_metadata["finish_reason"] for message in (whole, added)],
        }

    return at_each(look)


@case
def asynchronous() -> Any:
    async def look(kind: str) -> Any:
        model = chat(kind)
        whole = await model.ainvoke(TALK)
        pieces = [piece.content async for piece in model.astream(TALK)]
        return {"whole": whole.content, "pieces": pieces}

    return {kind: asyncio.run(look(kind)) for kind in CHATS}


@case
def log_probabilities() -> Any:
    def look(kind: str) -> Any:
        answer = chat(kind).bind(logprobs=True, top_logprobs=2).invoke(TALK)
        return {
            "told": answer.response_metadata["logprobs"]["content"],
            "usage": answer.usage_metadata,
        }

    return at_each(look)


@case
def stopped() -> Any:
    def look(kind: str) -> Any:
        whole = chat(kind).invoke(TALK).content
        return [whole, chat(kind).invoke(TALK, stop=[whole[1:3]]).content]

    return at_each(look)


@case
def structured() -> Any:
    def look(kind: str) -> Any:
        found = {}
        for method in METHODS[kind]:
            model = chat(kind, max_tokens=60).with_structured_output(Weather, method=method)
            found[method] = model.invoke("Is it raining in Oslo?").model_dump()
            raw = chat(kind, max_tokens=60).with_structured_output(
                Weather, method=method, include_raw=True
            )
            found[f"{method}, raw"] = raw.invoke("Is it raining in Oslo?")["parsed"].model_dump()
            *_, last = model.stream("Is it raining in Oslo?")
            found[f"{method}, streamed"] = last.model_dump()
        return found

    return at_each(look)


@case
def json_mode() -> Any:
    """Of an answer that ends in time."""
    model = chat("ChatOpenAI", max_tokens=60).with_structured_output(None, method="json_mode")
    return attempt(lambda: model.invoke("Answer in JSON: who are you?"))


@case
def tools() -> Any:
    def look(kind: str) -> Any:
        bound = chat(kind, max_tokens=60).bind_tools([Weather], tool_choice="any")
        named = chat(kind, max_tokens=60).bind_tools([Weather], tool_choice="Weather", strict=True)
        added: Any = None
        for piece in bound.stream("What is the weather in Oslo?"):
            added = piece if added is None else added + piece
        return {
            "any": bound.invoke("What is the weather in Oslo?").tool_calls,
            "streamed": added.tool_calls,
            "named": named.invoke("What is the weather in Oslo?").tool_calls,
        }

    return at_each(look)


@case
def tool_results() -> Any:
    call = {"name": "Weather", "args": {"town": "Oslo", "rains": True}, "id": "call_1"}
    talk = [
        HumanMessage("What is the weather in Oslo?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage('{"sky": "clear"}', tool_call_id="call_1", name="Weather"),
    ]
    return at_each(lambda kind: chat(kind).bind_tools([Weather]).invoke(talk).content)


@case
def texts() -> Any:
    async def awaited(kind: str) -> str:
        return await text(kind).ainvoke("Once upon a time")

    return {
        kind: {
            "whole": text(kind).invoke("Once upon a time"),
            "pieces": list(text(kind).stream("Once upon a time")),
            "batch": text(kind).batch(["Once upon a time", "Once upon a time"]),
            "awaited": asyncio.run(awaited(kind)),
        }
        for kind in TEXTS
    }


@case
def refusals() -> Any:
    """With the retries that the packages make by themselves."""
    return at_each(
        lambda kind: {
            "wrong_key": attempt(lambda: chat(kind, api_key="wrong").invoke(TALK)),
            "unknown_model": attempt(lambda: chat(kind, model="no/one").invoke(TALK)),
            "too_hot": attempt(lambda: chat(kind, temperature=2.5).invoke(TALK)),
            "too_long": attempt(lambda: chat(kind).invoke("x y " * 4096)),
        }
    )


@case
def left() -> Any:
    """Streams that nobody reads to their end."""

    async def awaited(kind: str) -> Any:
        stream = chat(kind, max_tokens=2000, extra_body={"ignore_eos": True}).astream(TALK)
        first = (await anext(stream)).content
        await stream.aclose()
        return first

    return {kind: asyncio.run(awaited(kind)) for kind in CHATS}


main()
