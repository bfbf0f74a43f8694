"""Each folder of ``tests/wire/<dialect>/`` is a case: what was asked, what the engine said, and
the exact bytes that go out. ``case.json`` has the request, the events of each step and, where
the answer breaks off, the failure; beside it lie ``stream.sse`` and ``body.json``, or for a
request that is refused ``error.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.dialects import openai_wire
from tests.dialects.openai_wire import CARD, META, event, streamed, whole
from understudy import errors
from understudy.dialects.base import Call
from understudy.dialects.workers_chat import WorkersChat

DIALECTS = {**openai_wire.DIALECTS, "workers_chat": WorkersChat()}
WIRE = Path(__file__).parents[1] / "wire"
CASES = sorted(
    case.parent.relative_to(WIRE).as_posix()
    for dialect in DIALECTS
    for case in (WIRE / dialect).glob("*/case.json")
)


def load(name: str) -> tuple[Path, Any, Any]:
    folder = WIRE / name
    case = json.loads((folder / "case.json").read_bytes())
    return folder, DIALECTS[folder.parent.name], case


def having(file: str) -> list[str]:
    return [name for name in CASES if (WIRE / name / file).exists()]


def prepared(dialect: Any, case: Any) -> tuple[Call, list[list[Any]]]:
    steps = [[event(*fields) for fields in step] for step in case["events"]]
    return dialect.parse(case["request"], CARD), steps


@pytest.mark.parametrize("name", having("stream.sse"))
def test_a_stream_has_these_bytes(name: str) -> None:
    folder, dialect, case = load(name)
    call, steps = prepared(dialect, case)
    assert call.stream
    if "failure" in case:
        reply = call.reply(META)
        kind, *args = case["failure"]
        sent = b"".join(map(reply.frames, steps)) + reply.failure(getattr(errors, kind)(*args))
    else:
        sent = streamed(call, steps)
    assert sent == (folder / "stream.sse").read_bytes()


@pytest.mark.parametrize("name", having("body.json"))
def test_a_body_has_these_bytes(name: str) -> None:
    folder, dialect, case = load(name)
    assert whole(*prepared(dialect, case)) + b"\n" == (folder / "body.json").read_bytes()


@pytest.mark.parametrize("name", having("error.json"))
def test_a_refusal_has_this_reply(name: str) -> None:
    folder, dialect, case = load(name)
    with pytest.raises(errors.RequestError) as refused:
        dialect.parse(case["request"], CARD)
    reply = dialect.error(refused.value, META)
    sent = {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}
    assert sent == json.loads((folder / "error.json").read_bytes())


def test_every_case_states_what_goes_out() -> None:
    stated = {*having("stream.sse"), *having("body.json"), *having("error.json")}
    assert stated == set(CASES)
    assert {name.split("/")[0] for name in CASES} == set(DIALECTS)
