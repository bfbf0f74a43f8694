"""Credentials: which headers a door reads, and who stands behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from understudy.errors import MalformedCredentials, MissingCredentials, MissingScope
from understudy.keys import Caller, KeyStore

Credentials = Callable[[Mapping[str, str]], str]
"""Headers (names in lower case) to the key that they carry.

Raises MissingCredentials and MalformedCredentials.
"""

# RFC 6750: a scheme in any case, spaces, and the "token68" alphabet.
_CLOUDFLARE = ("X-Auth-Key", "X-Auth-Email")
_BEARER = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE)


def bearer(headers: Mapping[str, str]) -> str:
    """``Authorization: Bearer <key>``."""
    value = headers.get("authorization")
    if value is None:
        raise MissingCredentials
    match = _BEARER.fullmatch(value)
    if match is None:
        raise MalformedCredentials
    return match[1]


def cloudflare(headers: Mapping[str, str]) -> str:
    """A bearer key, or the older ``X-Auth-Key`` beside any ``X-Auth-Email``; one of the two alone
    is not enough."""
    missing = [name for name in _CLOUDFLARE if not headers.get(name.lower())]
    if "authorization" in headers or len(missing) == len(_CLOUDFLARE):
        return bearer(headers)
    if missing:
        raise MissingCredentials(missing[0])
    return headers["x-auth-key"].strip()


def deepinfra(headers: Mapping[str, str]) -> str:
    """A bearer key, or ``xi-api-key``."""
    if "authorization" in headers or not headers.get("xi-api-key"):
        return bearer(headers)
    return headers["xi-api-key"].strip()


def authenticate(keys: KeyStore, key: str, scope: str) -> Caller:
    """Who sent ``key``, if they may do ``scope``. Raises BadCredentials and MissingScope."""
    caller = keys.verify(key)
    if scope not in caller.scopes:
        raise MissingScope(scope)
    return caller
