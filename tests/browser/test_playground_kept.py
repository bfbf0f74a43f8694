"""What leaves the playground: code, links, the history; and the key, which does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.playground import TOOL, Playground
from tests.requires import need
from tests.running import Running, running, settings_for, tiny_pool

COPYING = {"permissions": ["clipboard-read", "clipboard-write"]}


@pytest.fixture
def playground(server: Running, open_page: Open) -> Playground:
    return Playground(open_page(f"{server.url}/playground", **COPYING))


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server whose pages have no session, as for a browser on another machine."""
    home = tmp_path_factory.mktemp("closed")
    with running(settings_for(home, web_session=False), tiny_pool) as server:
        yield server


def copied(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_a_link_brings_everything_back(
    playground: Playground, server: Running, open_page: Open
) -> None:
    page = playground.page
    playground.offer(TOOL)
    page.locator("#tool-choice").select_option("must call weather")
    page.locator("#system").fill("Antworte höflich. 🙂")
    playground.answer_as({"type": "object"})
    page.locator("#format-type").select_option("")
    page.locator("#compare").click()
    playground.pane(1).locator(".model").select_option(index=2)
    playground.set(1, max_tokens=99, seed=7)
    playground.send("What is it like?")
    expect(playground.facts).to_have_count(2)
    playground.draft.fill("An unsent message")
    page.locator("#share").click()
    expect(page.locator("#share")).to_have_text("Link copied")
    link = copied(page)
    assert link.startswith(f"{server.url}/playground#")
    assert server.key not in link

    sent: list[str] = []
    other = open_page(f"{server.url}/health")
    other.on("request", lambda request: sent.append(request.url))
    other.goto(link)
    there = Playground(other)
    expect(there.answers).to_have_count(2)
    assert all("#" not in address for address in sent)
    assert not [address for address in sent if "/ai/" in address], "a link asks nothing by itself"
    for each in ("#system", "#tools-json", "#tool-choice", "#schema-json", "#draft"):
        assert other.locator(each).input_value() == page.locator(each).input_value()
    for side in (0, 1):
        here, away = playground.pane(side), there.pane(side)
        for part in (".model", ".lora"):
            assert away.locator(part).input_value() == here.locator(part).input_value()
        assert away.locator(".text").all_inner_texts() == here.locator(".text").all_inner_texts()
        assert away.locator(".call pre").inner_text() == here.locator(".call pre").inner_text()
    assert there.control("seed", 1).input_value() == "7"
    assert there.control("max_tokens", 1).input_value() == "99"
    assert there.control("max_tokens", 0).input_value() == ""


def test_a_damaged_link_is_told_and_breaks_nothing(server: Running, open_page: Open) -> None:
    playground = Playground(open_page(f"{server.url}/playground#rVBNS8QwEP0rIWdZNmnS2"))
    expect(playground.trouble).to_contain_text("This link is damaged")
    playground.ask("Hello")


def test_a_link_may_name_the_model_and_an_adapter(server: Running, open_page: Open) -> None:
    """As those on a model's page do."""
    name = "@cf/tinyllama/tinyllama-1.1b-chat-v1.0"
    playground = Playground(open_page(f"{server.url}/playground?model={name}&lora=mine"))
    expect(playground.pane().locator(".model")).to_have_value(name)
    expect(playground.pane().locator(".lora")).to_have_value("mine")


def test_the_history_is_kept_in_this_browser_until_it_is_cleared(playground: Playground) -> None:
    page = playground.page
    answer = playground.ask("Remember me")
    page.locator("#new").click()
    expect(playground.answers).to_have_count(0)
    playground.ask("Another one")
    page.reload()
    page.locator("#history").click()
    entries = page.locator("#history-dialog li button")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("Another one")
    entries.filter(has_text="Remember me").click()
    expect(playground.answers).to_have_text(answer)
    playground.ask("Go on", answers=1)
    page.locator("#history").click()
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("Remember me")
    page.get_by_role("button", name="Clear history").click()
    expect(entries).to_have_count(0)
    assert page.evaluate("localStorage.getItem('understudy.playground')") is None


def test_what_takes_the_place_of_an_answer_does_not_take_its_entry(playground: Playground) -> None:
    page = playground.page
    answer = playground.ask("Remember me")
    page.locator("#new").click()
    page.route("**/ai/run/**", lambda route: None)
    playground.send("Write.")
    expect(page.locator("#stop")).to_be_visible()
    page.locator("#history").click()
    entries = page.locator("#history-dialog li button")
    entries.filter(has_text="Remember me").click()
    expect(playground.answers).to_have_text(answer)
    page.locator("#history").click()
    expect(entries.filter(has_text="Write.")).to_have_count(1)
    expect(entries.filter(has_text="Remember me")).to_have_count(1)


def test_a_link_that_is_opened_over_a_conversation_leaves_its_entry(playground: Playground) -> None:
    page = playground.page
    playground.ask("From a friend")
    page.locator("#share").click()
    expect(page.locator("#share")).to_have_text("Link copied")
    link = copied(page)
    page.goto("about:blank")
    page.goto(link.partition("#")[0])
    playground.ask("My own")
    page.goto(link)
    expect(page.locator(".turn.user .text")).to_have_text("From a friend")
    playground.ask("Go on", answers=1)
    page.locator("#history").click()
    entries = page.locator("#history-dialog li button")
    expect(entries.filter(has_text="My own")).to_have_count(1)


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
def test_copied_code_sends_the_same_request(
    playground: Playground, server: Running, tmp_path: Path, language: str
) -> None:
    page = playground.page
    playground.set(max_tokens=4, temperature=0)
    page.locator("#system").fill("It's 'quoted' \"twice\", with a \\ and\na line.")
    question = "Who's there? ⌘ $HOME `id`"
    said = playground.ask(question)
    playground.pane().get_by_role("button", name="Code").click()
    page.get_by_role("tab", name=language).click()
    page.get_by_role("button", name=f"Copy {language}").click()
    expect(page.locator("#said")).to_contain_text("Copied")
    code = copied(page)
    assert server.key not in code
    if language == "JavaScript":
        need("node", tool=True)
    file = tmp_path / {"curl": "run.sh", "Python": "run.py", "JavaScript": "run.mjs"}[language]
    file.write_text(code, encoding="utf-8")
    program = {"curl": "bash", "Python": sys.executable, "JavaScript": "node"}[language]
    environment = {**os.environ, "UNDERSTUDY_API_KEY": server.key, "PYTHONUTF8": "1"}
    done = subprocess.run([program, file], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    frames = [line for line in done.stdout.splitlines() if line.startswith("data: ")]
    assert frames[-1] == "data: [DONE]"
    words = [Playground.text_of(frame) for frame in frames[:-1]]
    assert "".join(words) == said


@pytest.mark.parametrize("mode", ["chat", "completion"])
def test_code_follows_what_is_set(playground: Playground, mode: str) -> None:
    page = playground.page
    page.locator(f"[name=mode][value={mode}]").check()
    playground.pane().get_by_role("button", name="Code").click()
    expect(playground.trouble).to_contain_text("Write a message first")
    playground.draft.fill("Hi")
    page.locator("#logprobs").check()
    playground.pane().get_by_role("button", name="Code").click()
    expect(page.locator("#code-curl pre")).to_contain_text("/ai/v1/")
    code = page.locator("#code-curl pre").inner_text()
    assert ("chat/completions" in code) == (mode == "chat")
    assert '"logprobs"' in code
    assert '"raw"' not in code


def test_without_a_session_the_key_is_asked_for_and_stays_in_the_tab(
    closed_server: Running, open_page: Open
) -> None:
    playground = Playground(open_page(f"{closed_server.url}/playground"))
    page = playground.page
    playground.set(max_tokens=4)
    expect(page.locator("#key-dialog")).to_be_visible()
    page.locator("#key-input").fill("wrong")
    page.locator("#key-input").press("Enter")
    expect(page.locator("#key-why")).to_contain_text("does not know this key")
    page.locator("#key-input").fill(closed_server.key)
    page.locator("#key-input").press("Enter")
    expect(page.locator("#key-dialog")).to_be_hidden()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    playground.ask("Hello")
    page.locator("#share").click()
    expect(page.locator("#share")).not_to_have_text("Share")
    assert not [address for address in [*addresses, page.url] if closed_server.key in address]
    assert page.evaluate("sessionStorage.getItem('understudy.key')") == closed_server.key
    kept = page.evaluate("JSON.stringify({ ...localStorage })")
    assert "playground" in kept
    assert closed_server.key not in kept


def test_who_gives_no_key_is_told_that_one_is_needed(
    closed_server: Running, open_page: Open
) -> None:
    playground = Playground(open_page(f"{closed_server.url}/playground"))
    playground.send("Hello")
    playground.page.get_by_role("button", name="Cancel").click()
    expect(playground.pane().locator(".status")).to_contain_text("API key is needed")
    expect(playground.page.locator(".turn.user .text")).to_have_text("Hello")


def test_a_session_that_is_over_is_told(playground: Playground) -> None:
    playground.page.context.clear_cookies()
    playground.send("Hello")
    expect(playground.pane().locator(".status")).to_contain_text("reload the page")


def test_what_cannot_be_read_of_the_history_is_left_out(playground: Playground) -> None:
    page = playground.page
    playground.ask("Remember me")
    entries = page.locator("#history-dialog li button")
    page.locator("#history").click()
    expect(entries).to_have_count(1)
    page.keyboard.press("Escape")
    page.evaluate("""() => {
      const slot = "understudy.playground";
      const bad = [{ id: 1 }, null, { id: 2, state: { sides: [] } }];
      localStorage.setItem(slot, JSON.stringify([...bad, ...JSON.parse(localStorage[slot])]));
    }""")
    page.locator("#history").click()
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Remember me")
