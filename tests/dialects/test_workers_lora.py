"""``lora`` at every door of Workers AI names the adapter of the request, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from understudy.catalog.registry import Catalog
from understudy.dialects.base import Dialect
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_chat import WorkersChat
from understudy.dialects.workers_completions import WorkersCompletions
from understudy.errors import InvalidField, RequestError

CARD = Catalog.load().get("@cf/meta/llama-3.2-1b-instruct")
MESSAGES = {"messages": [{"role": "user", "content": "Hi"}]}
DOORS: dict[str, tuple[Dialect, dict[str, Any]]] = {
    "prompt": (WorkersAI(), {"prompt": "Hi"}),
    "messages": (WorkersAI(), MESSAGES),
    "chat": (WorkersChat(), {"model": CARD.name, **MESSAGES}),
    "completions": (WorkersCompletions(), {"model": CARD.name, "prompt": "Hi"}),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "lora", ["mine", "cf-public-house-pirate", "906a57fd-b018-4d6c-a43e-a296d4cc5839"]
)
def test_a_lora_is_the_adapter_of_the_request(door: str, lora: str) -> None:
    dialect, body = DOORS[door]
    request = dialect.parse({**body, "lora": lora}, CARD).request
    assert request.adapter == lora


@pytest.mark.parametrize("door", DOORS)
def test_no_lora_asks_for_no_adapter(door: str) -> None:
    dialect, body = DOORS[door]
    assert dialect.parse(body, CARD).request.adapter is None
    if door != "prompt":  # there the card's schema knows the field, and null is no string
        assert dialect.parse({**body, "lora": None}, CARD).request.adapter is None


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("lora", ["", 5, ["mine"], {"id": "mine"}, True])
def test_a_lora_that_is_no_name_is_refused(door: str, lora: Any) -> None:
    dialect, body = DOORS[door]
    with pytest.raises(RequestError, match="lora") as refused:
        dialect.parse({**body, "lora": lora}, CARD)
    if door != "prompt" or lora == "":
        assert isinstance(refused.value, InvalidField)
        assert refused.value.field == "lora"
