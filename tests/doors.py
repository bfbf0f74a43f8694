"""Every generation route as data, so that one test can say what holds at each of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

MODEL = "@cf/meta/llama-3.2-1b-instruct"
ACCOUNT = "/client/v4/accounts/local"


@dataclass(frozen=True)
class Door:
    """One route: where it is, how a prompt is put, how an answer and an error are read.

    ``errors`` is "workers", "deepinfra" or "binding"; ``fixed`` are fields of every body;
    ``limit`` is the name of the field that bounds the answer; ``wrap`` puts the fields where a
    body has them.
    """

    name: str
    path: str
    put: Callable[[str], dict[str, Any]]
    text: Callable[[dict[str, Any]], str]
    piece: Callable[[dict[str, Any]], str]
    errors: str
    limit: str = "max_tokens"
    fixed: dict[str, Any] = field(default_factory=dict)
    wrap: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def body(self, prompt: str, /, **more: Any) -> dict[str, Any]:
        return self.wrap({**self.fixed, **self.put(prompt), **more})

    def streamed_text(self, stream: str) -> str:
        """The text of a whole stream, which must have ended as the service ends it."""
        frames = [line.removeprefix("data: ") for line in stream.split("\n\n") if line]
        assert frames[-1] == "[DONE]", stream[-300:]
        return "".join(self.piece(json.loads(frame)) for frame in frames[:-1])


def _message(prompt: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": prompt}]}


def _delta(frame: dict[str, Any]) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in frame["choices"])


DOORS = (
    Door(
        "workers prompt",
        f"{ACCOUNT}/ai/run/{MODEL}",
        lambda prompt: {"prompt": prompt},
        lambda body: body["result"]["response"],
        lambda frame: frame["response"],
        "workers",
    ),
    Door(
        "workers messages",
        f"{ACCOUNT}/ai/run/{MODEL}",
        _message,
        lambda body: body["result"]["response"],
        lambda frame: frame["response"],
        "workers",
    ),
    Door(
        "workers chat",
        f"{ACCOUNT}/ai/v1/chat/completions",
        _message,
        lambda body: body["choices"][0]["message"]["content"],
        _delta,
        "workers",
        fixed={"model": MODEL},
    ),
    Door(
        "workers run",
        f"{ACCOUNT}/ai/run",
        lambda prompt: {"prompt": prompt},
        lambda body: body["result"]["response"],
        lambda frame: frame["response"],
        "workers",
        fixed={"model": MODEL},
    ),
    Door(
        "workers completions",
        f"{ACCOUNT}/ai/v1/completions",
        lambda prompt: {"prompt": prompt},
        lambda body: body["choices"][0]["text"],
        lambda frame: "".join(choice["text"] for choice in frame["choices"]),
        "workers",
        fixed={"model": MODEL},
    ),
    Door(
        "openai completions",
        "/v1/openai/completions",
        lambda prompt: {"prompt": prompt},
        lambda body: body["choices"][0]["text"],
        lambda frame: "".join(choice["text"] for choice in frame["choices"]),
        "deepinfra",
        fixed={"model": MODEL},
    ),
    Door(
        "openai chat",
        "/v1/openai/chat/completions",
        _message,
        lambda body: body["choices"][0]["message"]["content"],
        _delta,
        "deepinfra",
        fixed={"model": MODEL},
    ),
    Door(
        "deepinfra native",
        f"/v1/inference/{MODEL}",
        lambda prompt: {"input": prompt},
        lambda body: body["results"][0]["generated_text"],
        lambda frame: frame["token"]["text"],
        "deepinfra",
        limit="max_new_tokens",
    ),
)
"""Those that take a key."""

KEYLESS = Door(
    "env.AI",
    "/run?version=3",
    lambda prompt: {"prompt": prompt},
    lambda body: body["response"],
    lambda frame: frame["response"],
    "binding",
    wrap=lambda inputs: {"inputs": inputs, "options": {}},
)
"""The door of ``env.AI``; its model is in a header, which ``Running.client`` sends everywhere."""

EVERY_DOOR = (*DOORS, KEYLESS)


def assert_error(door: Door, response: httpx.Response, *statuses: int) -> str:
    """``response`` is an error as the door's service sends it. Returns all its text."""
    assert response.status_code in statuses, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    body = response.json()
    if door.errors == "binding":
        assert body["httpCode"] == response.status_code
        assert isinstance(body["internalCode"], int)
        assert body["description"]
        assert body["errors"] == [{"message": body["message"], "code": body["internalCode"]}]
    elif door.errors == "workers":
        assert body["success"] is False
        assert set(body) >= {"result", "success", "errors", "messages"}
        assert isinstance(body["errors"][0]["code"], int)
        assert body["errors"][0]["message"]
    elif response.status_code == 422:
        assert all({"loc", "msg", "type"} <= set(entry) for entry in body["detail"])
        assert body["detail"][0]["msg"] in body["error"]["message"]
    else:
        assert body["error"]["message"]
        assert body["detail"] == {"error": body["error"]["message"]}
    assert "Traceback" not in response.text
    return response.text


def by_name(door: Door) -> str:
    """The id of a door in a test's name."""
    return door.name.replace(" ", "-")
