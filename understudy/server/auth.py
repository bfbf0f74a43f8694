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
    """A bearer key, or the older ``X-Auth-Key`` (with any ``X-Auth-Email``)."""
    return _bearer_or("x-auth-key", headers)


def deepinfra(headers: Mapping[str, str]) -> str:
    """A bearer key, or ``xi-api-key``."""
    return _bearer_or("xi-api-key", headers)


def authenticate(keys: KeyStore, key: str, scope: str) -> Caller:
    """Who sent ``key``, if they may do ``scope``. Raises BadCredentials and MissingScope."""
    caller = keys.verify(key)
    if scope not in caller.scopes:
        raise MissingScope(scope)
    return caller


def _bearer_or(name: str, headers: Mapping[str, str]) -> str:
    if "authorization" in headers or not headers.get(name):
        return bearer(headers)
    return headers[name].strip()
