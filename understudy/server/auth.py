"""Credentials: which headers a door reads, and who stands behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from understudy.dialects.deepinfra_refusals import ScopedToken
from understudy.errors import MalformedCredentials, MissingCredentials, MissingScope
from understudy.keys import Caller, KeyStore

Credentials = Callable[[Mapping[str, str]], str]
"""Headers (names in lower case) to the key that they carry.

Raises MissingCredentials and MalformedCredentials.
"""

# RFC 6750: a scheme in any case, spaces, and the "token68" alphabet.
_CLOUDFLARE = ("X-Auth-Key", "X-Auth-Email")
_DEEPINFRA = ("xi-api-key", "x-api-key")
_SCOPED = re.compile(r"(bearer +)?jwt:", re.IGNORECASE)
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
    """A bearer key, or ``xi-api-key``, or ``x-api-key``; the first of them counts.

    Raises ScopedToken for a token that the service would have made from a key.
    """
    sent = [name for name in ("authorization", *_DEEPINFRA) if headers.get(name)]
    first = sent[0] if sent else "authorization"
    if _SCOPED.match(headers.get(first, "")):
        raise ScopedToken
    return headers[first].strip() if first in _DEEPINFRA else bearer(headers)


def authenticate(keys: KeyStore, key: str, scope: str) -> Caller:
    """Who sent ``key``, if they may do ``scope``. Raises BadCredentials and MissingScope."""
    caller = keys.verify(key)
    if scope not in caller.scopes:
        raise MissingScope(scope)
    return caller
