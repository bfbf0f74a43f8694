"""Steps 3 to 6 as one stream: a request and a loaded model in, decoded events out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial

from understudy.backends.base import TokenizedPrompt
from understudy.decode.calling import Calling, plan_answer
from understudy.decode.decoder import Decoder
from understudy.errors import StepFailed
from understudy.events import Event
from understudy.models.loaded import LoadedModel
from understudy.prompt.prepare import prepare
from understudy.prompt.template import ChatTemplate
from understudy.prompt.tokenizer import Tokenizer
from understudy.prompt.tools import offered_tools
from understudy.request import GenerationRequest
from understudy.worker import LARGE, judge


async def generate(
    request: GenerationRequest, loaded: LoadedModel, *, today: str | None = None, size: int = 0
) -> AsyncGenerator[list[Event], None]:
    """Decoded events of ``request``, one list per engine step, until the answer is complete.

    ``today`` is the date that templates see; ``size`` is that of the body, in bytes, which bounds
    what there is to template and tokenise. Closing the generator, awaited, cancels. Raises
    RequestError before the first list, GenerationError and CapacityError.
    """
    if loaded.tokenizer is None or loaded.template is None:
        async with aclosing(loaded.backend.generate(request, None)) as steps:
            async for events in steps:
                yield events
        return
    work = partial(_prepared, request, loaded, loaded.tokenizer, loaded.template, today)
    request, prompt, calling = await judge(work, _weight(request, size))
    decoder = Decoder(loaded.tokenizer, request, prompt, calling)
    async with aclosing(loaded.backend.generate(request, prompt)) as steps:
        ended: frozenset[int] | None = None
        with suppress(StopAsyncIteration):
            while True:
                events = await steps.asend(ended)
                yield decoder.feed(events)
                if decoder.done:
                    return
                ended = decoder.newly_ended() or None
    raise StepFailed("The model stopped before its answer was complete.")


def _weight(request: GenerationRequest, size: int) -> int:
    """``size``, or more where what is small takes long."""
    # A small schema may take long to compile, and the first one loads the compiler.
    compiles = bool(offered_tools(request)) or request.constraint is not None
    return max(size, LARGE) if compiles else size


def _prepared(
    request: GenerationRequest,
    loaded: LoadedModel,
    tokenizer: Tokenizer,
    template: ChatTemplate,
    today: str | None,
) -> tuple[GenerationRequest, TokenizedPrompt, Calling | None]:
    tools = offered_tools(request)
    prepared, prompt = prepare(
        request,
        tokenizer=tokenizer,
        template=template,
        context_length=loaded.context_length,
        tool_format=loaded.tool_format,
        today=today,
        asked_for=loaded.card if loaded.stand_in else None,
    )
    form = loaded.tool_format.form
    plan = plan_answer(prepared, tools, form, prompt.token_ids, loaded.grammars)
    return prepared, replace(prompt, grammar=plan.grammar), plan.calling
