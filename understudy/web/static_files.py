"""Style sheets and scripts, at addresses that change with their content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from understudy.errors import NoSuchRoute
from understudy.server.exchange import Exchange
from understudy.web.compression import compressed, wants_gzip
from understudy.web.headers import GUARDED

FOLDER = Path(__file__).with_name("static")

_FOREVER = "public, max-age=31536000, immutable"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class _File:
    body: bytes
    kind: str

    @cached_property
    def gzipped(self) -> bytes:
        return compressed(self.body, level=9)


class StaticFiles:
    """A Handler for ``/static/{version}/{file}``, over the files of one folder.

    All of them share one version, a hash of what they are, so that scripts can import each other
    by relative addresses. Files are read once: what changes on disk needs a new process.
    """

    PATH = "/static/{version}/{file:path}"

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _File(path.read_bytes(), _KINDS[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in _KINDS
        }
        digest = sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{len(file.body)}\0".encode() + file.body)
        self._version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The path of one file. Raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self._version}/{name}"

    async def __call__(self, exchange: Exchange) -> None:
        """Raises NoSuchRoute, also for a file of another version."""
        asked = exchange.path_params
        file = self._files.get(asked["file"])
        if file is None or asked["version"] != self._version:
            raise NoSuchRoute(exchange.meta.path)
        headers = {**GUARDED, "content-type": file.kind, "cache-control": _FOREVER}
        headers["vary"] = "accept-encoding"
        body = file.body
        if wants_gzip(exchange.request_headers.get("accept-encoding", "")):
            body, headers["content-encoding"] = file.gzipped, "gzip"
        await exchange.answer(body, headers=headers)
