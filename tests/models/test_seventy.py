"""Llama-2-70b, one layer deep: its exact layer shape, in shards, through the real loader."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.events import FinishEvent, FinishReason, TextEvent, UsageEvent
from understudy.generate import generate
from understudy.models.checkpoint import INDEX
from understudy.models.load import load_model
from understudy.models.memory import free_disk
from understudy.models.plan import memory_needed, packed_bytes
from understudy.models.random_weights import write_random
from understudy.models.store import ModelStore
from understudy.request import ChatInput, GenerationRequest, Message, SamplingParams

FULL = next(card for card in Catalog.load() if card.architecture.get("num_hidden_layers") == 80)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Not pytest's own folders, which outlive the run: this one holds 4 GB."""
    with tempfile.TemporaryDirectory() as folder:
        if free_disk(Path(folder)) < 6e9:
            pytest.skip(f"less than 6 GB are free in {folder}")
        yield Path(folder)


@pytest.fixture(scope="module")
def card() -> ModelCard:
    """The card itself, but for its depth, and with weights that need no download."""
    return replace(FULL, repo=None, architecture={**FULL.architecture, "num_hidden_layers": 1})


def test_the_card_has_the_published_shape() -> None:
    shape = FULL.architecture
    assert (shape["hidden_size"], shape["intermediate_size"]) == (8192, 28672)
    assert (shape["num_attention_heads"], shape["num_key_value_heads"]) == (64, 8)
    assert (shape["head_dim"], shape["vocab_size"]) == (128, 32000)
    assert (FULL.context_length, FULL.context_limit) == (4096, 4096)


async def test_a_layer_of_it_loads_from_shards_and_answers_a_chat(
    home: Path, card: ModelCard
) -> None:
    source = home / "source"
    architecture = write_random(card.architecture, source, shard_bytes=500_000_000)
    index = json.loads((source / INDEX).read_text())
    assert len(set(index["weight_map"].values())) > 2
    settings = Settings(home=home, quantize="int4", kv_cache_tokens=128)
    store = ModelStore(home, bundled=lambda: source)
    loaded = load_model(card, store, settings)
    try:
        turns = ChatInput((Message("system", "Be brief."), Message("user", "Hi")))
        asked = GenerationRequest(card.name, turns, SamplingParams(max_tokens=3, ignore_eos=True))
        events = [event async for step in generate(asked, loaded) for event in step]
    finally:
        await loaded.backend.close()
    assert sum(len(event.token_ids) for event in events if isinstance(event, TextEvent)) == 3
    assert events[-2] == FinishEvent(0, FinishReason.LENGTH)
    usage = events[-1]
    assert isinstance(usage, UsageEvent)
    assert usage.usage.completion_tokens == 3
    # What the plan says of it before there is anything, and the loader now.
    packed = store.packed(card, "int4").stat().st_size
    assert 0 <= packed_bytes(architecture, "int4") - packed <= 1_000_000
    assert memory_needed(card, store, settings) < 1.5e9
