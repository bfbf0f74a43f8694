"""A server on a real socket that answers as each test says, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from understudy.upstreams import OFFERED, Kind, Upstream

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@dataclass
class Heard:
    """One call that came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Wire:
    """What a script can do with its connection. ``gone`` is set once the caller has left."""

    heard: Heard
    writer: asyncio.StreamWriter
    gone: asyncio.Event

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def stream(self, *chunks: Any, done: bool = True) -> None:
        """A whole answer."""
        await self.send(HEAD + b"".join(map(event, chunks)) + (event(b"[DONE]") if done else b""))


Script = Callable[[Wire], Awaitable[None]]


@dataclass
class Server:
    """``scripts`` are played one for each call; the last for all that follow. ``keeps``: a
    connection may bring one call after the other."""

    scripts: list[Script]
    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    keeps: bool = False

    def upstream(self, kind: Kind = "vllm", **more: Any) -> Upstream:
        given = {"capabilities": OFFERED[kind], **more}
        return Upstream("m", f"http://127.0.0.1:{self.port}/v1", "there", kind, **given)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heard = await _read(reader)
                script = self.scripts[min(len(self.heard), len(self.scripts) - 1)]
                self.heard.append(heard)
                self.called.set()
                wire = Wire(heard, writer, self.gone)
                if not self.keeps:
                    await self._play(script, wire, reader)
                    return
                await script(wire)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.gone.set()
        finally:
            writer.close()

    async def _play(self, script: Script, wire: Wire, reader: asyncio.StreamReader) -> None:
        watch = asyncio.create_task(self._watch(reader))
        try:
            await script(wire)
        finally:
            watch.cancel()

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            await reader.read()
        self.gone.set()


@asynccontextmanager
async def server(*scripts: Script) -> AsyncIterator[Server]:
    made = Server(list(scripts))
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()


def event(data: Any) -> bytes:
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


def piece(text: str, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chunk of a completion."""
    return {"choices": [{"index": index, "text": text, **more}]}


def end(reason: str = "stop", index: int = 0, **more: Any) -> dict[str, Any]:
    return piece("", index, finish_reason=reason, **more)


def usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    told = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"choices": [], "usage": {**told, "prompt_tokens_details": {"cached_tokens": cached}}}


def status(code: int, body: Any = None, **headers: str) -> Script:
    """A script that refuses with ``code``."""
    sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named |= {"content-length": str(len(sent)), "connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    async def play(wire: Wire) -> None:
        await wire.send(f"HTTP/1.1 {code} X\r\n{lines}\r\n".encode() + sent)

    return play


def answer(*chunks: Any, done: bool = True) -> Script:
    """A script that streams ``chunks``."""

    async def play(wire: Wire) -> None:
        await wire.stream(*chunks, done=done)

    return play


async def _read(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    # A key's letters matter.
    for line in lines:
        name, value = line.split(": ", 1)
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers["content-length"]))
    return Heard(first.split()[1], headers, json.loads(body))
