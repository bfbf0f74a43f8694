"""The PyPI package ``langchain-cloudflare``, unmodified, at both formats that it speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_cloudflare import ChatCloudflareWorkersAI
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from report import KEY, MODEL, SCHEMA, TOOL, URL, case, main

FORMATS = ("workers_ai", "openai_compatible")
TALK = [SystemMessage("You are a friendly assistant."), HumanMessage("Hello! My name is Ada.")]


def chat(kind: str, key: str = KEY, **more: Any) -> ChatCloudflareWorkersAI:
    return ChatCloudflareWorkersAI(
        model=MODEL,
        cloudflare_account_id="local",
        cloudflare_api_token=key,
        base_url=f"{URL}/client/v4",
        endpoint_format=kind,
        max_tokens=32,
        max_retries=0,
        model_kwargs={"seed": 5},
        **more,
    )


def at_both(look: Callable[[str], Any]) -> dict[str, Any]:
    return {kind: look(kind) for kind in FORMATS}


@case
def conversation() -> Any:
    def look(kind: str) -> Any:
        whole = chat(kind).invoke(TALK)
        pieces = [piece.content for piece in chat(kind).stream(TALK)]
        return {"whole": whole.content, "pieces": pieces, "usage": whole.usage_metadata}

    return at_both(look)


@case
def asynchronous() -> Any:
    async def look(kind: str) -> Any:
        model = chat(kind)
        whole = await model.ainvoke(TALK)
        pieces = [piece.content async for piece in model.astream(TALK)]
        return {"whole": whole.content, "pieces": pieces}

    return {kind: asyncio.run(look(kind)) for kind in FORMATS}


@case
def options() -> Any:
    """Nobody else is here, so that who will not wait is answered."""
    return at_both(
        lambda kind: (
            chat(kind, reject_if_busy=True, session_id="s", ai_gateway="g").invoke(TALK).content
        )
    )


@case
def structured() -> Any:
    asked = {"type": "json_schema", "json_schema": SCHEMA}
    return at_both(lambda kind: chat(kind).bind(response_format=asked).invoke("Who?").content)


@case
def tools() -> Any:
    def look(kind: str) -> Any:
        bound = chat(kind).bind_tools([TOOL], tool_choice="get_weather")
        whole = bound.invoke("What is the weather in Oslo?")
        if kind == "openai_compatible":
            # What it streams there it reads for text only.
            return {"whole": whole.tool_calls}
        added: Any = None
        for piece in bound.stream("What is the weather in Oslo?"):
            added = piece if added is None else added + piece
        return {"whole": whole.tool_calls, "streamed": added.tool_calls}

    return at_both(look)


@case
def tool_results() -> Any:
    call = {"name": "get_weather", "args": {"town": "Oslo"}, "id": "call_1"}
    talk = [
        HumanMessage("What is the weather in Oslo?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage('{"sky": "clear"}', tool_call_id="call_1", name="get_weather"),
    ]
    return at_both(lambda kind: chat(kind).bind_tools([TOOL]).invoke(talk).content)


@case
def wrong_key() -> Any:
    return chat("workers_ai", key="wrong").invoke(TALK).content


@case
def too_hot() -> Any:
    return chat("workers_ai", temperature=6).invoke(TALK).content


main()
