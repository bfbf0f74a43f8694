"""Whole requests and answers of the native route, byte for byte, from ``tests/wire/workers_ai``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy import errors
from understudy.catalog.registry import Catalog
from understudy.decode.fold import Answer
from understudy.dialects.base import CallMeta, Reply
from understudy.dialects.workers_ai import WorkersAI
from understudy.events import (
    Event,
    FinishEvent,
    FinishReason,
    PromptEvent,
    TextEvent,
    ToolCallEvent,
    Usage,
    UsageEvent,
)

GOLDENS = Path(__file__).parents[1] / "wire" / "workers_ai"
CASES = sorted(path.stem for path in GOLDENS.glob("*.json") if not path.stem.endswith(".body"))
META = CallMeta(request_id="00000000-0000-4000-8000-000000000000", created=1_700_000_000)
CARDS = Catalog.load()
TINYLLAMA = CARDS.get("@cf/tinyllama/tinyllama-1.1b-chat-v1.0")


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_parsed_into_the_common_form(case: str) -> None:
    golden = _golden(case)
    call = WorkersAI().parse(golden["request"], CARDS.get(golden["model"]))
    request = _told(call.request)
    assert request.pop("model") == golden["model"]
    assert {"stream": call.stream, **request} == golden["parsed"]


@pytest.mark.parametrize("case", CASES)
def test_a_stream_is_written_byte_for_byte(case: str) -> None:
    reply, steps = _reply(case)
    stream = b""
    for step in steps:
        if "fails" in step[0]:
            stream += reply.failure(getattr(errors, step[0]["fails"])())
            break
        stream += reply.frames([_event(fields) for fields in step])
    else:
        stream += reply.end()
    assert stream == (GOLDENS / f"{case}.stream.txt").read_bytes()


@pytest.mark.parametrize("case", [c for c in CASES if (GOLDENS / f"{c}.body.json").exists()])
def test_a_body_is_written_byte_for_byte(case: str) -> None:
    reply, steps = _reply(case)
    answer = Answer()
    for step in steps:
        answer.add(_event(fields) for fields in step)
    assert reply.body(answer) == (GOLDENS / f"{case}.body.json").read_bytes()


@given(st.lists(st.lists(st.text(max_size=6), max_size=3), max_size=8), st.booleans())
def test_stream_and_body_say_the_same_however_text_is_cut(
    steps: list[list[str]], padding: bool
) -> None:
    call = WorkersAI(padding=padding).parse({"prompt": "a"}, TINYLLAMA)
    streaming, whole, answer = call.reply(META), call.reply(META), Answer()
    last: list[Event] = [FinishEvent(0, FinishReason.STOP), UsageEvent(Usage(2, 3))]
    events: list[list[Event]] = [[PromptEvent(2)]]
    events += [[TextEvent(0, text) for text in texts] for texts in steps]
    events.append(last)
    stream = b""
    for step in events:
        stream += streaming.frames(step)
        answer.add(step)
    frames = (stream + streaming.end()).decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    values = [json.loads(frame.removeprefix("data: ")) for frame in frames[:-2]]
    result = json.loads(whole.body(answer))["result"]

    assert all(isinstance(value["response"], str) for value in values)
    assert not any("tool_calls" in value for value in [*values, result])
    assert "".join(value["response"] for value in values) == result["response"]
    assert values[-1] | {"response": result["response"]} == result
    # Every frame but the last carries text; padding never touches the last.
    assert all(value["response"] and ("p" in value) is padding for value in values[:-1])


JSON_MODE = {"response_format": {"type": "json_object"}}


@pytest.mark.parametrize(
    "text", ['{"a": [1, {"b": null}]}', ' {"a" : 1e999, "a": "\u2028é"}\n', "[" * 50 + "]" * 50]
)
def test_in_json_mode_a_body_holds_json_and_a_stream_its_text(text: str) -> None:
    call = WorkersAI().parse({"prompt": "a", **JSON_MODE}, TINYLLAMA)
    events: list[Event] = [TextEvent(0, text), FinishEvent(0, FinishReason.STOP)]
    answer = Answer()
    answer.add(events)
    body = call.reply(META).body(answer)
    assert json.loads(body)["result"]["response"] == json.loads(text)
    assert text.encode() in body
    frame = call.reply(META).frames(events).removeprefix(b"data: ")
    assert json.loads(frame) == {"response": text}


def test_a_number_of_any_length_is_json() -> None:
    answer = Answer()
    answer.add([TextEvent(0, "9" * 5000), FinishEvent(0, FinishReason.STOP)])
    call = WorkersAI().parse({"prompt": "a", **JSON_MODE}, TINYLLAMA)
    assert b"9" * 5000 in call.reply(META).body(answer)


@pytest.mark.parametrize("text", ["", '{"a": [1,', "[" * 100_000])
def test_json_that_was_cut_is_the_services_error(text: str) -> None:
    call = WorkersAI().parse({"prompt": "a", **JSON_MODE}, TINYLLAMA)
    answer = Answer()
    answer.add([TextEvent(0, text), FinishEvent(0, FinishReason.LENGTH)])
    with pytest.raises(errors.RequestError) as unmet:
        call.reply(META).body(answer)
    reply = WorkersAI().error(unmet.value, META)
    assert (reply.status, reply.body["errors"][0]["code"]) == (400, 3040)
    assert "JSON Mode couldn't be met" in reply.body["errors"][0]["message"]


def test_an_answer_that_matches_a_pattern_is_text() -> None:
    asked = {"response_format": {"type": "regex", "regex": "[0-9]+"}}
    answer = Answer()
    answer.add([TextEvent(0, "12"), FinishEvent(0, FinishReason.STOP)])
    body = WorkersAI().parse({"prompt": "a", **asked}, TINYLLAMA).reply(META).body(answer)
    assert json.loads(body)["result"]["response"] == "12"


def test_padding_is_of_varying_length_and_only_letters_and_digits() -> None:
    reply = WorkersAI(padding=True).parse({"prompt": "a"}, TINYLLAMA).reply(META)
    pads = {
        json.loads(reply.frames([TextEvent(0, "a")]).removeprefix(b"data: "))["p"]
        for _ in range(100)
    }
    assert len(pads) > 1
    assert all(pad.isalnum() and pad.startswith("a") for pad in pads)


def _golden(case: str) -> dict[str, Any]:
    golden: dict[str, Any] = json.loads((GOLDENS / f"{case}.json").read_text())
    return golden


def _reply(case: str) -> tuple[Reply, list[list[dict[str, Any]]]]:
    golden = _golden(case)
    call = WorkersAI().parse(golden["request"], CARDS.get(golden["model"]))
    return call.reply(META), golden["steps"]


def _event(fields: dict[str, Any]) -> Event:
    match fields:
        case {"prompt": [prompt_tokens, cached_tokens]}:
            return PromptEvent(prompt_tokens, cached_tokens)
        case {"text": text}:
            return TextEvent(0, text)
        case {"call": [position, name, identifier]}:
            return ToolCallEvent(0, position, name=name, id=identifier)
        case {"arguments": [position, text]}:
            return ToolCallEvent(0, position, text)
        case {"finish": reason}:
            return FinishEvent(0, FinishReason(reason), fields.get("stop"))
        case {"usage": [prompt_tokens, completion_tokens, cached_tokens]}:
            return UsageEvent(Usage(prompt_tokens, completion_tokens, cached_tokens))
    raise ValueError(f"no such event: {fields}")


def _told(value: Any) -> Any:
    """What a parsed value says beyond its defaults, as JSON would hold it."""
    if isinstance(value, tuple):
        return [_told(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    told = {}
    for field in dataclasses.fields(value):
        said, plain = getattr(value, field.name), field.default
        if field.default_factory is not dataclasses.MISSING:
            plain = field.default_factory()
        if said != plain:
            told[field.name] = _told(said)
    return told
