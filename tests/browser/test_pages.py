"""Finding a model, reading about it, taking its programs along, and reading the docs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible, need_axe
from tests.browser.conftest import Open
from tests.hub.server import Hub, serving
from tests.requires import need
from tests.running import KEY, TINY, Running, running, settings_for, tiny_pool
from understudy.models.random_weights import write_random

MODEL = "@cf/meta/llama-3.2-1b-instruct"
PULLED = "@cf/tinyllama/tinyllama-1.1b-chat-v1.0"
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
PAGES = ["/", f"/catalog/{MODEL}", "/docs", "/docs/clients"]
LIGHT = ["/playground", "/docs/dialects", "/docs/benchmarks", *PAGES]
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


def cards(page: Page) -> list[str]:
    """Names of the models that can be seen."""
    names: list[str] = page.locator(".model:visible .name").all_inner_texts()
    return names


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(tiny_server: Running, open_page: Open, colours: str) -> None:
    need_axe()
    page = open_page(tiny_server.url, bypass_csp=True, color_scheme=colours)
    for path in [*PAGES, "/no-such-page", "/?search=nothing-is-like-this"]:
        page.goto(tiny_server.url + path)
        page.evaluate(UNFOLD)
        assert_accessible(page)
    # Folded: it is by far the longest page, of a few kinds of parts.
    page.goto(f"{tiny_server.url}/docs/api")
    assert_accessible(page)


@pytest.mark.parametrize("path", LIGHT)
def test_a_page_is_light(tiny_server: Running, open_page: Open, path: str) -> None:
    """At most 8 requests and 100 KB on the wire."""
    page = open_page(f"{tiny_server.url}/health")
    answers = []
    page.on("response", lambda response: answers.append(response))
    page.goto(tiny_server.url + path, wait_until="networkidle")
    assert len(answers) <= 8, [answer.url for answer in answers]
    sizes = [answer.request.sizes() for answer in answers]
    total = sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
    assert total < 100_000


def test_nothing_scrolls_sideways_on_a_phone(tiny_server: Running, open_page: Open) -> None:
    page = open_page(tiny_server.url, **PHONE)
    for path in [*PAGES, "/docs/api", "/docs/benchmarks"]:
        page.goto(tiny_server.url + path)
        page.evaluate(UNFOLD)
        whole, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert whole <= shown, path


def test_a_model_is_found_while_one_types(tiny_server: Running, open_page: Open) -> None:
    page = open_page(tiny_server.url)
    every = cards(page)
    page.locator("#search").press_sequentially("LLAMA meta")
    expect(page.locator("#found")).to_have_text(re.compile("^[1-9] of"))
    found = cards(page)
    assert 0 < len(found) < len(every)
    assert MODEL in found
    page.locator("#capability").select_option("tools")
    expect(page.locator(".model:visible")).to_have_count(1)
    assert "capability=tools" in page.url
    page.reload()
    assert cards(page) == [MODEL]
    page.locator("#search").fill("nothing is like this")
    expect(page.locator("#none")).to_be_visible()
    page.locator("#none a").click()
    expect(page.locator(".model:visible")).to_have_count(len(every))


def test_without_script_the_form_finds_the_same(tiny_server: Running, open_page: Open) -> None:
    page = open_page(tiny_server.url, java_script_enabled=False)
    page.locator("#search").fill("llama")
    page.locator("#author").select_option("meta")
    page.get_by_role("button", name="Show").click()
    plain = cards(page)
    address = page.url
    assert cards(open_page(address)) == plain
    assert MODEL in plain
    page.goto(f"{tiny_server.url}/catalog/{MODEL}")
    for panel in ("worker-streaming", "worker", "python", "curl", "openai"):
        expect(page.locator(f"#{panel} pre").first).to_be_visible()


def test_the_keyboard_finds_a_model_and_its_tabs(tiny_server: Running, open_page: Open) -> None:
    page = open_page(tiny_server.url)
    keyboard = page.keyboard
    keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(page.locator("#search")).to_be_focused()
    keyboard.type("1b-instruct")
    expect(page.locator(".model:visible")).to_have_count(1)
    for _ in range(4):
        keyboard.press("Tab")
    expect(page.locator(".model:visible h2 a")).to_be_focused()
    keyboard.press("Enter")
    page.wait_for_url(f"**/catalog/{MODEL}")
    first = page.get_by_role("tab").first
    first.focus()
    keyboard.press("End")
    expect(page.get_by_role("tab", name="OpenAI SDK")).to_be_focused()
    expect(page.locator("#openai")).to_be_visible()
    expect(page.locator("#worker-streaming")).to_be_hidden()
    keyboard.press("ArrowRight")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-selected", "true")
    messages = page.locator("#input-2")
    messages.locator("summary").first.focus()
    keyboard.press("Enter")
    expect(messages.get_by_text("messages", exact=True)).to_be_visible()


def test_a_copied_curl_runs_as_it_stands(server: Running, open_page: Open) -> None:
    need("curl", tool=True)
    page = open_page(f"{server.url}/catalog/{MODEL}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.get_by_role("tab", name="curl").click()
    page.locator("#curl .copy").click()
    expect(page.locator("#curl .copy")).to_have_text("Copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert server.url in command
    environment = {"PATH": os.environ["PATH"], "UNDERSTUDY_API_KEY": server.key}
    done = subprocess.run(
        ["sh", "-euc", command], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["response"]


def test_the_theme_is_chosen_and_kept(tiny_server: Running, open_page: Open) -> None:
    page = open_page(tiny_server.url, color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(colour)
    assert light != dark
    page.goto(f"{tiny_server.url}/docs")
    assert page.evaluate(colour) == dark
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(colour) == light


def test_the_reference_opens_where_a_link_leads(tiny_server: Running, open_page: Open) -> None:
    page = open_page(f"{tiny_server.url}/docs/api#post_v1_openai_completions")
    expect(page.locator("#post_v1_openai_completions")).to_have_attribute("open", "")
    page.evaluate("document.querySelector('a[href^=\"#schema-\"]').click()")
    expect(page.locator("[id^=schema-][open]")).to_have_count(1)


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("repository")
    write_random({**TINY, "hidden_size": 256, "vocab_size": 2048}, folder)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(folder / "nothing"))
    with serving(Hub(folder)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def test_a_model_is_downloaded_with_a_button(tmp_path: Path, hub: Hub, open_page: Open) -> None:
    hub.stall_after = 128 * 1024
    with running(settings_for(tmp_path), tiny_pool) as server:
        page = open_page(f"{server.url}/catalog/{PULLED}")
        state = page.locator("[data-state]")
        expect(state).to_have_text("not downloaded")
        page.get_by_role("button", name=f"Download {PULLED}").click()
        expect(page.locator("[data-step]")).to_contain_text(" % of ")
        page.reload()
        expect(page.locator("[data-step]")).to_contain_text(" % of ")
        page.get_by_role("button", name="Stop").click()
        expect(state).to_have_text("partly downloaded")
        hub.stall_after = None
        page.get_by_role("button", name=f"Download {PULLED}").click()
        expect(state).to_have_text("downloaded")
        expect(page.locator("[data-stand-in]")).to_have_count(0)
        page.reload()
        expect(page.locator("[data-pull]")).to_have_count(0)


def test_elsewhere_a_key_is_asked_for_and_kept_in_the_tab(
    tmp_path: Path, hub: Hub, open_page: Open
) -> None:
    hub.refuse = (401, "GatedRepo")
    with running(settings_for(tmp_path, web_session=False), tiny_pool) as server:
        run_only = server.keys.create("only runs", ["run"])
        page = open_page(f"{server.url}/catalog/{PULLED}")
        dialog, button = page.locator("#key-dialog"), page.locator("[data-start]")
        button.click()
        expect(dialog).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("[data-failed]")).to_contain_text("key is needed")
        button.click()
        page.locator("#key-input").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#key-why")).to_contain_text("does not know")
        page.locator("#key-input").fill(run_only)
        with page.expect_response(lambda response: response.status == 403):
            page.keyboard.press("Enter")
        expect(page.locator("[data-failed]")).to_be_visible()
        page.evaluate("sessionStorage.clear()")
        page.reload()
        button.click()
        page.locator("#key-input").fill(KEY)
        page.keyboard.press("Enter")
        expect(page.locator("[data-failed]")).to_contain_text("accept its terms")
        assert KEY not in page.url
        assert page.evaluate("JSON.stringify({ ...localStorage })") == "{}"
