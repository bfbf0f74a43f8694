"""How much memory and disk the machine has left, and how much of it models may take."""

from __future__ import annotations

import shutil
from pathlib import Path

from understudy.config import Settings

MODELS_SHARE = 0.8
"""Of the memory that is free at start, the part that models may take if nothing else is set."""

_CGROUP = Path("/sys/fs/cgroup")


def budget_bytes(settings: Settings) -> int:
    """Bytes that resident models may take together."""
    if settings.memory_gb is not None:
        return int(settings.memory_gb * 1e9)
    return int(available_memory() * MODELS_SHARE)


def available_memory() -> int:
    """Bytes that new allocations can take without swapping, the container's limit included."""
    import psutil

    machine = int(psutil.virtual_memory().available)
    container = container_memory(_CGROUP)
    return machine if container is None else min(machine, container)


def container_memory(group: Path) -> int | None:
    """Bytes left under the limit of the control group (version 2) at ``group``; None: no limit.

    Page cache that the group could drop (``inactive_file``) counts as left, as the kernel
    reclaims it before it refuses memory.
    """
    try:
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        lines = (group / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    counters = dict(line.split(" ", 1) for line in lines if " " in line)
    return max(0, limit - used + int(counters.get("inactive_file", "0")))


def free_disk(folder: Path) -> int:
    """Bytes free on the file system where ``folder`` is, or would be made."""
    for existing in (folder, *folder.parents):
        if existing.exists():
            return shutil.disk_usage(existing).free
    return 0
