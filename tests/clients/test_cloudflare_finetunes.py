"""Finetunes with the PyPI package ``cloudflare``, unmodified: brought, listed, used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import cloudflare
import pytest

from tests.models.adapters import peft_folder
from tests.running import Running
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
from understudy.engine.lora import KINDS
from understudy.models.finetune import ASSETS

HOUSE = Catalog.load().bundled
SHAPE = Architecture.from_config(HOUSE.architecture)


@pytest.fixture
def client(server: Running) -> Iterator[Any]:
    with cloudflare.Cloudflare(
        api_token=server.key, base_url=f"{server.url}/client/v4", max_retries=0
    ) as sdk:
        yield sdk


def test_an_adapter_is_brought_and_used(client: Any, server: Running, tmp_path: Path) -> None:
    finetunes = client.ai.finetunes
    made = finetunes.create(
        account_id="local", model=HOUSE.name, name="sdk", description="Noise.", public=True
    )
    assert isinstance(made.created_at, datetime)
    assert (made.name, made.model, made.public) == ("sdk", HOUSE.name, True)
    folder = peft_folder(tmp_path, architecture=SHAPE, spread=0.3, kinds=KINDS, lora_alpha=16)
    for name in ASSETS:
        asset = finetunes.assets.create(
            made.id, account_id="local", file=folder / name, file_name=name
        )
        assert asset.success is True

    def answer(**more: Any) -> str:
        fields = {"temperature": 0, "max_tokens": 16, "extra_body": more}
        said = client.ai.run(HOUSE.name, account_id="local", prompt="Say hello to me.", **fields)
        text: str = (said if isinstance(said, dict) else said.to_dict())["response"]
        return text

    assert answer(lora="sdk") == answer(lora="cf-public-sdk") == answer(lora=made.id)
    assert answer(lora="sdk") != answer()
    public = finetunes.public.list(account_id="local", limit=10, offset=0, order_by="name")
    assert "cf-public-sdk" in [entry.name for entry in public]
    # The package's type for this is a single finetune; what it makes of a list are several.
    listed = finetunes.list(account_id="local")
    assert "sdk" in [entry.name for entry in listed]
    server.finetunes.delete(server.finetunes.get_owned("sdk", "configured"))
