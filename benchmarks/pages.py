"""Moving this process's memory to huge pages, on Linux: to measure what they are worth."""

from __future__ import annotations

import ctypes
from pathlib import Path

HUGE = 2 << 20
MADV_HUGEPAGE = 14
MADV_COLLAPSE = 25
"""Linux 6.1 and later; elsewhere the call fails and nothing changes."""

Range = tuple[int, int]


def anonymous_memory() -> list[Range]:
    """Addresses, from and to, of private writable memory that no file backs."""
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split()
        if fields[1] == "rw-p" and fields[4] == "0":
            start, end = fields[0].split("-")
            found.append((int(start, 16), int(end, 16)))
    return found


def collapse(known: list[Range]) -> int:
    """Move what came after ``known`` was taken; returns the bytes that were moved."""
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    moved = 0
    for start, end in _new(anonymous_memory(), known):
        start, end = -(-start // HUGE) * HUGE, end // HUGE * HUGE
        madvise(start, max(0, end - start), MADV_HUGEPAGE)
        # One at a time: the first that cannot be had, an untouched one say, would end the call.
        for page in range(start, end, HUGE):
            if madvise(page, HUGE, MADV_COLLAPSE) == 0:
                moved += HUGE
    return moved


def _new(ranges: list[Range], known: list[Range]) -> list[Range]:
    """Parts of ``ranges`` that lie in none of ``known``."""
    for low, high in known:
        ranges = [
            part
            for start, end in ranges
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[0] < part[1]
        ]
    return ranges
