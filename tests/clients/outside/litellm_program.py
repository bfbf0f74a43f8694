"""The PyPI package ``litellm``, unmodified, with its providers ``cloudflare`` and ``deepinfra``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import litellm
from report import ACCOUNT, HOSTED, KEY, MODEL, SCHEMA, TOOL, URL, attempt, case, main

DOORS = {
    "cloudflare": {"model": f"cloudflare/{MODEL}", "api_base": f"{ACCOUNT}/ai/v1"},
    "cloudflare, older": {"model": f"cloudflare/{MODEL}", "api_base": f"{ACCOUNT}/ai/run/"},
    "deepinfra": {"model": f"deepinfra/{HOSTED}", "api_base": f"{URL}/v1/openai"},
}
TALK = [{"role": "user", "content": "Hello! My name is Ada."}]


def ask(door: str, **more: Any) -> Any:
    body: dict[str, Any] = {"messages": TALK, "max_tokens": 32, "temperature": 0, **DOORS[door]}
    return litellm.completion(**{"api_key": KEY, **body, **more})


def at_each(look: Callable[[str], Any]) -> dict[str, Any]:
    return {door: look(door) for door in DOORS}


@case
def conversation() -> Any:
    def look(door: str) -> Any:
        whole = ask(door)
        chunks = list(ask(door, stream=True))
        return {
            "whole": whole.choices[0].message.content,
            "pieces": [chunk.choices[0].delta.content or "" for chunk in chunks],
            "finishes": [chunk.choices[0].finish_reason for chunk in chunks],
            "finish": whole.choices[0].finish_reason,
            "usage": whole.usage.model_dump(),
        }

    return at_each(look)


@case
def asynchronous() -> Any:
    async def look() -> Any:
        found = {}
        for door in DOORS:
            asked = {"messages": TALK, "max_tokens": 32, "temperature": 0, **DOORS[door]}
            answer = await litellm.acompletion(api_key=KEY, **asked)
            stream = await litellm.acompletion(api_key=KEY, stream=True, **asked)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            found[door] = {"whole": answer.choices[0].message.content, "pieces": pieces}
        return found

    return asyncio.run(look())


@case
def options() -> Any:
    """What DeepInfra's provider lets through of OpenAI's options."""
    # It knows of no seed there.
    asked = {"temperature": 0.9, "extra_body": {"seed": 7}, "max_tokens": 8}
    several = ask("deepinfra", n=2, **asked)
    text = several.choices[0].message.content
    counted = list(ask("deepinfra", stream=True, stream_options={"include_usage": True}, **asked))
    return {
        "texts": [choice.message.content for choice in several.choices],
        "alone": ask("deepinfra", **asked).choices[0].message.content,
        "stopped": ask("deepinfra", stop=[text[1:3]], **asked).choices[0].message.content,
        "usage": [
            ask("deepinfra", **asked).usage.total_tokens,
            [chunk.usage.total_tokens for chunk in counted if getattr(chunk, "usage", None)],
        ],
    }


@case
def structured() -> Any:
    asked = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}

    def look(door: str) -> Any:
        more = {"response_format": asked, "allowed_openai_params": ["response_format"]}
        whole = ask(door, **more).choices[0].message.content
        chunks = ask(door, stream=True, **more)
        return {
            "whole": whole,
            "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        }

    return at_each(look)


@case
def tools() -> Any:
    forced = {"tool_choice": {"type": "function", "function": {"name": "get_weather"}}}

    def look(door: str) -> Any:
        # For DeepInfra it would refuse by itself to force a tool.
        choice = {"extra_body": forced} if door == "deepinfra" else forced
        more: dict[str, Any] = {"tools": [TOOL], **choice}
        whole = ask(door, **more).choices[0].message
        chunks = list(ask(door, stream=True, **more))
        streamed = litellm.stream_chunk_builder(chunks).choices[0].message
        return {
            name: [call.function.model_dump() for call in message.tool_calls]
            for name, message in (("whole", whole), ("streamed", streamed))
        }

    return at_each(look)


@case
def completion() -> Any:
    """The legacy route, which the package calls as OpenAI's."""
    bases = {f"text-completion-openai/{MODEL}": f"{ACCOUNT}/ai/v1"}
    bases[f"text-completion-openai/{HOSTED}"] = f"{URL}/v1/openai"

    def text(model: str, base: str) -> str:
        answer = litellm.text_completion(
            model=model, api_base=base, api_key=KEY, prompt="Once upon a time", max_tokens=16
        )
        return answer.choices[0].text

    return [text(model, base) for model, base in bases.items()]


@case
def refusals() -> Any:
    bad = {
        "wrong_key": {"api_key": "wrong"},
        "unknown_model": {},
        "too_hot": {"temperature": 6},
        "too_long": {"messages": [{"role": "user", "content": "x y " * 4096}]},
    }

    def look(door: str) -> Any:
        unknown = {"model": DOORS[door]["model"].partition("/")[0] + "/@cf/no/one"}
        return {
            name: attempt(
                lambda asked=asked, name=name: ask(
                    door, **{**asked, **(unknown if name == "unknown_model" else {})}
                )
            )
            for name, asked in bad.items()
        }

    return {door: look(door) for door in ("cloudflare", "deepinfra")}


@case
def left() -> Any:
    """Streams that nobody reads to their end."""

    async def look(door: str) -> Any:
        stream = await litellm.acompletion(
            api_key=KEY,
            messages=TALK,
            max_tokens=1000,
            stream=True,
            extra_body={"ignore_eos": True},
            **DOORS[door],
        )
        first = await anext(stream)
        await stream.aclose()
        return len(first.choices)

    return {door: asyncio.run(look(door)) for door in ("cloudflare", "deepinfra")}


main()
