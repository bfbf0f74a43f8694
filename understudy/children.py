"""Processes of our own that must not outlive whoever started them."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress


async def end_child(child: Process) -> None:
    """Kill ``child`` where it still runs, and wait until it is gone, whatever happens meanwhile.

    asyncio loses count of a process that is killed just as it ends, so the wait is never left.
    """
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    ended = asyncio.ensure_future(child.wait())
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        await asyncio.wait([ended])
        raise
