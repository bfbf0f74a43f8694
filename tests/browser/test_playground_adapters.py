"""LoRA adapters in the playground: those that fit the model, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.playground import Playground, body_of
from tests.models.adapters import peft_folder
from tests.running import Running
from tests.server.finetune_calls import FINETUNES, HOUSE, SHAPE, created, upload
from understudy.engine.lora import KINDS
from understudy.models.finetune import ASSETS


@pytest.fixture
def adapter(server: Running, tmp_path: Path) -> Iterator[str]:
    """The public name of an adapter of random numbers, large enough to change what is said."""
    folder = peft_folder(tmp_path, architecture=SHAPE, spread=0.3, kinds=KINDS, lora_alpha=16)
    with server.client() as client:
        made = created(client, public=True)
        for name in ASSETS:
            assert upload(client, made["id"], name, folder).status_code == 200
        yield f"cf-public-{made['name']}"
        client.delete(f"{FINETUNES}/{made['id']}")


def test_an_adapter_changes_the_answer(server: Running, open_page: Open, adapter: str) -> None:
    playground = Playground(open_page(f"{server.url}/playground"))
    playground.set(temperature=0, max_tokens=12)
    lora = playground.pane().locator(".lora")
    expect(lora.locator("option", has_text=adapter)).to_be_attached()
    plain = playground.ask("Say hello to me.")
    playground.page.locator("#new").click()
    lora.select_option(adapter)
    with playground.page.expect_request("**/ai/run/**") as sent:
        adapted = playground.ask("Say hello to me.")
    assert body_of(sent.value)["lora"] == adapter
    assert adapted != plain
    expect(playground.pane().locator(".number")).to_have_text("3 set")


def test_adapters_of_other_models_are_not_offered(
    server: Running, open_page: Open, adapter: str
) -> None:
    playground = Playground(open_page(f"{server.url}/playground"))
    playground.set()
    options = playground.pane().locator(".lora option")
    expect(options.filter(has_text=adapter)).to_be_attached()
    model = playground.pane().locator(".model")
    other = next(name for name in model.locator("option").all_inner_texts() if name != HOUSE.name)
    with playground.page.expect_response("**/finetunes/public"):
        model.select_option(other)
    assert options.all_inner_texts() == ["None"]
    with playground.page.expect_response("**/finetunes/public"):
        model.select_option(HOUSE.name)
    expect(options.filter(has_text=adapter)).to_be_attached()
