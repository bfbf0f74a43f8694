"""A request and a loaded model in, events out: what each step is told of the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from tests.models.cards import ARCHITECTURE, make_card
from tests.prompt.tokenizers import KINDS
from understudy.backends.base import TokenizedPrompt
from understudy.errors import InvalidInput
from understudy.events import Event, FinishEvent, FinishReason, PromptEvent
from understudy.generate import generate
from understudy.models.loaded import LoadedModel
from understudy.prompt.template import ChatTemplate
from understudy.request import GenerationRequest, SamplingParams, TextInput

TOKENIZER = KINDS["byte-level"]
OWN = make_card("own")
OTHER = replace(
    make_card("other", architecture={**ARCHITECTURE, "vocab_size": 5000}),
    special_tokens={"<|eot_id|>": 4999},
)


class Recorder:
    """A backend that answers nothing and keeps what it was asked."""

    asked: GenerationRequest

    async def generate(
        self, request: GenerationRequest, prompt: TokenizedPrompt | None
    ) -> AsyncGenerator[list[Event], None]:
        self.asked = request
        yield [PromptEvent(1), FinishEvent(0, FinishReason.STOP)]

    async def close(self) -> None: ...


async def stop_token_ids(loaded: LoadedModel, backend: Recorder, *ids: int) -> tuple[int, ...]:
    sampling = SamplingParams(stop_token_ids=ids)
    request = GenerationRequest(loaded.card.name, TextInput("a"), sampling)
    assert [event async for step in generate(request, loaded) for event in step]
    return backend.asked.sampling.stop_token_ids


@pytest.fixture
def backend() -> Recorder:
    return Recorder()


@pytest.fixture
def loaded(backend: Recorder) -> LoadedModel:
    return LoadedModel(OWN, backend, TOKENIZER, ChatTemplate(""), 100, "own")


async def test_a_models_own_stop_tokens_stay_as_they_are(
    loaded: LoadedModel, backend: Recorder
) -> None:
    assert await stop_token_ids(loaded, backend, 5, 6) == (5, 6)
    with pytest.raises(InvalidInput):
        await stop_token_ids(loaded, backend, 4999)


async def test_a_stand_in_stops_at_its_own_token_of_the_same_text(
    loaded: LoadedModel, backend: Recorder
) -> None:
    stand_in = loaded.standing_in_for(OTHER)
    own = TOKENIZER.special_tokens["<|eot_id|>"]
    assert await stop_token_ids(stand_in, backend, 4999, 5) == (own,)
    with pytest.raises(InvalidInput):
        await stop_token_ids(stand_in, backend, 5000)
