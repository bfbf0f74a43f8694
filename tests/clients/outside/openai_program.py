"""The PyPI package ``openai``, unmodified and of whatever version is here, with its helpers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import openai
from pydantic import BaseModel, Field
from report import HOSTED, KEY, URL, attempt, case, main

PROMPT = "Once upon a time, in Zürich 🙂, there was"
TALK = [{"role": "user", "content": "Hello! My name is Ada."}]
ASKED: dict[str, Any] = {"model": HOSTED, "temperature": 0.9, "seed": 7, "max_tokens": 12}
CHAT: dict[str, Any] = {**ASKED, "messages": TALK}
TEXT: dict[str, Any] = {**ASKED, "prompt": PROMPT}


class Place(BaseModel):
    town: Literal["Oslo", "Rome"]


class Report(BaseModel):
    """What the weather is like."""

    places: list[Place] = Field(min_length=1, max_length=2)
    rains: bool


class GetWeather(BaseModel):
    """Tells the weather of a town."""

    town: Literal["Oslo", "Rome"]


FORM: dict[str, Any] = {**CHAT, "max_tokens": 120, "response_format": Report}
CALL: dict[str, Any] = {
    **CHAT,
    "max_tokens": 60,
    "tools": [openai.pydantic_function_tool(GetWeather)],
    "tool_choice": {"type": "function", "function": {"name": "GetWeather"}},
}

sdk = openai.OpenAI(api_key=KEY, base_url=f"{URL}/v1/openai")


def later(look: Callable[[openai.AsyncOpenAI], Any]) -> Any:
    """What ``look`` sees with an asynchronous client."""

    async def run() -> Any:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{URL}/v1/openai") as client:
            return await look(client)

    return asyncio.run(run())


@case
def version() -> str:
    return openai.__version__


@case
def chat() -> Any:
    async def awaited(client: openai.AsyncOpenAI) -> Any:
        whole, stream = await asyncio.gather(
            client.chat.completions.create(**CHAT),
            client.chat.completions.create(**CHAT, stream=True),
        )
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
        return [whole.choices[0].message.content, "".join(pieces)]

    whole = sdk.chat.completions.create(**CHAT)
    chunks = list(
        sdk.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    )
    return {
        "whole": whole.choices[0].message.content,
        "request_id": whole._request_id,
        "id": whole.id,
        "streamed": "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices),
        "usage": [whole.usage.model_dump(), chunks[-1].usage.model_dump()],
        "last_choices": len(chunks[-1].choices),
        "awaited": later(awaited),
    }


@case
def completion() -> Any:
    asked = {**TEXT, "n": 2, "echo": True, "logprobs": 2}

    async def awaited(client: openai.AsyncOpenAI) -> Any:
        return (await client.completions.create(**asked)).model_dump()["choices"]

    whole = sdk.completions.create(**asked)
    texts = ["", ""]
    for chunk in sdk.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    told = whole.choices[0].logprobs
    ids = [
        int(token.removeprefix("token_id:"))
        for token in sdk.completions.create(
            **{**asked, "n": 1, "max_tokens": 1}, extra_body={"return_tokens_as_token_ids": True}
        )
        .choices[0]
        .logprobs.tokens[: whole.usage.prompt_tokens]
    ]
    plain = sdk.completions.create(**{**TEXT, "stop": [whole.choices[0].text[-2:]]})
    return {
        "whole": whole.model_dump(),
        "streamed": texts,
        "awaited": later(awaited),
        "lengths": [len(getattr(told, name) or ()) for name in told.model_fields_set],
        "of_ids": sdk.completions.create(**{**TEXT, "prompt": ids}).choices[0].text,
        "plain": sdk.completions.create(**TEXT).choices[0].text,
        "stopped": plain.choices[0].model_dump(),
    }


@case
def parsed() -> Any:
    """The helpers that make a schema of a class and an object of the answer."""

    async def awaited(client: openai.AsyncOpenAI) -> Any:
        answer = await client.chat.completions.parse(**FORM)
        return answer.choices[0].message.parsed.model_dump()

    with sdk.chat.completions.stream(**FORM) as stream:
        kinds = {event.type for event in stream}
        streamed = stream.get_final_completion().choices[0].message
    whole = sdk.chat.completions.parse(**FORM).choices[0].message
    beta = sdk.beta.chat.completions.parse(**FORM).choices[0].message
    return {
        "is_one": isinstance(whole.parsed, Report),
        "whole": whole.parsed.model_dump(),
        "beta": beta.parsed.model_dump(),
        "streamed": streamed.parsed.model_dump(),
        "awaited": later(awaited),
        "events": sorted(kinds),
        "cut": attempt(lambda: sdk.chat.completions.parse(**{**FORM, "max_tokens": 2})),
    }


@case
def json_mode() -> Any:
    asked = {**FORM, "response_format": {"type": "json_object"}}
    whole = sdk.chat.completions.create(**asked).choices[0]
    return [whole.message.content, whole.finish_reason]


@case
def tools() -> Any:
    whole = sdk.chat.completions.parse(**CALL).choices[0]
    with sdk.chat.completions.stream(**CALL) as stream:
        deltas = [e.arguments_delta for e in stream if e.type.endswith("arguments.delta")]
        streamed = stream.get_final_completion().choices[0]
    [call] = whole.message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "It rains."}
    turns = [*TALK, whole.message.model_dump(exclude={"parsed"}), result]
    after = sdk.chat.completions.create(**{**CALL, "messages": turns, "tool_choice": "none"})
    return {
        "finishes": [whole.finish_reason, streamed.finish_reason],
        "parsed": call.function.parsed_arguments.model_dump(),
        "whole": call.function.arguments,
        "streamed": [c.function.arguments for c in streamed.message.tool_calls],
        "deltas": deltas,
        "after": after.choices[0].message.content,
    }


@case
def models() -> Any:
    listed = [model.id for model in sdk.models.list()]
    return {"listed": listed, "one": sdk.models.retrieve(HOSTED).id}


@case
def refusals() -> Any:
    """With the retries that the package makes by itself."""
    wrong = sdk.with_options(api_key="wrong")
    return {
        "wrong_key": attempt(lambda: wrong.chat.completions.create(**CHAT)),
        "unknown_model": attempt(lambda: sdk.completions.create(**{**TEXT, "model": "no/one"})),
        "unlisted": attempt(lambda: sdk.models.retrieve("no/one")),
        "too_long": attempt(lambda: sdk.completions.create(**{**TEXT, "prompt": "x y " * 4096})),
        "too_hot": attempt(lambda: sdk.chat.completions.create(**{**CHAT, "temperature": 2.5})),
        "unserved": attempt(lambda: sdk.embeddings.create(model=HOSTED, input="x")),
    }


@case
def left() -> Any:
    """Streams that nobody reads to their end."""
    endless = {**TEXT, "max_tokens": 2000, "stream": True, "extra_body": {"ignore_eos": True}}

    async def awaited(client: openai.AsyncOpenAI) -> Any:
        async with await client.completions.create(**endless) as stream:
            return (await anext(stream)).choices[0].text

    with sdk.completions.create(**endless) as stream:
        first = next(iter(stream)).choices[0].text
    return [first, later(awaited), sdk.completions.create(**TEXT).choices[0].text]


main()
