"""Takes the pictures of the pages that the docs show: ``python -m tests.browser.screenshots``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import PATIENCE
from tests.browser.playground import Playground
from tests.running import Running, house_pool, running, settings_for

FOLDER = Path(__file__).parents[2] / "docs" / "img"
MODEL = "@cf/meta/llama-3.2-1b-instruct"
PAGES = {"catalogue": "/", "model": f"/catalog/{MODEL}", "docs": "/docs", "api": "/docs/api"}
SIZE: ViewportSize = {"width": 1280, "height": 800}


def converse(page: Page) -> None:
    """A conversation in which a person looks at a token."""
    playground = Playground(page)
    page.locator("#system").fill("You are a friendly assistant.")
    page.locator("#compare").click()
    playground.pane(1).locator(".model").select_option(MODEL)
    playground.set(0, seed=1)
    playground.set(1, seed=2)
    for side in (0, 1):
        playground.pane(side).locator(".settings summary").click()
    playground.ask("Hello! Who are you?", answers=2)
    page.locator("#logprobs").check()
    playground.ask("Tell me about cats.", answers=4)
    playground.pane(1).locator(".token").nth(3).hover()
    expect(page.locator("#likeliest")).to_be_visible()


def take(
    browser: Browser, server: Running, colours: Literal["light", "dark"], folder: Path
) -> None:
    context = browser.new_context(viewport=SIZE, color_scheme=colours)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(server.url + path, wait_until="networkidle")
        page.screenshot(path=folder / f"{name}-{colours}.png")
    page.goto(f"{server.url}/playground")
    converse(page)
    page.screenshot(path=folder / f"playground-{colours}.png")
    context.close()


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    with (
        tempfile.TemporaryDirectory() as home,
        running(settings_for(Path(home)), house_pool) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for colours in ("light", "dark"):
            take(browser, server, colours, folder)
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
