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
    event,
    parse,
    streamed,
    values,
    whole,
)
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.deepinfra_refusals import UnknownVersion
from understudy.dialects.sse import frame
from understudy.errors import (
    ContextOverflow,
    SchemaViolation,
    ServerDraining,
)
from understudy.events import TextEvent, TextLogprob
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


pieces = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=12)


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
    assert [frame["generated_text"] for frame in frames[:-1]] == [None] * (len(said) - 1)
    assert [frame["token"]["id"] for frame in frames] == [100 + i for i in range(len(said))]
    assert not any(frame["token"]["special"] for frame in frames)
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
    ("reason", "stop", "said"),
    [
        ("length", None, "length"),
        ("stop", "END", "stop_sequence"),
        ("stop", 6, "stop_sequence"),
        ("stop", None, "eos_token"),
    ],
)
@pytest.mark.parametrize("special", [True, False])
def test_the_last_tokens_frame_says_why_in_tgi_words(
    reason: str, stop: Any, said: str, special: bool
) -> None:
    last = TextEvent(0, "" if special else "y", (6,), special)
    steps = [[event("prompt", 3), TextEvent(0, "x", (5,))]]
    steps.append([last, event("finish", 0, reason, stop), event("usage", 3, 2)])
    first, final = values(streamed(parse(NATIVE, stream=True), steps))
    assert (first["token"]["id"], first["details"]) == (5, None)
    assert final["details"] == {
        "finish_reason": said,
        "generated_tokens": 2,
        "input_length": 3,
    }
    token = {"id": 6, "text": last.text, "logprob": None, "special": special}
    assert (final["token"], final["generated_text"]) == (token, "x" + last.text)


def test_special_is_what_the_token_is_and_not_where_it_stands() -> None:
    said = (TextEvent(0, "", (2,), True), TextEvent(0, "x", (5,)))
    steps = [[event("prompt", 3), *said, event("finish", 0, "length")]]
    frames = values(streamed(parse(NATIVE, stream=True, ignore_eos=True), steps))
    assert [(f["token"]["id"], f["token"]["special"]) for f in frames] == [(2, True), (5, False)]


@given(st.integers(0, 2**31), st.text(), st.floats(max_value=0, allow_nan=False))
def test_a_tokens_frame_is_the_json_that_it_stands_for(
    token_id: int, text: str, logprob: float
) -> None:
    told = (TextLogprob(token_id, text.encode("utf-8", "replace"), logprob),)
    reply = parse(NATIVE, stream=True).reply(META)
    sent = reply.frames([event("prompt", 3), TextEvent(0, text, (token_id,), logprobs=told)])
    sent += reply.frames([TextEvent(0, "", (1,))])
    shown = {"id": token_id, "text": text, "logprob": max(logprob, -9999.0), "special": False}
    assert sent == frame({"token": shown, "generated_text": None, "details": None})


def test_each_token_has_a_frame_and_late_text_belongs_to_the_last_of_them() -> None:
    reply = parse(NATIVE, stream=True).reply(META)
    sent = reply.frames([event("prompt", 3), TextEvent(0, "abc", (1, 2)), TextEvent(0, "d")])
    sent += reply.frames([TextEvent(0, "", ())]) + reply.end()
    assert [(f["token"]["id"], f["token"]["text"]) for f in values(sent)] == [(1, ""), (2, "abcd")]


def test_text_of_an_upstream_that_names_no_tokens_is_not_held_up() -> None:
    reply = parse(NATIVE, stream=True).reply(META)
    assert reply.frames([event("prompt", 3), TextEvent(0, "a")]) == b""
    sent = reply.frames([TextEvent(0, "b")])
    assert b'"text":"a"' in sent
    frames = values(sent + reply.end())
    assert [(f["token"]["id"], f["token"]["text"]) for f in frames] == [(None, "a"), (None, "b")]


def test_an_answer_without_tokens_has_one_frame() -> None:
    steps = [[event("prompt", 3), event("finish", 0, "length")]]
    [frame] = values(streamed(parse(NATIVE, stream=True), steps))
    assert frame["token"] == {"id": None, "text": "", "logprob": None, "special": False}
    assert frame["generated_text"] == ""


def test_the_token_held_back_comes_out_before_a_failure() -> None:
    reply = parse(NATIVE, stream=True).reply(META)
    sent = reply.frames([event("prompt", 3), TextEvent(0, "abc", (1,))])
    sent += reply.failure(ServerDraining())
    said, failed = (json.loads(f.removeprefix("data: ")) for f in sent.decode().split("\n\n")[:2])
    assert (said["token"]["id"], said["token"]["text"]) == (1, "abc")
    assert failed["error_type"] == "server_error"


VERSIONS = [{}, {"version": ""}, {"version": "main"}, {"version": "latest"}, {"k": "v"}]


@pytest.mark.parametrize("query", VERSIONS)
def test_the_one_version_that_there_is_may_be_named(query: dict[str, str]) -> None:
    call = parse(NATIVE)
    assert DeepInfraNative().with_query(call, query, replace(CARD, revision="main")) is call


@pytest.mark.parametrize(
    ("revision", "there"), [(None, "'latest'"), ("main", "'main' or 'latest'")]
)
def test_another_version_is_refused_by_name(revision: str | None, there: str) -> None:
    card = replace(CARD, revision=revision)
    with pytest.raises(UnknownVersion, match=f"no version 'abc' here, only {there}") as refused:
        DeepInfraNative().with_query(parse(NATIVE), {"version": "abc"}, card)
    reply = DeepInfraNative().error(refused.value, META)
    assert (reply.status, reply.body["error"]["param"]) == (404, "version")


def test_a_failure_is_a_frame_that_clients_can_still_add_up() -> None:
    sent = parse(NATIVE, stream=True).reply(META).failure(ServerDraining())
    frame = json.loads(sent.removeprefix(b"data: "))
    assert frame["error_type"] == "server_error"
    assert frame["error_message"] == "The server is shutting down."
    assert frame["token"]["text"] == ""
