"""What a figure was taken on, and what else the machine did meanwhile."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


@cache
def describe() -> Mapping[str, str]:
    """Processor, cores, memory, system and versions; the same for a whole run."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory_gb": f"{psutil.virtual_memory().total / 2**30:.0f}",
        "system": platform.platform(),
        "python": platform.python_version(),
        "openvino": version("openvino"),
        "commit": _commit(),
    }


def same_machine(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether figures of the two may stand in one table."""
    return all(one.get(key) == other.get(key) for key in ("processor", "cores", "memory_gb"))


@dataclass
class Watch:
    """Filled when the watched block ends. ``others_cores`` is how many cores were busy, on
    average, with work of neither this process nor the children it waited for."""

    wall_s: float = 0.0
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])
    others_cores: float = 0.0


@contextmanager
def watch() -> Iterator[Watch]:
    """Watch the machine; children must have ended, and been waited for, when the block does."""
    seen = Watch()
    began, busy, own = time.perf_counter(), _busy(), _own()
    try:
        yield seen
    finally:
        seen.wall_s = time.perf_counter() - began
        others = (_busy() - busy) - (_own() - own)
        seen.others_cores = max(0.0, others) / seen.wall_s


def _busy() -> float:
    """CPU seconds of the whole machine, since it started, that were not idle."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _own() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    found = {name.strip(): value.strip() for name, value in fields.items()}
    family = f"family {found.get('cpu family')} model {found.get('model')}"
    return f"{found.get('model name', platform.machine())} ({family})"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
