"""``/catalog/{model}/pull``: start, watch and stop the download of a model."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.sse import to_json
from understudy.errors import InvalidField, ServerDraining
from understudy.models.pulls import Pulls
from understudy.server import auth
from understudy.server.exchange import Exchange
from understudy.server.pipeline import Services
from understudy.web.models import Model, Models


class Pulling:
    """Handlers. To watch takes the scope ``run``, to start and to stop ``admin``.

    Each answers how far the pull is, and what of the model is then on disk.
    """

    PATH = "/catalog/{model:path}/pull"

    def __init__(self, services: Services, models: Models) -> None:
        self._services = services
        self._models = models
        self._pulls = Pulls(services.settings)

    async def start(self, exchange: Exchange) -> None:
        """Raises InvalidField for a model that has nothing to download, and ServerDraining."""
        card = self._card(exchange, "admin")
        model = await asyncio.to_thread(self._models.of, card)
        if not model.can_be_pulled:
            raise InvalidField("model", f"{card.name} is {model.state}: there is nothing to pull.")
        if self._services.gate.draining:
            raise ServerDraining
        self._pulls.start(card)
        await self._answer(exchange, card, 202)

    async def watch(self, exchange: Exchange) -> None:
        await self._answer(exchange, self._card(exchange, "run"))

    async def stop(self, exchange: Exchange) -> None:
        card = self._card(exchange, "admin")
        await self._pulls.stop(card)
        await self._answer(exchange, card)

    def running(self, model: Model) -> bool:
        """Whether a page should show the progress of a pull."""
        pull = self._pulls.state(model.card)
        return pull is not None and pull.state == "running"

    def _card(self, exchange: Exchange, scope: str) -> ModelCard:
        key = auth.bearer(exchange.request_headers)
        exchange.caller = auth.authenticate(self._services.keys, key, scope).id
        return self._services.catalog.get(exchange.path_params["model"])

    async def _answer(self, exchange: Exchange, card: ModelCard, status: int = 200) -> None:
        model = await asyncio.to_thread(self._models.of, card)
        pull = self._pulls.state(card)
        body: dict[str, Any] = {
            "model": card.name,
            "pull": None if pull is None else asdict(pull),
            "state": model.state,
            "disk": model.disk,
            "memory": model.memory,
        }
        await exchange.answer(to_json(body), status, {"cache-control": "no-store"})
