"""Asking a loaded model, below the dialects."""

from __future__ import annotations

from understudy.backends.base import TokenizedPrompt
from understudy.events import TokenEvent
from understudy.models.loaded import LoadedModel
from understudy.request import GenerationRequest, SamplingParams, TextInput


async def answer(loaded: LoadedModel, text: str, max_tokens: int) -> list[int]:
    """Greedy token ids, EOS ignored."""
    sampling = SamplingParams(max_tokens=max_tokens, temperature=0.0, ignore_eos=True)
    request = GenerationRequest(loaded.card.name, TextInput(text), sampling)
    prompt = TokenizedPrompt(text, tuple(loaded.tokenizer.encode(text)))
    return [
        event.token_id
        async for events in loaded.backend.generate(request, prompt)
        for event in events
        if isinstance(event, TokenEvent)
    ]
