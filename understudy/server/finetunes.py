"""The routes of finetunes: create, list, read, delete, and upload their files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from understudy.dialects import workers_finetunes as wire
from understudy.dialects.sse import to_json
from understudy.dialects.workers_models import enveloped
from understudy.errors import InvalidField, ServerDraining
from understudy.keys import Caller
from understudy.models.finetune import Asset, Finetune
from understudy.server.auth import Credentials, authenticate
from understudy.server.body import check_headers, parse_json, read_body
from understudy.server.exchange import Exchange
from understudy.server.listing import known_query
from understudy.server.multipart import OVERHEAD, read_form
from understudy.server.pipeline import Services

_MAX_JSON = 64 * 1024
_PAGE = ("limit", "offset", "orderBy")
COLUMNS = ("id", "name", "model", "description", "created_at", "modified_at")
_COUNT = re.compile(r"([0-9]{1,9})(\.0*)?")
"""The SDKs' types make a number of it, which may be written 10.0."""

T = TypeVar("T")


class Finetunes:
    """Handlers of ``…/ai/finetunes``. Who has a key may look, at its own and at public ones;
    changes need the scope ``admin``."""

    def __init__(self, services: Services, credentials: Credentials) -> None:
        self._services = services
        self._store = services.finetunes
        self._credentials = credentials
        # One change at a time: each holds a thread, and a check its part of a file in memory.
        self._changing = asyncio.Lock()

    async def every(self, exchange: Exchange) -> None:
        """``GET …/finetunes``: the caller's own."""
        caller = self._reader(exchange)
        known_query(exchange, ())
        found = await asyncio.to_thread(self._store.owned, caller.id)
        await _answer(exchange, [wire.entry(finetune, caller.id) for finetune in found])

    async def public(self, exchange: Exchange) -> None:
        """``GET …/finetunes/public``: those that can answer, in pages where one is asked for."""
        self._reader(exchange)
        query = known_query(exchange, _PAGE)
        found = await asyncio.to_thread(self._store.public)
        entries = [wire.public_entry(finetune) for finetune in found if not finetune.missing]
        if column := _column(query):
            entries.sort(key=lambda entry: str(entry[column]))
        first = _count(query, "offset", 0)
        await _answer(exchange, entries[first : first + _count(query, "limit", len(entries))])

    async def read(self, exchange: Exchange) -> None:
        """``GET …/finetunes/{id or name}``."""
        caller = self._reader(exchange)
        known_query(exchange, ())
        finetune = await asyncio.to_thread(self._store.get, _named(exchange), caller.id)
        await _answer(exchange, wire.whole_entry(finetune, caller.id))

    async def create(self, exchange: Exchange) -> None:
        """``POST …/finetunes``."""
        caller = self._admin(exchange)
        new = wire.new_finetune(parse_json(await self._body(exchange)))
        card = self._services.catalog.get(new.model)
        exchange.model = card.name

        def work() -> Finetune:
            return self._store.create(caller.id, card.name, new.name, new.description, new.public)

        await _answer(exchange, wire.entry(await self._change(work), caller.id))

    async def delete(self, exchange: Exchange) -> None:
        """``DELETE …/finetunes/{id or name}``: one of the caller's own."""
        caller = self._admin(exchange)

        def work() -> Finetune:
            finetune = self._store.get_owned(_named(exchange), caller.id)
            self._store.delete(finetune)
            return finetune

        await _answer(exchange, {"id": (await self._change(work)).id})

    async def upload(self, exchange: Exchange) -> None:
        """``POST …/finetunes/{id or name}/finetune-assets``: a form with ``file_name`` and
        ``file``, which is checked before it is taken in."""
        caller = self._admin(exchange)
        finetune = await asyncio.to_thread(self._store.get_owned, _named(exchange), caller.id)
        exchange.model = finetune.model
        with self._store.staging() as folder:
            part = folder / "part"
            fields = await self._form(exchange, part)
            staged = folder / wire.asset_name(fields)

            def work() -> Asset:
                part.rename(staged)
                return self._store.take_in(finetune, staged)

            asset = await self._change(work)
        await _answer(exchange, wire.asset_entry(asset, finetune))

    def _reader(self, exchange: Exchange) -> Caller:
        caller = self._services.keys.verify(self._credentials(exchange.request_headers))
        exchange.caller = caller.id
        return caller

    def _admin(self, exchange: Exchange) -> Caller:
        key = self._credentials(exchange.request_headers)
        caller = authenticate(self._services.keys, key, "admin")
        exchange.caller = caller.id
        if self._services.gate.draining:
            raise ServerDraining
        return caller

    async def _body(self, exchange: Exchange) -> bytes:
        headers = exchange.request_headers
        check_headers(headers, limit=_MAX_JSON, gzip=False)
        return await self._services.gate.read(
            lambda: read_body(exchange.receive, headers, limit=_MAX_JSON),
            self._services.settings.body_timeout,
            large=False,
        )

    async def _form(self, exchange: Exchange, target: Any) -> dict[str, str]:
        headers, limit = exchange.request_headers, self._services.settings.max_adapter
        check_headers(headers, limit=limit + OVERHEAD, gzip=False)
        return await self._services.gate.read(
            lambda: read_form(
                exchange.receive, headers, target, file="file", texts=("file_name",), limit=limit
            ),
            self._services.settings.request_timeout,
            large=True,
        )

    async def _change(self, work: Callable[[], T]) -> T:
        async with self._changing:
            return await asyncio.to_thread(work)


async def _answer(exchange: Exchange, result: Any) -> None:
    await exchange.answer(to_json(enveloped(result)))


def _named(exchange: Exchange) -> str:
    return exchange.path_params["finetune"]


def _column(query: Mapping[str, str]) -> str | None:
    column = query.get("orderBy")
    if column is not None and column not in COLUMNS:
        raise InvalidField("orderBy", f"'orderBy' must be one of {', '.join(COLUMNS)}.")
    return column


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    match = _COUNT.fullmatch(text)
    if match is None:
        raise InvalidField(name, f"'{name}' must be a whole number of at most nine digits.")
    return int(match[1])
