"""A generation from bytes to bytes: authenticate, read, admit, parse, prepare, generate, answer."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any, Protocol

from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.decode.fold import Answer
from understudy.dialects.base import Call, Dialect, Reply
from understudy.errors import InvalidInput
from understudy.events import Event, UsageEvent
from understudy.functions.rounds import answer_in_rounds
from understudy.functions.sandbox import Sandbox
from understudy.generate import generate
from understudy.keys import Caller, KeyStore
from understudy.models.finetunes import FinetuneStore
from understudy.models.loaded import LoadedModel
from understudy.request import GenerationRequest
from understudy.server.adapted import adapted, find_adapter
from understudy.server.auth import Credentials, authenticate
from understudy.server.body import check_headers, may_be_large, parse_json, read_body
from understudy.server.ending import Ending
from understudy.server.exchange import STREAM_HEADERS, Exchange
from understudy.server.gate import Gate
from understudy.server.naming import Cards, Naming, exact
from understudy.upstreams import HOPS_HEADER
from understudy.worker import judge

NameOf = Callable[[Exchange, Any], str]
"""Finds the model's name in the path or the parsed body; see ``Generation``."""

WithQuery = Callable[[Call, Mapping[str, str], ModelCard], Call]
"""The call as the query string wants it; refuses what it asks for and the model cannot give."""

Steps = AsyncGenerator[list[Event], None]

STAND_IN_HEADER = "x-understudy-stand-in"


class Pool(Protocol):
    """What the server asks of whoever holds the models; see ``ModelPool``."""

    def lease(self, name: str) -> AbstractAsyncContextManager[LoadedModel]: ...

    def ready(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What every call uses."""

    settings: Settings
    catalog: Cards
    pool: Pool
    keys: KeyStore
    gate: Gate
    finetunes: FinetuneStore
    sandbox: Sandbox = field(default_factory=Sandbox)


@dataclass(frozen=True, slots=True)
class Generation:
    """One kind of generation route.

    ``name_of`` finds the model's name in the path's parameters and the parsed body; where the
    body does not hold one, it raises the dialect's own error. ``naming`` finds what the service
    means by it. ``with_query`` is for routes whose service gives parameters of the query string a
    meaning.
    """

    services: Services
    dialect: Dialect
    credentials: Credentials
    name_of: NameOf
    gzip: bool = False
    with_query: WithQuery | None = None
    naming: Naming = exact

    async def __call__(self, exchange: Exchange) -> None:
        services = self.services
        key = self.credentials(exchange.request_headers)
        caller = authenticate(services.keys, key, "run")
        exchange.caller = caller.id
        body = await self._read(exchange)
        with services.gate.admit() as ending:
            work = self._generate(exchange, caller, ending, body)
            # The bytes are not to stay for as long as the answer takes.
            del body
            await ending.run(work, services.settings.request_timeout)

    async def _read(self, exchange: Exchange) -> bytes:
        gate, settings = self.services.gate, self.services.settings
        headers = exchange.request_headers
        check_headers(headers, limit=settings.max_body, gzip=self.gzip)
        gate.check()
        return await gate.read(
            lambda: read_body(exchange.receive, headers, limit=settings.max_body),
            settings.body_timeout,
            large=may_be_large(headers),
        )

    async def _generate(
        self, exchange: Exchange, caller: Caller, ending: Ending, body: bytes
    ) -> None:
        ending.watch(exchange.receive)
        size = len(body)
        call = await judge(partial(self._understood, exchange, body), size)
        del body
        finetune = find_adapter(self.services.finetunes, call.request.adapter, caller.id)
        async with (
            self.services.pool.lease(call.request.model) as loaded,
            adapted(finetune, loaded) as adapter,
        ):
            if loaded.stand_in:
                exchange.headers[STAND_IN_HEADER] = loaded.served_by
            request = replace(
                call.request,
                cache_namespace=_namespace(exchange, call.request),
                tenant=caller.id,
                weight=caller.weight,
                adapter=adapter,
                hops=_hops(exchange),
            )
            steps = self._steps(replace(call, request=request), loaded, size)
            async with aclosing(steps):
                with _spelt_by(call):
                    await _answer(exchange, call, steps)

    def _steps(self, call: Call, loaded: LoadedModel, size: int) -> Steps:
        today = self.services.settings.today
        if not call.functions:
            return generate(call.request, loaded, today=today, size=size)

        def generated(request: GenerationRequest, grown: int) -> Steps:
            return generate(request, loaded, today=today, size=size + grown)

        return answer_in_rounds(call.request, call.functions, self.services.sandbox, generated)

    def _understood(self, exchange: Exchange, body: bytes) -> Call:
        """Everything that takes longer the more the client sends; thread-safe."""
        parsed = parse_json(body)
        name, services = self.name_of(exchange, parsed), self.services
        named = self.naming(services.catalog, services.finetunes, name, exchange.caller or "")
        card = named.card
        exchange.model = card.name
        call = self.dialect.parse(parsed, card)
        if named.finetune is not None:
            call = replace(call, request=replace(call.request, adapter=named.finetune))
        return call if self.with_query is None else self.with_query(call, exchange.query, card)


@contextmanager
def _spelt_by(call: Call) -> Generator[None, None, None]:
    """What is refused of the request goes by the name that this body gave it."""
    try:
        yield
    except InvalidInput as exc:
        exc.part = call.spelling.get(exc.part, exc.part)
        raise


async def _answer(exchange: Exchange, call: Call, steps: Steps) -> None:
    reply = call.reply(exchange.meta)
    if call.stream:
        await _stream(exchange, reply, steps)
        return
    answer = Answer()
    async for events in steps:
        answer.add(events)
    exchange.usage = answer.usage
    await exchange.answer(reply.body(answer), headers=_own_headers(reply))


async def _stream(exchange: Exchange, reply: Reply, steps: Steps) -> None:
    """Nothing is sent before the first events: until then an error has a status of its own."""
    async for events in steps:
        if exchange.reply is None:
            exchange.reply = reply
            await exchange.start(200, {**STREAM_HEADERS, **_own_headers(reply)})
        for event in events:
            if isinstance(event, UsageEvent):
                exchange.usage = event.usage
        data = reply.frames(events)
        if data:
            await exchange.write(data)
    await exchange.write(reply.end(), more=False)


def _own_headers(reply: Reply) -> dict[str, str]:
    """Headers that the service sends with an answer, where the dialect knows any."""
    headers = getattr(reply, "headers", None)
    return dict(headers()) if headers is not None else {}


def _hops(exchange: Exchange) -> int:
    """What is no count is none of ours."""
    told = exchange.request_headers.get(HOPS_HEADER, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0


def _namespace(exchange: Exchange, request: GenerationRequest) -> str:
    """Separates prefix caches: by key, by the dialect's cache key, by session."""
    session = exchange.request_headers.get("x-session-affinity", "")
    parts = [exchange.caller, request.cache_namespace, session]
    return sha256(json.dumps(parts).encode()).hexdigest()
