"""The six cards hold what the services publish."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog

SEEDS = Path(__file__).with_name("seeds")
NAMES = {
    "tinyllama": "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
    "llama-2-7b": "@cf/meta/llama-2-7b-chat-fp16",
    "openchat": "@cf/openchat/openchat-3.5-0106",
}
PAGE_SHAPE = ["@cf/meta/llama-3.2-1b-instruct", "meta-llama/Llama-2-70b-chat-hf", "@house/prompter"]
CATALOG = Catalog.load()
KEYWORDS = {
    "default": ("default",),
    "min": ("minimum", "minLength"),
    "max": ("maximum", "maxLength"),
}


def walk(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """One line per node of a schema, as a model page lists them."""
    kind = "oneOf" if "oneOf" in schema else schema.get("type", "object")
    facts = [
        f"{name}={schema[keyword]}"
        for name, keywords in KEYWORDS.items()
        for keyword in keywords
        if schema.get(keyword) is not None and schema[keyword] is not False
    ]
    yield " ".join([path, kind, *facts])
    for number, form in enumerate(schema.get("oneOf", ())):
        yield from walk(form, f"{path}{number}")
    for name, child in schema.get("properties", {}).items():
        yield from walk(child, f"{path}.{name}")
    if "items" in schema:
        yield from walk(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from walk(schema["additionalProperties"], f"{path}*")


def page() -> dict[str, list[str]]:
    forms: dict[str, list[str]] = {}
    for line in (SEEDS / "llama-3.2-1b.page.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            form, fact = line.split(maxsplit=1)
            forms.setdefault(form, []).append(fact)
    return forms


def listed(form: Mapping[str, Any]) -> list[str]:
    return [line for name, child in form["properties"].items() for line in walk(child, name)]


@pytest.mark.parametrize(("file", "name"), NAMES.items())
def test_schemas_are_the_seeds(file: str, name: str) -> None:
    card = CATALOG.get(name)
    for schema, side in ((card.input_schema, "input"), (card.output_schema, "output")):
        seed = json.loads((SEEDS / f"{file}.{side}.json").read_text("utf-8"))
        assert schema == seed
        assert json.dumps(schema) == json.dumps(seed), "validators walk the fields in this order"


@pytest.mark.parametrize("name", NAMES.values())
def test_front_matter_is_the_seeds(name: str) -> None:
    card = CATALOG.get(name)
    seed = json.loads((SEEDS / "front_matter.json").read_text("utf-8"))[name]
    assert seed == {
        "id": card.id,
        "source": card.source,
        "tags": list(card.tags),
        "properties": list(card.properties),
        "model_display_name": card.model_display_name,
        "weight": card.weight,
    }
    assert card.title == card.model_display_name


@pytest.mark.parametrize("name", PAGE_SHAPE)
def test_input_schema_is_the_pages(name: str) -> None:
    prompt, messages = CATALOG.get(name).input_schema["oneOf"]
    assert listed(prompt) == page()["prompt"]
    assert listed(messages) == page()["messages"]
    assert prompt["required"] == ["prompt"]
    assert messages["required"] == ["messages"]
    assert messages["properties"]["messages"]["items"]["required"] == ["role", "content"]
    assert messages["properties"]["functions"]["items"]["required"] == ["name", "code"]


@pytest.mark.parametrize("name", PAGE_SHAPE)
def test_output_schema_is_the_pages_with_usage(name: str) -> None:
    answer, stream = CATALOG.get(name).output_schema["oneOf"]
    usage = answer["properties"]["usage"]
    page_lines = [line for line in listed(answer) if not line.startswith("usage")]
    assert page_lines == page()["output"]
    assert list(usage["properties"]) == ["prompt_tokens", "completion_tokens", "total_tokens"]
    assert stream == {"type": "string", "contentType": "text/event-stream", "format": "binary"}


@pytest.mark.parametrize("card", CATALOG, ids=lambda card: card.name)
def test_every_card_is_complete(card: ModelCard) -> None:
    assert str(uuid.UUID(card.id)) == card.id
    assert datetime.fromisoformat(card.created_at).tzinfo is not None
    assert card.task.name == "Text Generation"
    assert card.task_type == "text-generation"
    assert card.chat_template
    assert card.context_limit <= card.context_length
    assert card.default("max_tokens") == 256
    if not card.bundled:
        assert card.eos_token in card.special_tokens
        assert set(card.eos_token_ids) <= set(card.special_tokens.values())
        assert card.architecture["max_position_embeddings"] >= card.context_length
        assert max(card.special_tokens.values()) < card.architecture["vocab_size"]


def test_ids_are_unique() -> None:
    assert len({card.id for card in CATALOG}) == len(CATALOG) == 6


def test_limits_and_prices_are_the_published_ones() -> None:
    facts = {
        card.name: (
            card.context_length,
            card.context_limit,
            card.input_limit,
            card.prices and (card.prices.input, card.prices.output),
            card.beta,
        )
        for card in CATALOG
    }
    assert facts == {
        "@cf/tinyllama/tinyllama-1.1b-chat-v1.0": (2048, 2048, None, None, True),
        "@cf/meta/llama-2-7b-chat-fp16": (4096, 3072, 2500, (0.556, 6.667), False),
        "@cf/openchat/openchat-3.5-0106": (8192, 8192, None, None, False),
        "@cf/meta/llama-3.2-1b-instruct": (131072, 60000, None, (0.027, 0.201), False),
        "meta-llama/Llama-2-70b-chat-hf": (4096, 4096, None, (0.70, 0.90), False),
        "@house/prompter": (2048, 2048, None, None, False),
    }


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("@cf/tinyllama/tinyllama-1.1b-chat-v1.0", 1.10),
        ("@cf/meta/llama-2-7b-chat-fp16", 6.74),
        ("@cf/openchat/openchat-3.5-0106", 7.24),
        ("@cf/meta/llama-3.2-1b-instruct", 1.24),
        ("meta-llama/Llama-2-70b-chat-hf", 68.98),
    ],
)
def test_architecture_adds_up_to_the_models_size(name: str, billions: float) -> None:
    a = CATALOG.get(name).architecture
    hidden, layers, heads = a["hidden_size"], a["num_hidden_layers"], a["num_attention_heads"]
    kv = a["num_key_value_heads"] * a["head_dim"]
    attention = hidden * (2 * heads * a["head_dim"] + 2 * kv)
    layer = attention + 3 * hidden * a["intermediate_size"] + 2 * hidden
    embeddings = a["vocab_size"] * hidden * (1 if a["tie_word_embeddings"] else 2)
    assert (layers * layer + embeddings + hidden) / 1e9 == pytest.approx(billions, abs=0.006)
