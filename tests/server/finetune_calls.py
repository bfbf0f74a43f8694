"""Calls of the routes of finetunes that several tests make."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx

from tests.doors import ACCOUNT
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture

HOUSE = Catalog.load().bundled
SHAPE = Architecture.from_config(HOUSE.architecture)
FINETUNES = f"{ACCOUNT}/ai/finetunes"


def created(client: httpx.Client, model: str = HOUSE.name, **more: Any) -> dict[str, Any]:
    body = {"model": model, "name": uuid.uuid4().hex[:12], **more}
    response = client.post(FINETUNES, json=body)
    assert response.status_code == 200, response.text
    result: dict[str, Any] = response.json()["result"]
    return result


def upload(
    client: httpx.Client, reference: str, name: str, content: bytes | Path
) -> httpx.Response:
    data = content if isinstance(content, bytes) else (content / name).read_bytes()
    path = f"{FINETUNES}/{reference}/finetune-assets/"
    return client.post(path, data={"file_name": name}, files={"file": ("blob", data)})


def error(response: httpx.Response, status: int, code: int) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["success"] is False
    assert body["errors"][0]["code"] == code, response.text
    message: str = body["errors"][0]["message"]
    return message
