"""JSON that callers put into texts, as strict as that of request bodies."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 100
"""Arrays and objects inside one another: what reads and writes them recurses, and nothing that
is asked here has a use for more."""


def loads(text: str) -> Any:
    """JSON as RFC 8259 has it: finite numbers, at most MAX_DEPTH levels. Raises ValueError."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise _too_deep() from None
    if text.count("[") + text.count("{") > MAX_DEPTH and too_deep(value):
        raise _too_deep()
    return value


def too_deep(value: Any) -> bool:
    """Whether ``value`` has more than MAX_DEPTH levels. Level by level, so that depth costs no
    stack."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _too_deep() -> ValueError:
    return ValueError(f"nested more than {MAX_DEPTH} levels deep")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
