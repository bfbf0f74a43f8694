"""What a benchmark of our own engine prints, run as its command is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def table(module: str, *arguments: str) -> list[dict[str, Any]]:
    """The rows that a quick run prints: Markdown, and as JSON in the last line."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments, "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    *markdown, last = done.stdout.strip().splitlines()
    rows: list[dict[str, Any]] = json.loads(last)
    assert len(markdown) == 2 + len(rows)
    assert markdown[0] == "| " + " | ".join(rows[0]) + " |"
    return rows
