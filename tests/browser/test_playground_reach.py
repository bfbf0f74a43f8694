"""Who can use the playground: with the keyboard alone, on a phone, with a screen reader."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible, need_axe
from tests.browser.conftest import Open
from tests.browser.playground import TOOL, Playground
from tests.running import Running

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def assert_no_sideways_scrolling(page: Page) -> None:
    whole, shown = page.evaluate(WIDTHS)
    assert whole <= shown


def fill_up(playground: Playground) -> None:
    """Everything that the page can show at once."""
    page = playground.page
    page.locator("#logprobs").check()
    playground.offer(TOOL)
    page.locator("#compare").click()
    playground.set(0, max_tokens=60)
    playground.set(1, max_tokens=60)
    playground.ask("What can you tell me about " + "x" * 200, answers=2)
    page.locator("#tool-choice").select_option("required")
    playground.send("And the weather?")
    expect(page.locator(".call")).to_have_count(2)
    playground.open("Answer as")
    page.locator("#schema-json").fill("{")
    page.locator("#schema-json").blur()
    expect(page.locator("#schema-fault")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(server: Running, open_page: Open, colours: str) -> None:
    need_axe()
    more = {"bypass_csp": True, "color_scheme": colours}
    playground = Playground(open_page(f"{server.url}/playground", **more))
    assert_accessible(playground.page)
    fill_up(playground)
    playground.page.locator(".token").first.focus()
    assert_accessible(playground.page)
    for button in ("keys", "history"):
        playground.page.locator(f"#{button}").click()
        assert_accessible(playground.page)
        playground.page.keyboard.press("Escape")
    playground.pane().get_by_role("button", name="Code").click()
    assert_accessible(playground.page)


def test_nothing_scrolls_sideways_on_a_phone(server: Running, open_page: Open) -> None:
    playground = Playground(open_page(f"{server.url}/playground", **PHONE))
    page = playground.page
    assert_no_sideways_scrolling(page)
    fill_up(playground)
    assert_no_sideways_scrolling(page)
    page.locator(".token").first.tap()
    expect(page.locator("#likeliest")).to_be_visible()
    box = page.locator("#likeliest").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": 390, "height": 300})
    page.evaluate("scrollTo(0, 0)")
    page.locator(".token").first.press("ArrowRight")
    expect(page.locator("#likeliest")).to_be_in_viewport()
    playground.pane().get_by_role("button", name="Code").click()
    assert_no_sideways_scrolling(page)


def test_the_keyboard_is_enough(server: Running, open_page: Open) -> None:
    playground = Playground(open_page(f"{server.url}/playground"))
    page = playground.page
    keyboard = page.keyboard

    def tab_to(what: str) -> None:
        for _ in range(60):
            keyboard.press("Tab")
            if page.locator(what).evaluate_all("all => all.includes(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key does not lead to {what}")

    tab_to("#system")
    keyboard.type("Be brief.")
    tab_to("#logprobs")
    keyboard.press("Space")
    tab_to(".settings summary")
    keyboard.press("Enter")
    tab_to("[data-parameter=max_tokens] input")
    keyboard.type("7")
    tab_to("#draft")
    keyboard.type("Hello")
    keyboard.press("Control+Enter")
    playground.answered()
    expect(page.locator("#draft")).to_be_focused()
    assert page.locator(".token").count() <= 7
    keyboard.press("Shift+Tab")
    expect(page.locator(".token").first).to_be_focused()
    expect(page.locator("#likeliest")).to_be_visible()
    keyboard.press("Escape")
    expect(page.locator("#likeliest")).to_be_hidden()
    keyboard.press("Alt+c")
    expect(page.locator(".pane")).to_have_count(2)
    keyboard.press("Alt+c")
    expect(page.locator(".pane")).to_have_count(1)
    keyboard.press("Alt+n")
    expect(playground.answers).to_have_count(0)
    expect(page.locator("#draft")).to_be_focused()
