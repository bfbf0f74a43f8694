"""The rest of what the PyPI package ``cloudflare`` can ask of Workers AI: its catalogue, its other
credentials, tools and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest

from tests.clients.conversation import COMPLETION_MODEL, WORKERS_MODELS
from tests.clients.test_cloudflare import streamed, whole
from understudy.catalog.registry import Catalog

MODEL = WORKERS_MODELS[-1]
TURN = {"role": "user", "content": "What is the weather in Oslo?"}
TOOL = {
    "name": "get_weather",
    "description": "Tells the weather of a town.",
    "parameters": {
        "type": "object",
        "properties": {"town": {"type": "string", "description": "Where.", "maxLength": 12}},
        "required": ["town"],
        "additionalProperties": False,
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"grown": {"type": "boolean"}},
    "required": ["grown"],
    "additionalProperties": False,
}


@pytest.fixture
def client(server: Any) -> Iterator[cloudflare.Cloudflare]:
    with cloudflare.Cloudflare(
        api_token=server.key, base_url=f"{server.url}/client/v4", max_retries=0
    ) as sdk:
        yield sdk


def names(client: Any, **query: Any) -> list[str]:
    return [model["name"] for model in client.ai.models.list(account_id="local", **query)]


@pytest.mark.parametrize("per_page", [1, 2, 50])
def test_the_catalogue_is_the_same_in_pages_of_any_size(client: Any, per_page: int) -> None:
    assert names(client, per_page=per_page) == names(client)


def test_the_catalogue_is_filtered(client: Any) -> None:
    everything = set(names(client))
    assert names(client, search="llama-3.2-1b") == [MODEL]
    assert set(names(client, author="meta-llama")) == {COMPLETION_MODEL}
    assert set(names(client, task="Text Generation")) == everything
    assert names(client, task="Translation") == []
    assert set(names(client, source=1)) == set(WORKERS_MODELS)
    assert WORKERS_MODELS[0] in everything - set(names(client, hide_experimental=True))


def test_schemas_tasks_and_authors_are_told(client: Any) -> None:
    schema = client.ai.models.schema.get(account_id="local", model=MODEL)
    told = schema.to_dict()
    card = Catalog.load().get(MODEL)
    assert (told["input"], told["output"]) == (card.input_schema, card.output_schema)
    with pytest.raises(cloudflare.BadRequestError, match="5007"):
        client.ai.models.schema.get(account_id="local", model="@cf/nobody/nothing")
    (task,) = client.ai.tasks.list(account_id="local")
    assert task["name"] == "Text Generation"
    authors = [author["name"] for author in client.ai.authors.list(account_id="local")]
    assert authors == sorted(set(authors))
    assert {"meta", "openchat", "tinyllama"} <= set(authors)


def test_what_makes_markdown_is_refused_by_name(client: Any) -> None:
    with pytest.raises(cloudflare.BadRequestError, match="'tomarkdown' is not served here"):
        list(client.ai.to_markdown.supported(account_id="local"))


def test_a_key_may_come_with_an_email(server: Any) -> None:
    url = f"{server.url}/client/v4"
    with cloudflare.Cloudflare(
        api_key=server.key, api_email="ada@example.com", base_url=url, max_retries=0
    ) as sdk:
        assert names(sdk)
    with (
        cloudflare.Cloudflare(
            api_key="wrong", api_email="ada@example.com", base_url=url, max_retries=0
        ) as stranger,
        pytest.raises(cloudflare.AuthenticationError, match="10000"),
    ):
        names(stranger)


def test_a_tool_that_is_named_is_called(client: Any) -> None:
    choice = {"type": "function", "function": {"name": "get_weather"}}
    body = {
        "messages": [TURN],
        "tools": [TOOL],
        "extra_body": {"tool_choice": choice, "seed": 3, "max_tokens": 48},
    }
    (call,) = whole(client, MODEL, **body)["tool_calls"]
    assert call["name"] == "get_weather"
    assert list(call["arguments"]) == ["town"]
    frames = [frame for frame in streamed(client, MODEL, **body) if "tool_calls" in frame]
    assert [told["arguments"] for frame in frames for told in frame["tool_calls"]] == [
        call["arguments"]
    ]


def test_json_is_an_object_whole_and_adds_up_to_it_streamed(client: Any) -> None:
    asked = {"type": "json_schema", "json_schema": SCHEMA}
    body = {"messages": [TURN], "extra_body": {"response_format": asked, "seed": 3}}
    answer = whole(client, MODEL, **body)["response"]
    assert isinstance(answer["grown"], bool)
    text = "".join(frame["response"] for frame in streamed(client, MODEL, **body))
    assert json.loads(text) == answer


async def test_it_can_be_awaited(server: Any) -> None:
    async with cloudflare.AsyncCloudflare(
        api_token=server.key, base_url=f"{server.url}/client/v4", max_retries=0
    ) as sdk:
        answer: Any = await sdk.ai.run(MODEL, account_id="local", prompt="Who are you?")
        text = answer["response"] if isinstance(answer, dict) else answer.response
        assert text.strip()
        listed = [model["name"] async for model in sdk.ai.models.list(account_id="local")]
        assert MODEL in listed
