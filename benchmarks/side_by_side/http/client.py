"""A client that costs little: it sends prepared bytes and notes what arrives when.

    python -m benchmarks.side_by_side.http.client PORT KEY < plan.json

Nothing is parsed before the last answer has ended. Prints one JSON object, ``{"answers": [...]}``,
in the order of the plan; times are seconds since the plan began.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from benchmarks.side_by_side.http.wire import Malformed, answer, events, request_bytes

HOST = "127.0.0.1"
PATIENCE = 300.0
"""Seconds for one answer."""


@dataclass(frozen=True)
class Answer:
    """What became of request ``turn`` of chain ``chain``. ``times`` are of the events with text;
    ``tokens`` and the like come from the usage, and are 0 where there is none."""

    chain: int
    turn: int
    sent: float
    times: Sequence[float] = ()
    text: str = ""
    finish: str = ""
    tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    error: str = ""


class _Exchange(asyncio.Protocol):
    """One connection: writes a request, keeps what comes."""

    def __init__(self, request: bytes, ended: asyncio.Future[None]) -> None:
        self.request = request
        self.ended = ended
        self.sent = 0.0
        self.arrivals: list[tuple[float, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.sent = time.perf_counter()
        cast(asyncio.WriteTransport, transport).write(self.request)

    def data_received(self, data: bytes) -> None:
        self.arrivals.append((time.perf_counter(), data))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def _post(port: int, request: bytes) -> _Exchange:
    """Raises OSError where nobody listens. An answer that takes too long is cut off."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    transport, exchange = await loop.create_connection(
        lambda: _Exchange(request, ended), HOST, port
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await ended
    except TimeoutError:
        pass
    finally:
        transport.abort()
    return exchange


async def _chain(port: int, began: float, at: float, requests: Sequence[bytes]) -> list[_Exchange]:
    await asyncio.sleep(at - (time.perf_counter() - began))
    return [await _post(port, request) for request in requests]


async def _play(port: int, plan: Sequence[tuple[float, Sequence[bytes]]]) -> list[Answer]:
    began = time.perf_counter()
    chains = await asyncio.gather(*(_chain(port, began, at, one) for at, one in plan))
    return [
        read(number, turn, exchange.sent, exchange.arrivals, began)
        for number, chain in enumerate(chains)
        for turn, exchange in enumerate(chain)
    ]


def read(
    chain: int, turn: int, sent: float, arrivals: Sequence[tuple[float, bytes]], began: float
) -> Answer:
    """An answer from its bytes; ``error`` says what is wrong with one that is not whole."""
    made = Answer(chain, turn, sent - began)
    try:
        status, parts = answer(arrivals)
    except Malformed as exc:
        return _with(made, error=str(exc))
    if status != 200:
        body = b"".join(data for _, data in parts)
        return _with(made, error=f"status {status}: {body[:200].decode(errors='replace')}")
    found = events(parts)
    if not found or found[-1][1] != b"[DONE]":
        return _with(made, error="the stream ends without [DONE]")
    try:
        return _with(made, **_fields([(at, json.loads(data)) for at, data in found[:-1]], began))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        return _with(made, error=f"an event cannot be read: {exc!r}")


def _fields(frames: Sequence[tuple[float, dict[str, Any]]], began: float) -> dict[str, Any]:
    times, text, finish = [], "", ""
    usage: dict[str, Any] = {}
    for at, frame in frames:
        if "error" in frame:
            return {"error": json.dumps(frame["error"])[:200]}
        usage = frame.get("usage") or usage
        for choice in frame.get("choices") or ():
            piece = choice.get("text") or (choice.get("delta") or {}).get("content")
            if piece:
                times.append(at - began)
                text += piece
            finish = choice.get("finish_reason") or finish
    details = usage.get("prompt_tokens_details") or {}
    return {
        "times": times,
        "text": text,
        "finish": finish,
        "tokens": usage.get("completion_tokens", 0),
        "prompt_tokens": usage.get("prompt_tokens", 0),
        "cached_tokens": details.get("cached_tokens") or 0,
    }


def _with(made: Answer, **changed: Any) -> Answer:
    return Answer(**{**asdict(made), **changed})


def play(port: int, key: str, plan: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Send a plan in the form of ``workloads.Plan`` as JSON, and read every answer."""
    prepared = [
        (
            float(chain["at"]),
            [
                request_bytes(one["path"], f"{HOST}:{port}", key, json.dumps(one["body"]).encode())
                for one in chain["requests"]
            ],
        )
        for chain in plan
    ]
    return asyncio.run(_play(port, prepared))


def main() -> None:
    port, key = int(sys.argv[1]), sys.argv[2]
    found = play(port, key, json.load(sys.stdin))
    print(json.dumps({"answers": [asdict(one) for one in found]}))


if __name__ == "__main__":
    main()
