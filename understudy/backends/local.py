"""Requests computed here, by an engine on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from understudy.backends.base import Steps, TokenizedPrompt
from understudy.engine.engine import Engine
from understudy.request import GenerationRequest


class LocalBackend:
    """A Backend over one Engine, which it owns. ``eos_token_ids`` are the model's own."""

    def __init__(self, engine: Engine, eos_token_ids: Collection[int]) -> None:
        self.engine = engine
        self._eos_token_ids = frozenset(eos_token_ids)

    def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        """Return the engine's own generator; closing it cancels and waits for the engine.

        Stop strings are left to ``decode/``; choices that one ended are sent in.
        """
        if prompt is None:
            raise ValueError("the local engine computes token ids, and the prompt has none")
        return self.engine.generate(
            prompt.token_ids,
            request.sampling,
            eos_token_ids=self._eos_token_ids,
            namespace=request.cache_namespace,
            choices=request.choices,
            logprobs=request.logprobs,
            prompt_logprobs=request.logprobs if request.echo else None,
            grammar=prompt.grammar,
            adapter=request.adapter,
            tenant=request.tenant,
            weight=request.weight,
            wait=request.wait,
        )

    async def close(self) -> None:
        """End all requests with EngineClosed and free the model."""
        await asyncio.to_thread(self.engine.close)
