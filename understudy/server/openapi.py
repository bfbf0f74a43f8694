"""``GET /openapi.json``: what this server serves, for programs to read."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Any

from understudy.dialects.sse import to_json
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services


class OpenAPI:
    """A Handler. The document is written when it is first asked for; no key is needed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.answer(await asyncio.to_thread(lambda: self._json))

    @cached_property
    def _json(self) -> bytes:
        return to_json(described(self._services))


def described(services: Services) -> dict[str, Any]:
    """The document of a server with these services."""
    from understudy.openapi.document import document

    settings = services.settings
    keyless = settings.env_ai != "off"
    return document(services.catalog, accounts=settings.accounts, keyless=keyless)
