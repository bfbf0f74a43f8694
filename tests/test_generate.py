"""A request and a loaded model in, events out: what each step is told of the other."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.models.cards import ARCHITECTURE, make_card
from tests.prompt.tokenizers import KINDS
from understudy.backends.base import Steps, TokenizedPrompt
from understudy.decode.grammar import Grammars
from understudy.engine.grammar import Grammar
from understudy.errors import InvalidInput, StepFailed
from understudy.events import FinishEvent, FinishReason, PromptEvent, TextEvent, TokenEvent
from understudy.generate import generate
from understudy.models.loaded import LoadedModel
from understudy.prompt.template import ChatTemplate
from understudy.request import Constraint, GenerationRequest, Regex, SamplingParams, TextInput

TOKENIZER = KINDS["byte-level"]
OWN = make_card("own")
OTHER = replace(
    make_card("other", architecture={**ARCHITECTURE, "vocab_size": 5000}),
    special_tokens={"<|eot_id|>": 4999},
)


class Recorder:
    """A backend that answers nothing and keeps what it was asked."""

    asked: GenerationRequest
    prompt: TokenizedPrompt | None = None

    async def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        self.asked = request
        self.prompt = prompt
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


class Teller:
    """A backend that says one text in each choice and keeps what its reader sends."""

    def __init__(self, *texts: str) -> None:
        self._texts = [TOKENIZER.encode(text, add_bos=False) for text in texts]
        self.sent: list[frozenset[int]] = []

    async def generate(self, request: GenerationRequest, prompt: TokenizedPrompt | None) -> Steps:
        going = set(range(request.choices))
        yield [PromptEvent(1)]
        for step in range(max(map(len, self._texts))):
            sent = yield [
                TokenEvent(choice, self._texts[choice][step])
                for choice in sorted(going)
                if step < len(self._texts[choice])
            ]
            self.sent.append(frozenset(sent or ()))
            going.difference_update(sent or ())
        yield [FinishEvent(choice, FinishReason.LENGTH) for choice in sorted(going)]

    async def close(self) -> None: ...


async def test_the_backend_learns_which_choice_a_stop_string_ended() -> None:
    backend = Teller("a dog sleeps over the fox", "one two three four five six seven eight")
    model = LoadedModel(OWN, backend, TOKENIZER, ChatTemplate(""), 100, "own")
    request = GenerationRequest("own", TextInput("a"), SamplingParams(stop=("dog",)), choices=2)
    said = [event async for step in generate(request, model) for event in step]
    text = ["", ""]
    for event in said:
        if isinstance(event, TextEvent):
            text[event.choice] += event.text
    assert text == ["a ", "one two three four five six seven eight"]
    assert [event for event in backend.sent if event] == [{0}]
    assert [event.choice for event in said if isinstance(event, FinishEvent)] == [0, 1]


async def test_a_backend_that_stops_too_early_has_failed() -> None:
    class Silent(Recorder):
        async def generate(
            self, request: GenerationRequest, prompt: TokenizedPrompt | None
        ) -> Steps:
            yield [PromptEvent(1)]

    model = LoadedModel(OWN, Silent(), TOKENIZER, ChatTemplate(""), 100, "own")
    with pytest.raises(StepFailed):
        assert [step async for step in generate(GenerationRequest("own", TextInput("a")), model)]


async def test_a_constraint_reaches_the_backend_compiled(
    loaded: LoadedModel, backend: Recorder
) -> None:
    eos = TOKENIZER.special_tokens["<|eot_id|>"]
    loaded = replace(loaded, grammars=Grammars(TOKENIZER, [eos], TOKENIZER.vocab_size))
    request = GenerationRequest("own", TextInput("a"), constraint=Regex("x"))
    assert [event async for step in generate(request, loaded) for event in step]
    assert backend.prompt is not None
    assert backend.prompt.grammar is not None
    matcher = backend.prompt.grammar.matcher()
    assert matcher.accept(TOKENIZER.encode_plain("x")[0])
    assert matcher.complete


async def test_an_unconstrained_request_has_no_grammar(
    loaded: LoadedModel, backend: Recorder
) -> None:
    await stop_token_ids(loaded, backend)
    assert backend.prompt is not None
    assert backend.prompt.grammar is None


async def test_a_constraint_is_compiled_off_the_event_loop(
    loaded: LoadedModel, backend: Recorder
) -> None:
    threads: list[threading.Thread] = []

    class Watched(Grammars):
        def compile(self, constraint: Constraint) -> Grammar:
            threads.append(threading.current_thread())
            return super().compile(constraint)

    loaded = replace(loaded, grammars=Watched(TOKENIZER, [5], TOKENIZER.vocab_size))
    request = GenerationRequest("own", TextInput("a"), constraint=Regex("x"))
    assert [event async for step in generate(request, loaded) for event in step]
    assert threads
    assert threading.main_thread() not in threads


async def test_a_constraint_is_refused_before_anything_is_asked_of_the_backend(
    loaded: LoadedModel, backend: Recorder
) -> None:
    request = GenerationRequest("own", TextInput("a"), constraint=Regex("("))
    for grammars in (None, Grammars(TOKENIZER, [5], TOKENIZER.vocab_size)):
        with pytest.raises(InvalidInput) as caught:
            await anext(generate(request, replace(loaded, grammars=grammars)))
        assert caught.value.part == "constraint"
    assert backend.prompt is None
