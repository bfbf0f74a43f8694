"""One HTTP exchange: what the server knows of it, and the bytes it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from understudy.dialects.base import CallMeta, ErrorReply, Reply
from understudy.dialects.sse import to_json
from understudy.events import Usage

JSON_HEADERS = {"content-type": "application/json"}
STREAM_HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}


class Disconnected(Exception):
    """The client went away: nobody is left to answer."""


def header_map(scope: Scope) -> dict[str, str]:
    """A request's headers. Names in lower case; of a repeated header, the last."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


@dataclass(slots=True)
class Exchange:
    """A request on its way through the server. Who learns something of it writes it here.

    ``caller`` is a key's id, never the key. ``reply`` is set once a stream has begun, because
    from then on a failure is one of its frames. ``status`` is 0 until a response starts.
    """

    scope: Scope
    receive: Receive
    send: Send
    meta: CallMeta
    route: str = ""
    caller: str | None = None
    model: str | None = None
    usage: Usage | None = None
    reply: Reply | None = None
    status: int = 0
    early_end: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def request_headers(self) -> Mapping[str, str]:
        """Names in lower case; of a repeated header, the last."""
        return header_map(self.scope)

    @property
    def query(self) -> Mapping[str, str]:
        """The query string's parameters; of a repeated one, the last."""
        return dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    @property
    def path_params(self) -> Mapping[str, str]:
        params: Mapping[str, str] = self.scope.get("path_params", {})
        return params

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and headers. ``self.headers`` are added to them."""
        merged = {**headers, **self.headers, "x-request-id": self.meta.request_id}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in merged.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        self.status = status

    async def write(self, data: bytes, *, more: bool = True) -> None:
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def answer(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole JSON response."""
        length = {"content-length": str(len(body))}
        await self.start(status, {**JSON_HEADERS, **(headers or {}), **length})
        await self.write(body, more=False)

    async def refuse(self, error: ErrorReply) -> None:
        await self.answer(to_json(error.body), error.status, error.headers)
