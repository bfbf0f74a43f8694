"""Numbers in words."""

from __future__ import annotations


def size(count: int) -> str:
    """A number of bytes, to about three digits."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= bytes_each:
            value = count / bytes_each
            return f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"
    return f"{count} bytes"


def price(dollars: float) -> str:
    """US dollars, with the digits that a small price needs."""
    text = f"{dollars:.6f}".rstrip("0")
    return "$" + (text if len(text.partition(".")[2]) >= 2 else f"{dollars:.2f}")
