"""A browser on this machine may use what its pages show without a key being pasted.

Each page that is served to this machine carries a cookie that scripts cannot read and that is
never sent for another site. A request with it counts as a key's only where the browser says that a
page of this very address sent it. Cookies do not tell ports apart, so their name does.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from understudy.keys import Caller, KeyStore
from understudy.server.exchange import header_map
from understudy.server.local import LOOPBACK_NAMES, stranger

CALLER = Caller("browser", frozenset({"run", "admin"}))
"""Who such a request is from, for logs, caches and finetunes."""

_MOST = 256
"""Sessions at once; the longest unused gives way. A browser gets one each time it starts."""
_KEY_HEADERS = ("authorization", "x-auth-key", "x-auth-email", "xi-api-key", "x-api-key")


class Sessions:
    """The sessions of one process. None of them outlives it; unless ``enabled``, there are none."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._hashes: OrderedDict[str, str] = OrderedDict()
        # Stands in a request's headers in place of a key, and never leaves the process.
        self._passed = secrets.token_urlsafe(32)

    def offered(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Whether a page that is served to this request has a session."""
        return self._enabled and stranger(scope, headers, LOOPBACK_NAMES) is None

    def cookie(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        """A new session as a ``Set-Cookie``, where one is offered and the request has none.

        There is none for what a page loads: another site's could push out sessions in use.
        """
        if not self.offered(scope, headers) or self._known(scope):
            return None
        if headers.get("sec-fetch-dest", "document") != "document":
            return None
        session, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        self._hashes[session] = _digest(secret)
        if len(self._hashes) > _MOST:
            self._hashes.popitem(last=False)
        value = f"{session}.{secret}"
        return f"{_cookie_name(scope)}={value}; Path=/; HttpOnly; SameSite=Strict"

    def around(self, app: ASGIApp) -> ASGIApp:
        """``app``, where a request that a session may send carries what ``keys`` takes for one."""

        async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and self._may_send(scope):
                self._hashes.move_to_end(_cookie(scope)[0])
                passed = (b"authorization", b"Bearer " + self._passed.encode())
                scope = {**scope, "headers": [*scope["headers"], passed]}
            await app(scope, receive, send)

        return admitted

    def keys(self, keys: KeyStore, home: Path) -> KeyStore:
        """``keys`` and the sessions."""
        return _WithSessions(keys, home, self._passed)

    def _may_send(self, scope: Scope) -> bool:
        headers = header_map(scope)
        return (
            not any(name in headers for name in _KEY_HEADERS)
            and self._known(scope)
            and self.offered(scope, headers)
            and _of_this_origin(headers)
        )

    def _known(self, scope: Scope) -> bool:
        session, secret = _cookie(scope)
        # An unknown session costs the same comparison as a known one.
        expected = self._hashes.get(session, "0" * 64)
        return hmac.compare_digest(_digest(secret), expected)


class _WithSessions(KeyStore):
    def __init__(self, keys: KeyStore, home: Path, passed: str) -> None:
        super().__init__(home)
        self._others = keys
        self._passed = _digest(passed)

    def verify(self, key: str) -> Caller:
        if hmac.compare_digest(_digest(key), self._passed):
            return CALLER
        return self._others.verify(key)


def _of_this_origin(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that a page of this address asks; a browser that does not say is
    not believed. Names of other ports and strangers' names are other origins."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    here = f"http://{headers.get('host', '')}"
    return site in (None, "same-origin") and origin in (None, here)


def _cookie_name(scope: Scope) -> str:
    server = scope.get("server")
    return f"understudy-{server[1] if server else 0}"


def _cookie(scope: Scope) -> tuple[str, str]:
    """The session that a request names, and its secret; both empty where it names none."""
    wanted = _cookie_name(scope)
    for part in header_map(scope).get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            session, _, secret = value.partition(".")
            return session, secret
    return "", ""


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
