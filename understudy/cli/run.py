"""``understudy run``: one answer, without a server."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing

from understudy.cli.catalogue import catalogue
from understudy.config import Settings
from understudy.events import Event, TextEvent
from understudy.generate import generate
from understudy.models.remote import pool_for
from understudy.models.store import ModelStore
from understudy.request import (
    ChatInput,
    GenerationRequest,
    Input,
    Message,
    SamplingParams,
    TextInput,
    TokenLimits,
)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the answer as it is made."""
    request = GenerationRequest(
        model=arguments.model,
        input=_input(arguments),
        sampling=SamplingParams(
            max_tokens=arguments.max_tokens,
            temperature=arguments.temperature,
            seed=arguments.seed,
        ),
        limits=TokenLimits(overflow="clamp"),
    )
    asyncio.run(_print_answer(request, settings))
    return 0


async def _print_answer(request: GenerationRequest, settings: Settings) -> None:
    pool = pool_for(settings, catalogue(settings), ModelStore(settings.home))
    try:
        async with pool.lease(request.model) as loaded:
            steps = generate(request, loaded, today=settings.today)
            async with aclosing(steps):
                async for events in steps:
                    print(_text(events), end="", flush=True)
        print()
    finally:
        await pool.close()


def _input(arguments: argparse.Namespace) -> Input:
    if arguments.raw:
        return TextInput(arguments.prompt)
    system = (Message("system", arguments.system),) if arguments.system is not None else ()
    return ChatInput((*system, Message("user", arguments.prompt)))


def _text(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextEvent))
