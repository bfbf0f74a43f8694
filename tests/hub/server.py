"""A Hugging Face hub on a real socket: as much of it as a pull asks for, and its ways to fail.

It answers what huggingface_hub 2.4 sends: a model's listing with checksums, and its files with
ranges. Small files are git blobs, files above ``LFS_FROM`` bytes large-file storage.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

LFS_FROM = 10_000
COMMIT = "0123456789abcdef0123456789abcdef01234567"
STEP = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """One request for a file: the range it named, who asked, and how many bytes were sent."""

    path: str
    range: str | None
    authorization: str | None


@dataclass
class Hub:
    """What the hub holds, how it misbehaves, and what it was asked.

    ``cut_after`` breaks each connection after so many bytes of weights; ``stall_after`` stops
    sending there and keeps the connection open (``stalled`` is set). ``refuse`` is a status and
    an ``X-Error-Code`` for every request; ``swap`` sends other bytes than were announced.
    """

    folder: Path
    repo: str = "someone/small"
    commit: str = COMMIT
    token: str | None = None
    cut_after: int | None = None
    stall_after: int | None = None
    refuse: tuple[int, str | None] | None = None
    ranges: bool = True
    redirect_to: str | None = None
    swap: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    stalled: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def app(self) -> Starlette:
        api = "/api/models/{owner}/{name}"
        return Starlette(
            routes=[
                Route(api, self.listing),
                Route(api + "/revision/{revision:path}", self.listing),
                Route("/{owner}/{name}/resolve/{revision}/{path:path}", self.resolve),
                Route("/storage/{path:path}", self.storage),
                Route("/elsewhere/{path:path}", self.page),
            ]
        )

    async def listing(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return JSONResponse(
            {
                "_id": "1",
                "id": self.repo,
                "modelId": self.repo,
                "sha": self.commit,
                "private": False,
                "siblings": [self._sibling(path) for path in files],
            }
        )

    async def resolve(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        if self.redirect_to is not None:
            return RedirectResponse(f"{self.redirect_to}/storage/{request.path_params['path']}")
        return self._file(request)

    async def storage(self, request: Request) -> Response:
        return self._file(request)

    async def page(self, request: Request) -> Response:
        """What a server that is no hub answers."""
        return HTMLResponse("<h1>Welcome</h1>")

    def _file(self, request: Request) -> Response:
        path = request.path_params["path"]
        wanted = request.headers.get("range")
        self.asked.append(Asked(path, wanted, request.headers.get("authorization")))
        if not (self.folder / path).is_file():
            return _error(404, "EntryNotFound")
        content = self.swap.get(path, (self.folder / path).read_bytes())
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        headers = {"etag": f'"{hashlib.sha256(content).hexdigest()}"', "x-repo-commit": self.commit}
        if not wanted or not self.ranges:
            headers["content-length"] = str(len(content))
            return StreamingResponse(self._body(path, content), 200, headers)
        if start >= len(content):
            return Response(status_code=416)
        headers["content-length"] = str(len(content) - start)
        headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return StreamingResponse(self._body(path, content[start:]), 206, headers)

    async def _body(self, path: str, content: bytes) -> AsyncIterator[bytes]:
        weights = path.endswith(".safetensors")
        for start in range(0, len(content), STEP):
            if weights and self.cut_after is not None and start >= self.cut_after:
                raise ConnectionAbortedError
            if weights and self.stall_after is not None and start >= self.stall_after:
                self.stalled.set()
                await asyncio.Event().wait()
            chunk = content[start : start + STEP]
            self.sent += len(chunk) if weights else 0
            yield chunk

    def _refusal(self, request: Request) -> Response | None:
        if self.refuse is not None:
            return _error(*self.refuse)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "GatedRepo")
        return None

    def _sibling(self, path: Path) -> dict[str, Any]:
        content = path.read_bytes()
        sibling: dict[str, Any] = {
            "rfilename": str(path.relative_to(self.folder)),
            "size": len(content),
            "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(),
        }
        if len(content) >= LFS_FROM:
            sha = hashlib.sha256(content).hexdigest()
            sibling["lfs"] = {"sha256": sha, "size": len(content), "pointerSize": 134}
        return sibling


def _error(status: int, code: str | None) -> Response:
    headers = {"x-error-code": code} if code else {}
    return JSONResponse({"error": "refused by the test hub"}, status, headers)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve ``hub`` on a free port of the loopback; ``hub.url`` is its address."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    config = uvicorn.Config(hub.app(), log_level="critical", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    hub.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    sock.listen()
    thread.start()
    try:
        yield hub
    finally:
        server.should_exit = True
        thread.join()
        sock.close()
