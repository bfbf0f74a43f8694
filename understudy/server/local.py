"""Whether a request comes from a program of this machine, as far as it can be told."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from starlette.types import Scope

LOOPBACK_NAMES = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?")
"""What ``Host`` says where a client means this machine."""

_RELAYED = re.compile("forwarded|via|x-forwarded-.+|x-real-ip")


def stranger(scope: Scope, headers: Mapping[str, str], names: re.Pattern[str]) -> str | None:
    """What makes a caller more than a program of this machine: its kind of call, or None.

    A name that leads to this machine may be a stranger's, and a proxy may speak for one. Neither
    browsers nor Workers speak HTTP/1.0; nginx long did to whom it passes calls on, with a ``Host``
    of this machine and no header of its own, unless told otherwise.
    """
    peer = scope.get("client")
    if peer is None or not _is_loopback(peer[0]):
        return "calls from other machines"
    if not names.fullmatch(headers.get("host", "").lower()):
        return "calls under another name"
    if scope.get("http_version") == "1.0" or any(_RELAYED.fullmatch(name) for name in headers):
        return "calls through a proxy"
    return None


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
