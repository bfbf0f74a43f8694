"""LoRA adapters in the playground: those that fit the model, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.playground import Playground, body_of
from tests.doors import MODEL
from tests.models.adapters import peft_folder
from tests.running import Running
from tests.server.finetune_calls import FINETUNES, SHAPE, created, upload
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
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


def test_only_adapters_that_fit_who_answers_are_offered(
    server: Running, open_page: Open, adapter: str, tmp_path: Path
) -> None:
    """All models but the bundled one are stood in for, by it."""
    shape = Architecture.from_config(Catalog.load().get(MODEL).architecture)
    folder = peft_folder(tmp_path / "other", architecture=shape, rank=1, kinds=("q_proj",))
    with server.client() as client:
        other = created(client, model=MODEL, public=True)
        for name in ASSETS:
            assert upload(client, other["id"], name, folder).status_code == 200
    playground = Playground(open_page(f"{server.url}/playground"))
    playground.set()
    options = playground.pane().locator(".lora option")
    expect(options.filter(has_text=adapter)).to_be_attached()
    with playground.page.expect_response("**/finetunes/public") as listed:
        playground.pane().locator(".model").select_option(MODEL)
    assert other["id"] in listed.value.text()
    expect(options.filter(has_text=adapter)).to_be_attached()
    assert f"cf-public-{other['name']}" not in options.all_inner_texts()
    server.finetunes.delete(server.finetunes.get_owned(other["id"], "configured"))
