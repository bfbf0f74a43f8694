"""DeepInfra's native route, read back with the package ``deepinfra``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from deepinfra._utils import tolerant_dataclass
from deepinfra.types.common.inference_status import InferenceStatus
from deepinfra.types.text_generation.request import TextGenerationRequest
from deepinfra.types.text_generation.response import GeneratedText, TextGenerationResponse
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_wire import (
    CARD,
    DIALECTS,
    FREE,
    META,
    MINIMAL,
    answer_events,
    parse,
    streamed,
    values,
    whole,
)
from understudy.errors import ContextOverflow, SchemaViolation, ServerDraining
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    Usage,
    UsageEvent,
)
from understudy.request import SamplingParams, TextInput, TokenLimits

NATIVE = "deepinfra_native"


def test_a_bare_request_has_the_routes_own_defaults() -> None:
    request = parse(NATIVE).request
    assert request.input == TextInput("Once")
    assert request.sampling == SamplingParams(max_tokens=512, temperature=0.7, top_p=0.9)
    assert request.limits == TokenLimits(4096, 4095, 16384, "clamp")


def test_every_field_reaches_the_engine() -> None:
    sampling = parse(
        NATIVE,
        max_new_tokens=9,
        temperature=0,
        top_p=1,
        top_k=3,
        min_p=0.125,
        repetition_penalty=1.5,
        frequency_penalty=-1,
        presence_penalty=2,
        seed=2**64 - 1,
        stop=["a", "b"],
        num_responses=1,
    ).request.sampling
    assert sampling == SamplingParams(9, 0.0, 1.0, 3, 0.125, 1.5, -1.0, 2.0, 2**64 - 1, ("a", "b"))


def test_the_sdks_empty_request_is_the_default_request() -> None:
    body = vars(TextGenerationRequest(input="Once"))
    assert DIALECTS[NATIVE].parse(body, CARD).request == parse(NATIVE).request


def test_input_is_text() -> None:
    with pytest.raises(SchemaViolation) as refused:
        parse(NATIVE, input=[1, 2])
    assert refused.value.details[0]["loc"] == ["body", "input"]


def test_an_output_limit_past_the_context_is_refused() -> None:
    assert parse(NATIVE, max_new_tokens=4096).request.sampling.max_tokens == 4096
    with pytest.raises(ContextOverflow):
        parse(NATIVE, max_new_tokens=4097)


def test_the_default_output_limit_is_no_wish_that_could_be_refused() -> None:
    small = replace(CARD, context_length=256)
    assert DIALECTS[NATIVE].parse(MINIMAL[NATIVE], small).request.limits.overflow == "clamp"


pieces = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=12)


@given(pieces)
def test_a_stream_adds_up_to_the_body_and_suits_the_sdk(said: list[str]) -> None:
    steps = answer_events(said, "length")
    call = parse(NATIVE, stream=True)
    body: Any = tolerant_dataclass(TextGenerationResponse, json.loads(whole(call, steps)))
    status = InferenceStatus(**body.inference_status)
    [result] = [GeneratedText(**result) for result in body.results]
    frames = values(streamed(call, steps))
    assert result.generated_text == "".join(said)
    assert "".join(frame["token"]["text"] for frame in frames) == "".join(said)
    assert frames[-1]["generated_text"] == "".join(said)
    assert frames[-1]["details"]["finish_reason"] == "length"
    assert [frame["generated_text"] for frame in frames[:-1]] == [None] * len(said)
    assert [frame["token"]["id"] for frame in frames[:-1]] == [100 + i for i in range(len(said))]
    assert (status.status, status.tokens_generated, status.tokens_input) == (
        "succeeded",
        len(said),
        7,
    )
    assert (body.num_tokens, body.num_input_tokens) == (len(said), 7)
    assert status.runtime_ms == 228


def test_cost_follows_the_cards_prices() -> None:
    steps = answer_events(["a", "b"])
    for card, cost in ((CARD, round((7 * 0.64 + 2 * 0.8) / 1e6, 12)), (FREE, 0.0)):
        call = DIALECTS[NATIVE].parse(MINIMAL[NATIVE], card)
        assert json.loads(whole(call, steps))["inference_status"]["cost"] == cost


@pytest.mark.parametrize(
    ("reason", "stop", "said", "last"),
    [
        ("length", None, "length", 5),
        ("stop", "END", "stop_sequence", 5),
        ("stop", 128009, "eos_token", 128009),
        ("stop", None, "eos_token", 5),
    ],
)
def test_the_last_frame_says_why_in_tgi_words(reason: str, stop: Any, said: str, last: int) -> None:
    finish = FinishEvent(0, FinishReason(reason), stop)
    steps: list[list[Event]] = [[PromptEvent(3)]]
    steps.append([TextEvent(0, "x", (5,)), finish, UsageEvent(Usage(3, 2))])
    final = values(streamed(parse(NATIVE, stream=True), steps))[-1]
    assert final["details"] == {
        "finish_reason": said,
        "generated_tokens": 2,
        "input_length": 3,
    }
    assert final["token"] == {"id": last, "text": "", "logprob": None, "special": True}


def test_each_token_has_a_frame_and_late_text_belongs_to_the_last_of_them() -> None:
    reply = parse(NATIVE, stream=True).reply(META)
    sent = reply.frames([PromptEvent(3), TextEvent(0, "abc", (1, 2)), TextEvent(0, "d")])
    sent += reply.frames([TextEvent(0, "", ())])
    frames = values(sent + b"data: [DONE]\n\n")
    assert [(f["token"]["id"], f["token"]["text"]) for f in frames] == [
        (1, ""),
        (2, "abc"),
        (2, "d"),
    ]


def test_a_failure_is_a_frame_that_clients_can_still_add_up() -> None:
    sent = parse(NATIVE, stream=True).reply(META).failure(ServerDraining())
    frame = json.loads(sent.removeprefix(b"data: "))
    assert frame["error_type"] == "server_error"
    assert frame["error_message"] == "The server is shutting down."
    assert frame["token"]["text"] == ""
