"""The script that calls the API: streams that are cut anywhere, and what errors say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.playground import Playground
from tests.running import Running

CHUNKED = """async ([script, text]) => {
  const { EventReader } = await import(script);
  const bytes = new TextEncoder().encode(text);
  const read = (...cuts) => {
    const reader = new EventReader();
    const ends = [...cuts, bytes.length];
    return ends.flatMap((end, i) => reader.push(bytes.slice(i ? ends[i - 1] : 0, end)));
  };
  const whole = JSON.stringify(read());
  const wrong = [];
  for (let first = 0; first <= bytes.length; first += 1) {
    for (let second = first; second <= bytes.length; second += 1) {
      if (JSON.stringify(read(first, second)) !== whole) wrong.push([first, second]);
    }
  }
  const single = new EventReader();
  const bytewise = [...bytes].flatMap((byte) => single.push(Uint8Array.of(byte)));
  if (JSON.stringify(bytewise) !== whole) wrong.push("bytewise");
  return { events: JSON.parse(whole), wrong };
}"""

COMPLAINTS = """async ([script, message, field]) => {
  const { complaints, Refused } = await import(script);
  const known = ["temperature", "top_k", "max_tokens", "seed", "stop"];
  return complaints(new Refused(message, { field }), known);
}"""


def script(page: Page) -> str:
    source: str = page.locator("script[src*='playground.js']").get_attribute("src") or ""
    return source.replace("playground.js", "wire.js")


@pytest.fixture
def page(tiny_server: Running, open_page: Open) -> Page:
    return open_page(f"{tiny_server.url}/playground")


def test_events_are_the_same_wherever_the_stream_is_cut(page: Page) -> None:
    text = (
        'data: {"response":"süß 🙂"}\n\n'
        ": a comment\r\nevent: x\r\ndata:no space\r\n\r\n"
        "data: two\rdata: lines\r\r"
        "data\n\n\ndata: [DONE]\n\ndata: never ended"
    )
    found = page.evaluate(CHUNKED, [script(page), text])
    assert found["wrong"] == []
    assert found["events"] == ['{"response":"süß 🙂"}', "no space", "two\nlines", "[DONE]"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "oneOf at '/' not met, 0 matches: '/temperature' must be <= 5, "
            "required properties at '/' are 'messages'",
            [("temperature", "must be at most 5.")],
        ),
        ("'/top_k' must be >= 1", [("top_k", "must be at least 1.")]),
        (
            "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', "
            "Type mismatch of '/max_tokens', 'integer' not in 'number'",
            [("max_tokens", "must be of type integer, not number.")],
        ),
        (
            "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', "
            "Type mismatch of '/seed', 'integer' not in 'number','string', '/top_k' must be <= 50",
            [
                ("seed", "must be of type integer, not number or string."),
                ("top_k", "must be at most 50."),
            ],
        ),
        ("'stop' must be a string.", [("stop", "'stop' must be a string.")]),
        ("Capacity temporarily exceeded, please try again.", []),
    ],
)
def test_the_validators_words_are_told_at_the_field(
    page: Page, message: str, expected: list[tuple[str, str]]
) -> None:
    found = page.evaluate(COMPLAINTS, [script(page), message, None])
    assert [(each["field"], each["text"]) for each in found] == expected


def test_the_field_that_openais_errors_name_counts(page: Page) -> None:
    found = page.evaluate(COMPLAINTS, [script(page), "'/temperature' is bad", "temperature"])
    assert [each["field"] for each in found] == ["temperature"]


def stream(*frames: dict[str, Any], end: str = "") -> str:
    return "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + end


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (stream({"response": "Half"}), "ended before the answer did"),
        (
            stream({"response": "Half"}, {"response": "", "error": {"code": 1, "message": "No."}}),
            "No.",
        ),
        (stream({"response": "Half"}, end="data: {\n\n"), "not JSON"),
    ],
)
def test_an_answer_that_breaks_off_is_kept_and_told(page: Page, body: str, said: str) -> None:
    """What a connection can do and this server does not."""
    page.route(
        "**/ai/run/**",
        lambda route: route.fulfill(content_type="text/event-stream", body=body),
    )
    playground = Playground(page)
    playground.send("Hello")
    expect(playground.pane().locator(".status")).to_contain_text(said)
    expect(playground.answers).to_have_text("Half")
    expect(playground.facts).to_contain_text("ended: broken off")


def test_a_server_that_is_gone_is_told_in_words(page: Page) -> None:
    page.route("**/ai/run/**", lambda route: route.abort())
    playground = Playground(page)
    playground.send("Hello")
    expect(playground.pane().locator(".status")).to_contain_text("cannot be reached")
    page.unroute("**/ai/run/**")
    playground.set(max_tokens=3)
    playground.pane().locator(".again").click()
    playground.answered()
