"""The playground, as a person uses it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.playground import LONG, TOOL, Playground, body_of
from tests.running import Running


@pytest.fixture
def playground(server: Running, open_page: Open) -> Playground:
    return Playground(open_page(f"{server.url}/playground"))


def test_a_conversation_goes_on(playground: Playground) -> None:
    playground.page.locator("#system").fill("You answer in one word.")
    playground.ask("Hello")
    assert playground.draft.input_value() == ""
    playground.ask("And again?", answers=2)
    sent = playground.page.locator(".turn.user .text").all_inner_texts()
    assert sent == ["Hello", "And again?"]
    facts = playground.facts.last.inner_text()
    for fact in ("tokens in", "out", "tokens/s", "first after", "ended:"):
        assert fact in facts


def test_an_answer_is_shown_as_it_is_written_and_stopped(
    playground: Playground, server: Running
) -> None:
    playground.answer_as(LONG)
    playground.set(max_tokens=1500)
    playground.send("Write.")
    expect(playground.page.locator("#stop")).to_be_visible()
    expect(playground.answers).not_to_have_text("")
    playground.page.keyboard.press("Escape")
    expect(playground.facts).to_contain_text("ended: stopped")
    server.settle()
    written = playground.answers.inner_text()
    assert 0 < len(written) < 4000
    expect(playground.page.locator("#send")).to_be_visible()
    assert "Stopped." in playground.pane().inner_text()


def test_a_parameter_is_sent_once_it_is_set(playground: Playground) -> None:
    playground.set(max_tokens=3)
    with playground.page.expect_request("**/ai/run/**") as sent:
        playground.ask("Count to ten.")
    messages = [{"role": "user", "content": "Count to ten."}]
    assert body_of(sent.value) == {"messages": messages, "stream": True, "max_tokens": 3}
    assert "3 out" in playground.facts.inner_text()
    assert "ended: length" in playground.facts.inner_text()


def test_every_parameter_of_the_card_has_a_control(playground: Playground, server: Running) -> None:
    page = playground.page
    for name in playground.models():
        playground.pane().locator(".model").select_option(name)
        path = f"{server.url}/client/v4/accounts/local/ai/models/schema?model={name}"
        with server.client() as client:
            forms = client.get(path).json()["result"]["input"]["oneOf"]
        for mode, form in (("completion", forms[0]), ("chat", forms[1])):
            page.locator(f"[name=mode][value={mode}]").check()
            shown = page.locator(".control").evaluate_all(
                "all => all.map(x => x.dataset.parameter)"
            )
            elsewhere = {"prompt", "messages", "tools", "lora"}
            assert shown == [field for field in form["properties"] if field not in elsewhere]


def test_what_a_control_may_hold_is_what_the_schema_says(playground: Playground) -> None:
    playground.set()
    for name, bounds in (("temperature", ("0", "5", "any", "0.6")), ("top_k", ("1", "50", "1"))):
        control = playground.control(name)
        attributes = ("min", "max", "step", "placeholder")[: len(bounds)]
        assert tuple(control.get_attribute(each) for each in attributes) == bounds
        assert (
            f"{bounds[0]} to {bounds[1]}"
            in playground.pane().locator(f"[data-parameter={name}] .help").inner_text()
        )


def test_a_parameter_out_of_range_is_explained_at_its_control(playground: Playground) -> None:
    playground.set(temperature=9)
    playground.send("Hello")
    fault = playground.pane().locator("[data-parameter=temperature] .fault")
    expect(fault).to_have_text("temperature must be at most 5.")
    control = playground.control("temperature")
    expect(fault).to_be_in_viewport()
    expect(playground.pane().locator(".status")).to_have_text("temperature must be at most 5.")
    expect(control).to_be_focused()
    assert control.get_attribute("aria-invalid") == "true"
    described = control.get_attribute("aria-describedby") or ""
    assert fault.get_attribute("id") in described.split()
    control.fill("0")
    expect(fault).to_be_hidden()
    playground.pane().locator(".again").click()
    playground.answered()
    assert playground.page.locator(".turn.user").count() == 1


def test_a_completion_continues_the_prompt_as_it_stands(playground: Playground) -> None:
    playground.page.locator("[name=mode][value=completion]").check()
    playground.set(max_tokens=4)
    with playground.page.expect_request("**/ai/run/**") as sent:
        playground.ask("Once upon a time")
    body = {"prompt": "Once upon a time", "raw": True, "stream": True, "max_tokens": 4}
    assert body_of(sent.value) == body
    assert playground.draft.input_value() == "Once upon a time"


def test_an_answer_may_come_whole(playground: Playground) -> None:
    playground.set(stream=False, max_tokens=4)
    with playground.page.expect_response("**/ai/run/**") as answered:
        playground.ask("Hello")
    assert answered.value.json()["result"]["response"].strip() == playground.answers.inner_text()
    assert "4 out" in playground.facts.inner_text() or "stop" in playground.facts.inner_text()


def test_a_tool_is_called_and_told_its_result(playground: Playground) -> None:
    playground.offer(TOOL)
    playground.page.locator("#tool-choice").select_option("must call weather")
    playground.send("What is the weather?")
    call = playground.page.locator(".call")
    expect(call.locator("code")).to_have_text("weather")
    assert json.loads(call.locator("pre").inner_text()) == {"unit": "celsius"}
    playground.send("Something else")
    expect(playground.trouble).to_contain_text("waits for the result")
    result = call.get_by_label("Result of weather")
    expect(result).to_be_focused()
    playground.page.locator("#tool-choice").select_option("")
    result.fill('{"celsius": 21}')
    with playground.page.expect_request("**/ai/run/**") as sent:
        result.press("Control+Enter")
    asked = body_of(sent.value)["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "tool"]
    assert asked[1]["tool_calls"][0]["id"] == asked[2]["tool_call_id"]
    assert asked[2]["content"] == '{"celsius": 21}'
    expect(playground.facts).to_have_count(2)


def test_a_mistake_in_the_tools_is_told_where_it_is(playground: Playground) -> None:
    playground.open("Tools")
    area = playground.page.locator("#tools-json")
    area.fill('[{"name": ]')
    playground.send("Hello")
    expect(playground.page.locator("#tools-fault")).to_contain_text("is not JSON")
    expect(playground.trouble).to_contain_text("Tools: is not JSON")
    assert playground.draft.input_value() == "Hello"
    area.fill("{}")
    area.blur()
    expect(playground.page.locator("#tools-fault")).to_contain_text("must be a list")
    playground.page.locator("#tools .example").click()
    expect(playground.page.locator("#tools-fault")).to_be_hidden()
    assert json.loads(area.input_value())[0]["function"]["name"] == "get_weather"


def test_an_answer_keeps_to_a_schema(playground: Playground) -> None:
    colours = ["red", "green"]
    playground.answer_as(
        {
            "type": "object",
            "properties": {"colour": {"enum": colours}},
            "required": ["colour"],
            "additionalProperties": False,
        }
    )
    expect(playground.page.locator("#format-type")).to_have_value("json_schema")
    assert json.loads(playground.ask("A colour?"))["colour"] in colours


def test_a_schema_that_is_asked_for_has_to_be_there(playground: Playground) -> None:
    page = playground.page
    playground.open("Answer as")
    page.locator("#format-type").select_option("json_schema")
    playground.send("A city?")
    expect(page.locator("#schema-fault")).to_contain_text("is empty")
    assert page.locator(".turn").count() == 0
    page.locator("#format .example").click()
    playground.draft.press("Control+Enter")
    playground.answered()


def test_what_is_no_number_is_told_and_not_sent(playground: Playground) -> None:
    playground.set()
    control = playground.control("temperature")
    control.press_sequentially("1e")
    playground.send("Hello")
    fault = playground.pane().locator("[data-parameter=temperature] .fault")
    expect(fault).to_have_text("temperature must be a number.")
    assert playground.page.locator(".turn").count() == 0
    playground.page.locator("#compare").click()
    expect(playground.page.locator(".pane")).to_have_count(2)


def test_what_is_sent_twice_at_once_is_asked_once(playground: Playground) -> None:
    """Also while the scripts that ask are still on their way."""
    asked: list[str] = []
    playground.page.on("request", lambda request: asked.append(request.url))
    playground.draft.fill("Hello")
    playground.page.evaluate("""() => {
      const composer = document.getElementById("composer");
      composer.requestSubmit();
      composer.requestSubmit();
    }""")
    playground.answered()
    assert len([address for address in asked if "/ai/run/" in address]) == 1
    expect(playground.answers).to_have_count(1)


def test_starting_anew_ends_an_answer(playground: Playground, server: Running) -> None:
    playground.answer_as(LONG)
    playground.set(max_tokens=1500)
    playground.send("Write.")
    expect(playground.answers).not_to_have_text("")
    playground.page.locator("#new").click()
    expect(playground.page.locator(".turn")).to_have_count(0)
    server.settle()
    playground.page.locator("#format-type").select_option("")
    playground.set(max_tokens=3)
    playground.ask("Hello")


def test_two_models_answer_the_same(playground: Playground) -> None:
    page = playground.page
    page.locator("#compare").click()
    expect(page.locator(".pane")).to_have_count(2)
    playground.pane(1).locator(".model").select_option(index=1)
    playground.set(0, max_tokens=2)
    playground.set(1, max_tokens=3)
    playground.ask("Hello", answers=2)
    for side, tokens in ((0, 2), (1, 3)):
        assert f"{tokens} out" in playground.pane(side).locator(".facts:visible").inner_text()
        assert playground.pane(side).locator(".turn.user .text").inner_text() == "Hello"
    page.locator("#compare").click()
    expect(page.locator(".pane")).to_have_count(1)


@pytest.mark.parametrize("mode", ["chat", "completion"])
def test_tokens_tell_how_likely_they_were(playground: Playground, mode: str) -> None:
    page = playground.page
    page.locator(f"[name=mode][value={mode}]").check()
    page.locator("#logprobs").check()
    playground.set(max_tokens=6, temperature=0)
    playground.ask("Hello")
    tokens, tip = page.locator(".token"), page.locator("#likeliest")
    expect(tip).to_be_hidden()
    tokens.first.hover()
    expect(tip).to_be_visible()
    assert tip.locator("li").count() >= 5
    # The likeliest one was taken.
    rows = tip.locator("code").all_inner_texts()
    assert rows[0] == rows[1]
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    tokens.first.focus()
    expect(tip).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(tokens.nth(1)).to_be_focused()
    assert tokens.nth(1).get_attribute("aria-describedby") == "likeliest"
    assert {tokens.nth(i).get_attribute("tabindex") for i in (0, 1)} == {"-1", "0"}


def test_an_unknown_adapter_is_told_in_words(playground: Playground) -> None:
    """The link that brings it may be older than the adapter's end."""
    lora = playground.pane().locator(".lora")
    lora.evaluate("select => select.append(new Option('gone', 'gone', true, true))")
    playground.send("Hello")
    expect(playground.pane().locator(".status")).to_contain_text("gone does not exist")
    expect(playground.pane().locator(".again")).to_be_visible()
